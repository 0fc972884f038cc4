"""What the person at the terminal sees: progress while things start, a card when they run, news when a part dies."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from usageflow_local.home import Home, PartState, RunnerState
from usageflow_local.system import System


class Terminal:
    """A terminal, or a file or pipe that gets plain lines."""

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or Console(highlight=False, soft_wrap=True)
        self._began = time.monotonic()
        self._refresh: Callable[[], None] = _nothing

    def announce(self, message: str) -> None:
        """One line of news, with the seconds since the beginning."""
        seconds = f"{time.monotonic() - self._began:6.1f} s  "
        self._console.print(
            Text.assemble((seconds, "dim"), message)
        )  # one print: a last line may be redrawn between two
        self._refresh()

    def say(self, message: str) -> None:
        """A line as it is."""
        self._console.print(message, markup=False)

    @contextmanager
    def working(self, what: str) -> Iterator[None]:
        """Show that something goes on: a spinner on a terminal, one line elsewhere."""
        if not self._console.is_terminal:
            self.say(what)
            yield
            return
        with self._console.status(what):
            yield

    @contextmanager
    def watching(self, system: System) -> Iterator[None]:
        """Keep a last line that says whether everything runs; news refresh it. Nothing where there is no terminal."""
        if not self._console.is_terminal:
            yield
            return
        with Live(console=self._console, auto_refresh=False, transient=True) as line:
            self._refresh = lambda: line.update(Text(summary(system.states), "dim"), refresh=True)
            self._refresh()
            try:
                yield
            finally:
                self._refresh = _nothing

    def card(self, system: System, home: Home) -> None:
        """Addresses, the demo key and a request to copy."""
        self._console.rule("UsageFlow runs")
        if system.dashboard_url:
            self.say(f"  dashboard    {system.dashboard_url}")
            if system.demo and system.demo.password:
                self.say(f"  sign in as   {system.demo.email}, password {system.demo.password}")
            else:
                self.say(f"  sign up at   {system.dashboard_url}/sign-up")
        self.say(f"  API          {system.gateway_url}")
        self.say(f"  PostgreSQL   127.0.0.1:{system.ports['postgres']}, database usageflow")
        self.say(f"  Kafka        {system.kafka.bootstrap}")
        self.say(f"  addresses    {home.addresses}")
        self.say(f"  logs         {home.logs}")
        if system.api_key:
            self.say(f"  demo key     {system.api_key}")
            self.say("\n  Try:")
            self.say(f"  curl {system.gateway_url}/api/metrics -H 'Authorization: Bearer {system.api_key}'")
        seeded = " make seed fills an organization to look around in." if system.dashboard_url else ""
        self.say(f"\n  make demo plays the worked example.{seeded} Ctrl-C or make stop ends everything.")
        self._console.rule()

    def status(self, state: RunnerState) -> None:
        """A table of the parts."""
        self.say(f"The runner (pid {state.pid}) {'is ready' if state.ready else 'is not ready'}; since {state.since}.")
        self._console.print(parts_table(state.parts))


def summary(parts: tuple[PartState, ...]) -> str:
    """One line: how many parts run, what the others do, and which were started again."""
    others = [f"{part.name} is {part.state}" for part in parts if part.state != "running"]
    restarted = [f"{part.name} {part.restarts}x" for part in parts if part.restarts]
    sentences = [f"{len(parts) - len(others)} of {len(parts)} parts run", *others]
    return "; ".join(sentences) + (f" (started again: {', '.join(restarted)})" if restarted else "")


def _nothing() -> None:
    """Nobody watches."""


def parts_table(parts: tuple[PartState, ...]) -> Table:
    """One row a part."""
    table = Table("part", "state", "address", "pid", "restarts", box=None, pad_edge=False)
    for part in parts:
        table.add_row(part.name, part.state, part.address, str(part.pid or "-"), str(part.restarts))
    return table
