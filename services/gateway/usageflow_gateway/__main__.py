"""`python -m usageflow_gateway`: api, worker, migrate, and the operators' commands."""

from __future__ import annotations

from usageflow_common.runtime import Command, command_line
from usageflow_gateway import commands

COMMANDS = (
    Command("api", "serve the HTTP API", commands.run_api),
    Command("worker", "relay the outbox and chain the audit log", commands.run_worker),
    Command("migrate", "upgrade the schema and create the topics", commands.run_migrate),
    Command("org create", "found an organization with one OWNER", commands.create_org, commands.org_arguments),
    Command("key create", "make an API key; its secret is shown once", commands.create_key, commands.key_arguments),
    Command("key revoke", "revoke an API key", commands.revoke_key, commands.revoke_arguments),
    Command("audit verify", "recompute an organization's audit chain", commands.verify_audit, commands.audit_arguments),
)

if __name__ == "__main__":
    command_line("gateway", COMMANDS)
