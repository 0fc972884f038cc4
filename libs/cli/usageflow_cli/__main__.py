"""The `usageflow` command. Exit codes: 0 done, 1 a check failed, 2 wrong use, 3 not reachable."""

from __future__ import annotations

import sys

import typer

from usageflow_cli import developers, operators
from usageflow_cli.api import Misused, Refused, Unreachable
from usageflow_cli.demo.command import demo
from usageflow_cli.doctor.command import doctor
from usageflow_cli.events.command import events
from usageflow_cli.listening import webhooks
from usageflow_cli.openapi import openapi
from usageflow_cli.payloads import payloads
from usageflow_cli.restore import restore
from usageflow_cli.seed.command import seed
from usageflow_cli.strimzi import strimzi

app = typer.Typer(
    no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help="UsageFlow from the command line."
)
app.command("doctor", rich_help_panel="Operators")(doctor)
app.command("migrate", rich_help_panel="Operators")(operators.migrate)
app.add_typer(operators.org, name="org", rich_help_panel="Operators")
app.add_typer(operators.user, name="user", rich_help_panel="Operators")
app.add_typer(operators.key, name="key", rich_help_panel="Operators")
app.add_typer(operators.customer, name="customer", rich_help_panel="Operators")
app.add_typer(operators.quarantine, name="quarantine", rich_help_panel="Operators")
app.command("restore", rich_help_panel="Operators")(restore)
app.command("reimport", rich_help_panel="Operators")(operators.reimport)
app.command("verify", rich_help_panel="Operators")(operators.verify)
app.command("rebuild", rich_help_panel="Operators")(operators.rebuild)
app.command("republish", rich_help_panel="Operators")(operators.republish)
app.command("strimzi", rich_help_panel="Operators")(strimzi)
app.add_typer(events, name="events", rich_help_panel="Developers")
app.add_typer(developers.invoice, name="invoice", rich_help_panel="Developers")
app.add_typer(webhooks, name="webhooks", rich_help_panel="Developers")
app.command("demo", rich_help_panel="Developers")(demo)
app.add_typer(seed, name="seed", rich_help_panel="Developers")
app.command("openapi", rich_help_panel="Developers")(openapi)
app.command("payloads", rich_help_panel="Developers")(payloads)


def main() -> None:
    """Run the command; failures that are not bugs are one line."""
    try:
        app()
    except (Misused, Refused, Unreachable) as failure:
        typer.echo(str(failure), err=True)
        sys.exit(failure.exit_code)


if __name__ == "__main__":
    main()
