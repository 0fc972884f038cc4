"""`python -m chaos`: a storm, its figures, its verdict. Exits with 1 on any difference, and when the system does not come to rest."""

from __future__ import annotations

import argparse
import asyncio
import logging
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from rich.console import Console

from chaos.api import StormFailed
from chaos.books import Books
from chaos.outcome import Outcome
from chaos.plan import Plan
from chaos.report import Progress, show
from chaos.stage import open_stage
from chaos.storm import rage
from chaos.timeline import Timeline
from usageflow_common import logs
from usageflow_local.errors import LocalRuntimeError

_COLUMNS: Final = 130
_INTERRUPTED: Final = 130


async def storm(plan: Plan, console: Console, keep: Path | None) -> Outcome:
    """One storm. Raises StormFailed or LocalRuntimeError when it could not be carried out or never came to rest."""
    outcome = Outcome(Books(), Timeline())
    progress = Progress(console, outcome.books)
    async with progress.shown():
        progress.announce("starting a throw-away system")
        async with open_stage() as stage:
            try:
                await rage(stage, plan, progress.announce, outcome)
            finally:
                if keep is not None:
                    stage.keep_logs(keep)
                progress.announce("stopping")
    return outcome


def main(arguments: Sequence[str]) -> int:
    """The command line."""
    options = _parser().parse_args(arguments)
    try:
        plan = Plan(seconds=options.seconds, seed=options.seed, rate=options.rate, pause_seconds=options.pause)
    except ValueError as error:
        _parser().error(str(error))
    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=_COLUMNS)
    logs.configure("chaos", "ERROR")
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # an absent broker is what this is about
    try:
        outcome = asyncio.run(storm(plan, console, options.keep_logs))
    except KeyboardInterrupt:
        return _INTERRUPTED
    except (StormFailed, LocalRuntimeError) as failure:
        console.print(f"{failure}", style="red", markup=False)
        return 1
    show(console, plan, outcome)
    return 1 if outcome.differences else 0


def _parser() -> argparse.ArgumentParser:
    usual = Plan()
    parser = argparse.ArgumentParser(prog="chaos", description="A bounded storm on a throw-away system, and its proof.")
    parser.add_argument("--seconds", type=float, default=usual.seconds, help="how long (default %(default)s)")
    parser.add_argument("--seed", type=int, default=usual.seed, help="which faults and events (default %(default)s)")
    parser.add_argument("--rate", type=float, default=usual.rate, help="events a second (default %(default)s)")
    parser.add_argument(
        "--pause", type=float, default=usual.pause_seconds, help="seconds between faults (default %(default)s)"
    )
    parser.add_argument("--keep-logs", type=Path, metavar="FOLDER", help="keep the logs of all parts there")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
