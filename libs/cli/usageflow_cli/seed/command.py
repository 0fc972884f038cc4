"""`usageflow seed demo`: makes the demo organization, or what is still missing of it, and compares its figures with the API's."""

from __future__ import annotations

import json
import os
import time
from contextlib import AbstractContextManager, nullcontext
from typing import Annotated, Any, Final

import typer
from rich.console import Console
from rich.table import Table

from usageflow_cli.connection import local_installation
from usageflow_cli.receiver import Receiver
from usageflow_cli.seed import closing, months
from usageflow_cli.seed.desk import Desk, Door
from usageflow_cli.seed.opening import WORKS, members_of, open_organization
from usageflow_cli.seed.stage import Stage, founding_hour, text
from usageflow_cli.seed.timeline import CLOSED, timeline

seed = typer.Typer(help="Fill an installation with something to look at.", no_args_is_help=True, callback=lambda: None)
NAME: Final = "Polarlicht Cloud"


@seed.command("demo")
def seed_demo(
    name: Annotated[str, typer.Option(help="Of the organization; one with this name is filled up.")] = NAME,
    days: Annotated[
        int | None, typer.Option(help="So many days instead of three months, in periods of a third.")
    ] = None,
    random_seed: Annotated[int, typer.Option("--seed", help="The same one gives the same events.")] = 1,
    receiver_port: Annotated[int, typer.Option(help="Of the endpoint that works, on 127.0.0.1.")] = 9000,
    as_json: Annotated[bool, typer.Option("--json", help="Machine-readable output.")] = False,
) -> None:
    """Make a lifelike organization in test mode, through the public API: customers, usage, invoices in every state.

    Run again it adds what is missing, and changes nothing else. Whoever signs in by USAGEFLOW_EMAIL and USAGEFLOW_PASSWORD owns it
    (of a local installation: its demo's owner); everybody in it has the same password.
    """
    door = find_door()
    console, begun = Console(highlight=False, stderr=as_json), time.monotonic()

    def tell(sentence: str) -> None:
        console.print(f"{time.monotonic() - begun:6.1f} s  {sentence}", markup=False)

    with Desk(door) as desk, console.status("Seeding"):
        organization = _founded(desk, name)
        stage = Stage(desk, door, organization, timeline(founding_hour(organization), days), random_seed, tell)
        play(stage, receiver_port)
        figures, invoices = closing.figures(stage), closing.statuses(stage)
        if as_json:
            typer.echo(json.dumps(_document(stage, figures, invoices)))
        else:
            _show(console, stage, figures, invoices)
    if not all(figure.right for figure in figures):
        raise typer.Exit(1)


def find_door() -> Door:
    """Where to sign in and as whom: from the environment, else the local installation's demo; exit code 2 without."""
    local = local_installation()
    found = {
        name: os.environ.get(name) or local.get(name, "")
        for name in ("USAGEFLOW_URL", "USAGEFLOW_EMAIL", "USAGEFLOW_PASSWORD", "USAGEFLOW_DASHBOARD_URL")
    }
    if missing := [name for name, value in found.items() if not value]:
        typer.echo(f"Set {' and '.join(missing)}, or start a local installation with its dashboard: make run", err=True)
        raise typer.Exit(2)
    url, email, password, origin = (value.rstrip("/") for value in found.values())
    return Door(url, origin, email, password)


def play(stage: Stage, receiver_port: int) -> None:
    """The whole story; what an earlier run did is left as it is."""
    with _listening(receiver_port) as receiver:
        receiver_url = receiver.url if receiver else None
        open_organization(stage, receiver_url)
        stage.tell("people, keys, metrics, plans, webhook endpoints")
        months.begin(stage)
        for period in range(CLOSED):
            months.pass_period(stage, period)
        months.welcome_trial(stage)
        months.pass_period(stage, CLOSED)
        closing.finish(stage, receiver_url)


def _listening(port: int) -> AbstractContextManager[Receiver | None]:
    """Who takes webhooks while the story is told; nobody when somebody else has the port."""
    try:
        return Receiver(port, on_delivery=lambda _: None)
    except OSError:
        return nullcontext()


def _founded(desk: Desk, name: str) -> Any:
    known = [each for each in desk.get("/api/organizations")["data"] if each["name"] == name]
    if known:
        desk.act_in(known[0]["id"])
    else:
        organization = desk.post("/api/organizations", {"name": name, "mode": "test"}, key=f"seed {name}"[:200])
        desk.settle_in(organization["id"])
    return desk.get("/api/organization")


def _document(stage: Stage, figures: list[closing.Figure], invoices: dict[str, int]) -> dict[str, Any]:
    return {
        "organizationId": stage.organization["id"],
        "from": text(stage.timeline.start),
        "to": text(stage.timeline.until),
        "usage": {each.metric: {"value": each.found, "eventCount": each.events} for each in figures},
        "invoices": invoices,
        "members": {role: email for email, _, role in members_of(stage.door)},
    }


def _show(console: Console, stage: Stage, figures: list[closing.Figure], invoices: dict[str, int]) -> None:
    table = Table("metric", "events", "sent", "counted", "", box=None, pad_edge=False)
    for each in figures:
        verdict = "[green]✓[/green]" if each.right else "[red]✗[/red]"
        table.add_row(each.metric, f"{each.events:,}", each.expected, each.found, verdict)
    console.print(table)
    console.print("invoices: " + ", ".join(f"{count} {status}" for status, count in invoices.items()))
    console.print(f"\n{stage.door.origin}/o/{stage.organization['id']}", markup=False)
    console.print(f"sign in with the password of {stage.door.email} as", markup=False)
    for email, name, role in [(stage.door.email, "you", "OWNER"), *members_of(stage.door)]:
        console.print(f"  {role:<10} {email} ({name})", markup=False)
    for endpoint in stage.desk.pages("/api/webhooks/endpoints"):
        if endpoint["description"] == WORKS:
            port = endpoint["url"].rstrip("/").rpartition(":")[2]
            console.print(
                f"What comes to {endpoint['url']} is shown by: usageflow webhooks listen --port {port}", markup=False
            )
