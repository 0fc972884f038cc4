"""`usageflow restore`: a database that was set back to an earlier time goes on with what Kafka has kept since."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from typing import Annotated, Final

import typer

from usageflow_cli.doctor import store
from usageflow_cli.doctor.places import connected, database_url
from usageflow_cli.operators import SERVICES, service_environment
from usageflow_common.database import is_unavailable

_NOT_REACHABLE: Final = 3
_CHECK_FAILED: Final = 1


def restore(
    reason: Annotated[str, typer.Option(help="Why; it stands in the audit log.")],
    despite_connections: Annotated[
        bool, typer.Option("--despite-connections", help="A pool keeps connections open, and no service runs.")
    ] = False,
) -> None:
    """After a restore of PostgreSQL, services stopped: go on from the backup without losing, doubling or renumbering anything.

    Safe to repeat. Exit code 1: events.raw or a chain does not go on where the backup ends; it is said which.
    """
    running = [] if despite_connections else asyncio.run(_connected_services())
    if running:
        typer.echo(f"Stop all processes of the services first: connected are {', '.join(running)}.", err=True)
        raise typer.Exit(_CHECK_FAILED)
    # 1. The invoicer first: whatever is told from now on has to be above the generation that it refuses. Its invoices come back
    #    before anybody can give their numbers away.
    invoicer = _Word("invoicer", "restore")
    codes = [invoicer.ended()]
    if not invoicer.lines:
        raise typer.Exit(codes[0] or _CHECK_FAILED)
    above = str(json.loads(invoicer.lines[0])["generation"])
    # 2. All shards once more; and what the others follow by version. What has to be done by hand stands at the end.
    words = [
        _Word("aggregator", "restore", "--above", above, "--reason", reason),
        _Word("ingest", "restore"),
        _Word("gateway", "restore"),
    ]
    codes += [word.ended() for word in words]
    if any(codes):
        typer.echo("Not all of it: mend what is said above, and run this again before any service starts.", err=True)
    raise typer.Exit(max(codes))


class _Word:
    """A service's own command, begun at once; its lines are shown when it has ended."""

    def __init__(self, service: str, *arguments: str) -> None:
        environment = {**service_environment(service), **os.environ}
        command = [sys.executable, "-m", f"usageflow_{service}", *arguments]
        self._process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
        self.lines: list[str] = []

    def ended(self) -> int:
        """Its exit code."""
        out, _ = self._process.communicate()
        self.lines = out.splitlines()
        for line in self.lines:
            typer.echo(line)
        return self._process.returncode


async def _connected_services() -> list[str]:
    """Services whose role has connections beside our own."""
    found = []
    for service in SERVICES:
        url = database_url(service)
        if url is None:
            continue
        try:
            async with connected(url) as connection:
                if await connection.fetchval(store.OTHER_CONNECTIONS):
                    found.append(service)
        except Exception as error:
            if not is_unavailable(error):
                raise
            typer.echo(f"PostgreSQL cannot be reached as {service}.", err=True)
            raise typer.Exit(_NOT_REACHABLE) from error
    return found
