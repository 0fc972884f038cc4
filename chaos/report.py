"""What the storm was, for people: a line while it goes on, tables at the end."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from rich.console import Console
from rich.status import Status
from rich.table import Table

from chaos.books import Books
from chaos.outcome import Outcome
from chaos.plan import Plan
from chaos.proof import name_some

_TERMINAL_SECONDS: Final = 0.5
_FILE_SECONDS: Final = 10.0


class Progress:
    """The live line: one that changes on a terminal, one every few seconds elsewhere."""

    def __init__(self, console: Console, books: Books) -> None:
        self._console = console
        self._books = books
        self._clock = asyncio.get_running_loop().time
        self._began_at = self._clock()
        self._news = "starting a throw-away system"

    def announce(self, words: str) -> None:
        """Say what happens now."""
        self._news = words
        self._console.print(f"{self._clock() - self._began_at:6.1f} s  {words}", style="dim")

    @asynccontextmanager
    async def shown(self) -> AsyncIterator[None]:
        """Keep the line alive meanwhile."""
        status = Status("", console=self._console) if self._console.is_terminal else None
        with status or contextlib.nullcontext():
            task = asyncio.create_task(self._tell(status))
            try:
                yield
            finally:
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)

    async def _tell(self, status: Status | None) -> None:
        while True:
            books = self._books
            line = (
                f"{self._clock() - self._began_at:6.1f} s  {books.offered:,} sent, {books.acknowledged:,} acknowledged"
                f" ({books.retried_acknowledged:,} repeated after that)"
            )
            if status is not None:
                status.update(f"{line}  {self._news}")
                await asyncio.sleep(_TERMINAL_SECONDS)
            else:
                self._console.print(line)
                await asyncio.sleep(_FILE_SECONDS)


def show(console: Console, plan: Plan, outcome: Outcome) -> None:
    """The figures and the verdict."""
    books, timeline = outcome.books, outcome.timeline
    figures = Table("what", "figure", title=f"A storm of {plan.seconds:.0f} s, seed {plan.seed}")
    rows: list[tuple[str, object]] = [
        ("events sent, repetitions included", f"{books.offered:,}"),
        ("acknowledged", f"{books.acknowledged:,}"),
        ("sent again after their 202", f"{books.retried_acknowledged:,}"),
        ("sent again with another content", f"{books.conflicting:,}"),
        ("keys that must count", f"{books.keys_acknowledged:,}"),
        ("keys of unknown outcome", f"{books.keys_unknown:,}"),
        ("counted", f"{outcome.counted:,}"),
        ("invoices verified", outcome.invoices),
        ("facts told to five receivers", outcome.facts),
        ("requests that these got", outcome.requests),
        ("longest time without a 202 for a single event", f"{timeline.longest_silence_seconds:.1f} s"),
        ("from healed to everything counted and applied", f"{outcome.drain_seconds:.1f} s"),
    ]
    for what, figure in rows:
        figures.add_row(what, str(figure))
    console.print(figures)
    faults = Table("fault", "times", "works again, median", "longest")
    for what, times, median, longest in timeline.summary():
        faults.add_row(what, str(times), _seconds(median), _seconds(longest))
    console.print(faults)
    if outcome.differences:
        console.print(f"{len(outcome.differences)} differences:", style="red")
        for line in name_some(outcome.differences):
            console.print(f"  {line}", style="red", markup=False)
    else:
        console.print(
            "Every acknowledged event counted once; windows, invoices, accounts and deliveries agree.", style="green"
        )


def _seconds(value: float | None) -> str:
    return "never" if value is None else f"{value:.1f} s"
