"""`python -m usageflow_invoicer`: api, worker, migrate."""

from __future__ import annotations

from usageflow_common.runtime import Command, command_line
from usageflow_invoicer import commands

COMMANDS = (
    Command("api", "serve the HTTP API", commands.run_api),
    Command("worker", "apply usage, close periods, verify invoices, relay the outbox", commands.run_worker),
    Command("migrate", "upgrade the schema, create the topics and the rows of their partitions", commands.run_migrate),
)

if __name__ == "__main__":
    command_line("invoicer", COMMANDS)
