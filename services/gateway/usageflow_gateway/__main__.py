"""`python -m usageflow_gateway`: api, worker, migrate, openapi, and the operators' commands."""

from __future__ import annotations

from usageflow_common.entry import service_words
from usageflow_common.runtime import Command, command_line
from usageflow_gateway import commands
from usageflow_gateway.app import build_app
from usageflow_gateway.migrate import migrate
from usageflow_gateway.operators.restore import run_restore
from usageflow_gateway.settings import GatewaySettings, WorkerSettings
from usageflow_gateway.worker import build_worker

COMMANDS = (
    *service_words(api=(GatewaySettings, build_app), worker=(WorkerSettings, build_worker), migrate=migrate),
    Command("org create", "found an organization with one OWNER", commands.create_org, commands.org_arguments),
    Command("org spread", "let a hot organization use more partitions", commands.spread_org, commands.spread_arguments),
    Command(
        "user password",
        "give a user a password, read from standard input",
        commands.give_password,
        commands.user_arguments,
    ),
    Command("key create", "make an API key; its secret is shown once", commands.create_key, commands.key_arguments),
    Command("key revoke", "revoke an API key", commands.revoke_key, commands.revoke_arguments),
    Command("audit verify", "recompute an organization's audit chain", commands.verify_audit, commands.audit_arguments),
    Command("restore", "after a restore: take over what Kafka knows, and tell what was lost", run_restore),
)

if __name__ == "__main__":
    command_line("gateway", COMMANDS)
