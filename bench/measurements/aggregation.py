"""What one aggregator process counts from a backlog, beside its own SQL fed from memory. The invoicer stands still meanwhile."""

from __future__ import annotations

import asyncio
from typing import Final

from bench import store
from bench.bare_counting import bare_counting
from bench.figures import Baseline, Figure, Wanted, series
from bench.measurements.plan import Plan
from bench.stage import Stage

_WORKER: Final = "aggregator-worker"


async def measure_aggregator(stage: Stage, plan: Plan) -> list[Figure]:
    """Events counted each second until a backlog is drained."""
    await stage.until_counted()
    async with stage.without(_WORKER, "invoicer-worker"):
        starts = await store.read_counted(stage.owner)
        await stage.fill(plan.events)
        async with bare_counting(stage, starts) as bare:
            fed = [await bare.feed() for _ in range(plan.repeats)]
        drained = [await _drain(stage)]
        for _ in range(plan.repeats - 1):
            await stage.fill(plan.events)
            drained.append(await _drain(stage))
    return [
        Figure(
            name="aggregator",
            what=f"one aggregator process, a backlog of {plan.events:,}",
            unit="events/s",
            series=series(drained),
            baseline=Baseline("the bare SQL of the same transactions, fed from memory", series(fed)),
            wanted=Wanted(ratio_at_least=0.75, at_least=40_000),
        )
    ]


async def _drain(stage: Stage) -> float:
    """Events a second from the first commit to the last; the worker is stopped again afterwards."""
    clock = asyncio.get_running_loop().time
    end = sum((await stage.log_ends()).values())
    standing = await _counted(stage)
    await stage.system.resume(_WORKER)

    async def has_begun() -> bool:
        return await _counted(stage) > standing

    await stage.until("the first batch", has_begun)
    first, first_at = await _counted(stage), clock()
    await stage.until_counted()
    seconds = clock() - first_at
    await stage.system.stop(_WORKER)
    return (end - first) / seconds


async def _counted(stage: Stage) -> int:
    return sum((await store.read_counted(stage.owner)).values())
