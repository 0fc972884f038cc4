"""Operators' commands: each starts the command of the service that owns the data, with that service's settings."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from usageflow_cli.tables import records_table

SERVICES = ("gateway", "ingest", "aggregator", "invoicer", "webhooks")
org = typer.Typer(help="Organizations.", no_args_is_help=True)
user = typer.Typer(help="People.", no_args_is_help=True)
key = typer.Typer(help="API keys.", no_args_is_help=True)
customer = typer.Typer(help="Customers of an organization.", no_args_is_help=True)
quarantine = typer.Typer(help="Records that nobody could read.", no_args_is_help=True)
AsJson = Annotated[bool, typer.Option("--json", help="Machine-readable output.")]


def service_command(service: str, *arguments: str) -> int:
    """Run `python -m usageflow_<service> …`; the settings come from the environment, else from the local installation."""
    environment = {**service_environment(service), **os.environ}
    return subprocess.run(
        [sys.executable, "-m", f"usageflow_{service}", *arguments], env=environment, check=False
    ).returncode


def service_environment(service: str) -> dict[str, str]:
    """What `make run` wrote for this service (its settings and secrets), empty when there is no local installation."""
    path = Path(os.environ.get("USAGEFLOW_HOME", ".usageflow")) / "environment" / f"{service}.json"
    if not path.is_file():
        return {}
    settings: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
    return settings


def service_lines(service: str, *arguments: str) -> list[Any]:
    """What such a command prints, one JSON object a line; leaves with its exit code when that is not 0."""
    environment = {**service_environment(service), **os.environ}
    done = subprocess.run(
        [sys.executable, "-m", f"usageflow_{service}", *arguments], env=environment, stdout=subprocess.PIPE, check=False
    )
    if done.returncode:
        raise typer.Exit(done.returncode)
    return [json.loads(line) for line in done.stdout.splitlines()]


def flag(as_json: bool) -> list[str]:
    """The flag to pass on."""
    return ["--json"] if as_json else []


def migrate(service: Annotated[str | None, typer.Option(help="Only this one.")] = None) -> None:
    """Upgrade schemas, create topics and the rows of their partitions. Safe to repeat and to run twice at once."""
    if service is not None and service not in SERVICES:
        raise typer.BadParameter(f"one of {', '.join(SERVICES)}", param_hint="--service")
    for name in [service] if service else SERVICES:
        code = service_command(name, "migrate")
        if code:
            typer.echo(f"{name}: migration failed", err=True)
            raise typer.Exit(code)


@org.command("create")
def create_organization(
    name: Annotated[str, typer.Option()],
    mode: str = "live",
    owner_email: Annotated[str | None, typer.Option(help="Then `usageflow user password` lets them sign in.")] = None,
    as_json: AsJson = False,
) -> None:
    """Create an organization with one OWNER."""
    owner = ["--owner-email", owner_email] if owner_email is not None else []
    arguments = ["--name", name, "--mode", mode, *owner, *flag(as_json)]
    raise typer.Exit(service_command("gateway", "org", "create", *arguments))


@user.command("password")
def give_password(email: Annotated[str, typer.Option()]) -> None:
    """Give a user a password, read from standard input; their sessions end."""
    raise typer.Exit(service_command("gateway", "user", "password", "--email", email))


@org.command("spread")
def spread_organization(
    org_id: Annotated[str, typer.Argument(metavar="ORG", help="org_…")],
    spread: Annotated[int, typer.Argument(metavar="N", help="1 to 64 partitions for each customer.")],
    as_json: AsJson = False,
) -> None:
    """Spread the events of a hot organization's customers over partitions; each event counts once all the same."""
    raise typer.Exit(service_command("gateway", "org", "spread", org_id, str(spread), *flag(as_json)))


@key.command("create")
def create_key(
    org: Annotated[str, typer.Option(help="org_…")],
    scopes: Annotated[str, typer.Option(help="Comma list, or * for all.")],
    name: str = "cli",
    as_json: AsJson = False,
) -> None:
    """Create an API key; its secret is shown once."""
    arguments = ("key", "create", "--org", org, "--name", name, "--scopes", scopes, *flag(as_json))
    raise typer.Exit(service_command("gateway", *arguments))


@key.command("revoke")
def revoke_key(key_id: Annotated[str, typer.Argument(metavar="KEY_ID", help="key_…")]) -> None:
    """Revoke an API key: refused everywhere within a second."""
    raise typer.Exit(service_command("gateway", "key", "revoke", "--id", key_id))


@customer.command("erase")
def erase_customer(
    org: Annotated[str, typer.Option(help="org_…")],
    customer_id: Annotated[str, typer.Option("--customer", help="The organization's own id of them.")],
    reason: Annotated[str, typer.Option(help="Stands in the audit log: name nobody there.")],
) -> None:
    """Forget who a customer was who has left. Invoices, amounts and proofs stay as they are."""
    arguments = ("--org", org, "--customer", customer_id, "--reason", reason)
    raise typer.Exit(service_command("invoicer", "erase", *arguments))


@quarantine.command("list")
def list_quarantine(as_json: AsJson = False) -> None:
    """Show what waits for repair or a waiver; drafts wait with it."""
    records = service_lines("aggregator", "quarantine", "list")
    if as_json:
        typer.echo(json.dumps(records))
    elif records:
        Console().print(records_table(records))
    else:
        typer.echo("Nothing waits: every record could be read.")


@quarantine.command("show")
def show_quarantine(
    partition: int,
    offset: int,
    raw: Annotated[bool, typer.Option("--raw", help="The value alone, byte for byte.")] = False,
) -> None:
    """Show one record, bytes and all."""
    arguments = ("quarantine", "show", *_place(partition, offset), *(["--raw"] if raw else []))
    raise typer.Exit(service_command("aggregator", *arguments))


@quarantine.command("repair")
def repair_quarantine(
    partition: int,
    offset: int,
    reason: Annotated[str, typer.Option(help="Stands in the audit log.")],
    value: Annotated[
        Path | None,
        typer.Option(
            exists=True, dir_okay=False, help="The record as it was meant; without it, the one that stands there."
        ),
    ] = None,
) -> None:
    """Send a record again as it was meant, and release it; drafts go on with it."""
    mended = [] if value is None else ["--value", str(value)]
    arguments = ("quarantine", "repair", *_place(partition, offset), "--reason", reason, *mended)
    raise typer.Exit(service_command("aggregator", *arguments))


@quarantine.command("waive")
def waive_quarantine(partition: int, offset: int, reason: Annotated[str, typer.Option()]) -> None:
    """Give a record up, with a reason that stays."""
    arguments = ("quarantine", "waive", *_place(partition, offset), "--reason", reason)
    raise typer.Exit(service_command("aggregator", *arguments))


def _place(partition: int, offset: int) -> tuple[str, ...]:
    return "--partition", str(partition), "--offset", str(offset)


def rebuild(  # noqa: PLR0917 - a command's options
    org: Annotated[str, typer.Option(help="org_…")],
    start: Annotated[str, typer.Option("--from", help="An instant like 2026-03-01T00:00:00Z.")],
    end: Annotated[str, typer.Option("--to", help="The instant behind the range.")],
    metric: Annotated[str | None, typer.Option(help="Its code; all metrics when it is left out.")] = None,
    reason: Annotated[str | None, typer.Option(help="Why; it stands in the audit log.")] = None,
    apply: Annotated[bool, typer.Option("--apply", help="Put right what differs.")] = False,
) -> None:
    """Count a range again from raw events, and compare. Runs while events come in; exit code 1: something differs."""
    arguments = ["--org", org, "--from", start, "--to", end]
    arguments += ["--metric", metric] if metric else []
    arguments += ["--reason", reason] if reason else []
    arguments += ["--apply"] if apply else []
    raise typer.Exit(service_command("aggregator", "rebuild", *arguments))


def verify(
    org: Annotated[str | None, typer.Option(help="org_…; every organization when it is left out.")] = None,
    after: Annotated[int, typer.Option(help="Go on behind this number (with --org).")] = 0,
) -> None:
    """Verify every invoice from raw events, and that no number is missing. Exit code 1: something is wrong, and is named."""
    arguments = [*(["--org", org] if org else []), "--after", str(after)]
    raise typer.Exit(service_command("invoicer", "verify", *arguments))


def reimport() -> None:
    """After a restore, writers stopped: bring back from Kafka the invoices that the database has lost, with their states."""
    raise typer.Exit(service_command("invoicer", "reimport"))


def republish(
    partition: int,
    reason: Annotated[str, typer.Option(help="Why; it stands in the audit log.")],
) -> None:
    """Tell the invoicer everything that a partition of events.raw has come to: after a gap, and after a restore."""
    raise typer.Exit(service_command("aggregator", "republish", str(partition), "--reason", reason))
