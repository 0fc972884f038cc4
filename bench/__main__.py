"""`python -m bench`: run the measurements, show the table, write the JSON. Exits with 1 when something could not be measured."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

import uvloop
from rich.console import Console

from bench.figures import Figure, PartUse
from bench.measurements.aggregation import measure_aggregator, measure_hot_customer, measure_older_keys
from bench.measurements.billing import measure_billing
from bench.measurements.everything import measure_everything
from bench.measurements.fence import measure_fence
from bench.measurements.gateway import measure_gateway, measure_many_keys
from bench.measurements.intake import measure_batches, measure_singles
from bench.measurements.month import measure_month
from bench.measurements.plan import Plan
from bench.measurements.proofs import measure_proofs
from bench.measurements.rating import measure_rating
from bench.measurements.sustained import measure_sustained
from bench.measurements.visibility import measure_visibility
from bench.measurements.webhooks import measure_webhooks
from bench.report import Results, show_results, this_machine, write_results
from bench.stage import MeasurementFailed, Stage, open_stage
from usageflow_common import logs
from usageflow_local.errors import LocalRuntimeError

Measure = Callable[[Stage, Plan], Awaitable[list[Figure]]]

_EVERYTHING: Final = "everything"
_COLUMNS: Final = 150
"""Of a file or a pipe."""
_MEASUREMENTS: Final[Mapping[str, Measure]] = {
    "singles": measure_singles,
    "batches": measure_batches,
    "aggregator": measure_aggregator,
    "hot_customer": measure_hot_customer,
    "sustained": measure_sustained,
    "month": measure_month,
    "older_keys": measure_older_keys,
    "visible": measure_visibility,
    "webhooks": measure_webhooks,
    "rating": measure_rating,
    "billing": measure_billing,
    "proofs": measure_proofs,
    "fence": measure_fence,
    "gateway": measure_gateway,
    "many_keys": measure_many_keys,
}
# What makes the database large comes late; what is only taken in comes last: nobody has to wait until it is counted.
_NAMES: Final = (
    *("aggregator", "hot_customer", "visible", "webhooks", _EVERYTHING, "sustained", "month", "older_keys"),
    *("rating", "billing", "proofs", "fence", "singles", "batches", "gateway", "many_keys"),
)


async def measure(names: Sequence[str], plan: Plan, console: Console) -> Results:
    """The named measurements, one after the other, on one system."""
    figures: list[Figure] = []
    parts: tuple[PartUse, ...] = ()
    clock = asyncio.get_running_loop().time
    begun_at = clock()

    def announce(words: str) -> None:
        console.print(f"[dim]{clock() - begun_at:6.1f} s  {words}[/dim]")

    announce("starting a throw-away system")
    async with open_stage() as stage:
        for name in names:
            announce(name)
            if name == _EVERYTHING:
                everything = await measure_everything(stage, plan)
                figures += everything.figures
                parts = everything.parts
            else:
                figures += await _MEASUREMENTS[name](stage, plan)
        announce("stopping")
    return Results(this_machine(), tuple(figures), parts)


def main(arguments: Sequence[str]) -> int:
    """The command line."""
    options = _parser().parse_args(arguments)
    plan = Plan(
        events=options.events,
        repeats=options.repeats,
        seconds=options.seconds,
        older_keys=options.older_keys,
        stored_events=options.stored_events,
        sustained_seconds=options.minutes * 60,
        offered=options.offered,
        subscriptions=options.subscriptions,
        random_cases=options.random_cases,
        proved_events=options.proved_events,
        backlog=options.backlog,
    )
    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=_COLUMNS)
    logs.configure("bench", "WARNING")
    try:
        results = uvloop.run(measure(options.only, plan, console))
    except (MeasurementFailed, LocalRuntimeError) as failure:
        console.print(f"[red]{failure}[/red]")
        return 1
    show_results(console, results)
    write_results(options.out, results)
    console.print(f"\n[dim]also in {options.out}[/dim]")
    return 0


def _parser() -> argparse.ArgumentParser:
    usual = Plan()
    parser = argparse.ArgumentParser(prog="bench", description="Figures beside their baselines, on this machine.")
    parser.add_argument(
        "--only", type=_names, default=_NAMES, metavar="A,B", help=f"some of {', '.join(_NAMES)} (default: all)"
    )
    parser.add_argument(
        "--events", type=int, default=usual.events, help="the aggregator's backlog (default %(default)s)"
    )
    parser.add_argument("--repeats", type=int, default=usual.repeats, help="of each measurement (default %(default)s)")
    parser.add_argument("--seconds", type=float, default=usual.seconds, help="of each timed run (default %(default)s)")
    parser.add_argument(
        "--older-keys", type=int, default=usual.older_keys, help="in older generations (default %(default)s)"
    )
    parser.add_argument(
        "--stored-events", type=int, default=usual.stored_events, help="in the month asked for (default %(default)s)"
    )
    parser.add_argument(
        "--minutes", type=float, default=usual.sustained_seconds / 60, help="of the steady rate (default %(default).2f)"
    )
    parser.add_argument("--offered", type=int, help="the steady rate, events/s (default: it is looked for)")
    parser.add_argument(
        "--subscriptions", type=int, default=usual.subscriptions, help="that one worker closes (default %(default)s)"
    )
    parser.add_argument("--random-cases", type=int, default=usual.random_cases, help="of rating (default %(default)s)")
    parser.add_argument(
        "--proved-events",
        type=int,
        default=usual.proved_events,
        help="of the line that is proved (default %(default)s)",
    )
    parser.add_argument("--backlog", type=int, default=usual.backlog, help="of one endpoint (default %(default)s)")
    parser.add_argument("--out", type=Path, default=Path("bench/results.json"), help="default %(default)s")
    return parser


def _names(text: str) -> tuple[str, ...]:
    asked = text.split(",")
    if unknown := [name for name in asked if name not in _NAMES]:
        raise argparse.ArgumentTypeError(f"there is no {', '.join(unknown)}; there are {', '.join(_NAMES)}")
    return tuple(name for name in _NAMES if name in asked)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
