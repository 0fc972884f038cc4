"""What one aggregator process counts from a backlog. The invoicer stands still meanwhile.

Beside it: its own SQL fed from memory; the same with many keys in older generations; one hot customer beside many customers.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final

from bench import store
from bench.bare_counting import bare_counting
from bench.bodies import CUSTOMERS
from bench.figures import Baseline, Figure, Wanted, series
from bench.measurements.plan import Plan
from bench.resources import read_use
from bench.spreading import spread_organization
from bench.stage import Stage
from bench.store import older_keys

WORKER: Final = "aggregator-worker"
_MANY_CUSTOMERS: Final = 10_000
_SPREAD: Final = 8


async def measure_aggregator(stage: Stage, plan: Plan) -> list[Figure]:
    """Events counted each second until a backlog is drained."""
    await stage.until_counted()
    async with stage.without(WORKER, "invoicer-worker"):
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
            series=series(each.rate for each in drained),
            baseline=Baseline("the bare SQL of the same transactions, fed from memory", series(fed)),
            wanted=Wanted(ratio_at_least=0.75, at_least=40_000),
            note=f"worker {median(each.worker_microseconds for each in drained):.1f} and PostgreSQL "
            f"{median(each.core_microseconds - each.worker_microseconds for each in drained):.1f} µs of a core an event",
        )
    ]


async def measure_older_keys(stage: Stage, plan: Plan) -> list[Figure]:
    """The same with many keys in frozen generations, and without: every new key is looked up in each of them."""
    await stage.until_counted()
    async with stage.without(WORKER, "invoicer-worker"):
        without = [await _fill_and_drain(stage, plan) for _ in range(plan.repeats)]
        generations = await older_keys.fill(stage.owner, await store.read_organization(stage.owner), plan.older_keys)
        beside = [await _fill_and_drain(stage, plan) for _ in range(plan.repeats)]
    return [
        _compared(
            name="older_keys",
            what=f"the aggregator with {plan.older_keys:,} older keys in {generations} generations",
            drains=beside,
            baseline="with none",
            drains_beside=without,
        )
    ]


async def measure_hot_customer(stage: Stage, plan: Plan) -> list[Figure]:
    """One customer has all events, and its organization is spread over partitions; beside many customers."""
    await stage.until_counted()
    async with stage.without(WORKER, "invoicer-worker"):
        many = [await _fill_and_drain(stage, plan, customers=_MANY_CUSTOMERS) for _ in range(plan.repeats)]
        async with spread_organization(stage, _SPREAD):
            begun = await stage.log_ends()
            hot = [await _fill_and_drain(stage, plan, customers=1) for _ in range(plan.repeats)]
            ends = await stage.log_ends()
    used = sum(ends[partition] > begun[partition] for partition in ends)
    return [
        _compared(
            name="hot_customer",
            what=f"the aggregator with one hot customer, spread {_SPREAD}, on {used} of {len(ends)} partitions",
            drains=hot,
            baseline=f"{_MANY_CUSTOMERS:,} customers",
            drains_beside=many,
        )
    ]


def _compared(
    *, name: str, what: str, drains: Sequence[Drain], baseline: str, drains_beside: Sequence[Drain]
) -> Figure:
    """Rates side by side; and what an event costs in core-seconds, which other work on the machine changes less."""
    costs = [median(each.core_microseconds for each in some) for some in (drains, drains_beside)]
    return Figure(
        name=name,
        what=what,
        unit="events/s",
        series=series(each.rate for each in drains),
        baseline=Baseline(baseline, series(each.rate for each in drains_beside)),
        wanted=Wanted(ratio_at_least=0.80),
        note=f"worker and PostgreSQL: {costs[0]:.1f} µs of a core an event, {costs[1]:.1f} beside it; ratio {costs[1] / costs[0]:.2f}",
    )


@dataclass(frozen=True, slots=True)
class Drain:
    """Events a second from the first commit to the last, and what the worker and PostgreSQL used for each."""

    rate: float
    core_microseconds: float
    worker_microseconds: float


async def _fill_and_drain(stage: Stage, plan: Plan, *, customers: int = CUSTOMERS) -> Drain:
    await stage.fill(plan.events, customers=customers)
    return await _drain(stage)


async def _drain(stage: Stage) -> Drain:
    """Count the backlog; the worker is stopped again afterwards."""
    clock = asyncio.get_running_loop().time
    end = sum((await stage.log_ends()).values())
    standing = await _counted(stage)
    await stage.system.resume(WORKER)

    async def has_begun() -> bool:
        return await _counted(stage) > standing

    await stage.until("the first batch", has_begun)
    (worker, postgres), first, first_at = _core_seconds(stage), await _counted(stage), clock()
    await stage.until_counted()
    events, seconds, (worker_end, postgres_end) = end - first, clock() - first_at, _core_seconds(stage)
    await stage.system.stop(WORKER)
    each_of = 1e6 / events
    return Drain(
        rate=events / seconds,
        core_microseconds=(worker_end + postgres_end - worker - postgres) * each_of,
        worker_microseconds=(worker_end - worker) * each_of,
    )


def _core_seconds(stage: Stage) -> tuple[float, float]:
    """Of the worker and of PostgreSQL, so far."""
    used = read_use(stage.system)
    return used[WORKER].core_seconds, used["postgres"].core_seconds


async def _counted(stage: Stage) -> int:
    return sum((await store.read_counted(stage.owner)).values())
