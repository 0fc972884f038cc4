"""All parts at once: events go in as fast as they are taken, and the clock stops when the invoicer has the last of them."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from bench import store
from bench.figures import Figure, PartUse, Wanted, series
from bench.measurements.plan import Plan
from bench.resources import part_uses, read_use
from bench.stage import Stage


@dataclass(frozen=True, slots=True)
class Everything:
    """Rows of the table, and what each part used."""

    figures: list[Figure]
    parts: tuple[PartUse, ...]


async def measure_everything(stage: Stage, plan: Plan) -> Everything:
    """Throughput from the first request to the last window at the invoicer, and what an event costs."""
    await stage.until_applied()
    clock = asyncio.get_running_loop().time
    used = read_use(stage.system)
    written, at_rest = await store.read_wal_bytes(stage.owner), await store.read_bytes_at_rest(stage.owner)
    begun = sum((await stage.log_ends()).values())
    begun_at = clock()
    await stage.fill(plan.events)
    await stage.until_applied()
    seconds = clock() - begun_at
    events = sum((await stage.log_ends()).values()) - begun
    written = await store.read_wal_bytes(stage.owner) - written
    at_rest = await store.read_bytes_at_rest(stage.owner) - at_rest
    figures = [
        Figure(
            name="everything",
            what=f"everything at once, {plan.events:,} events from the first request to the invoicer",
            unit="events/s",
            series=series([events / seconds]),
            wanted=Wanted(at_least=25_000),
        ),
        Figure(name="wal", what="write-ahead log", unit="bytes/event", series=series([written / events])),
        Figure(name="at_rest", what="tables and indexes", unit="bytes/event", series=series([at_rest / events])),
    ]
    return Everything(figures, part_uses(used, read_use(stage.system), events))
