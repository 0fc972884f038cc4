"""All parts at once at a steady rate: does what waits grow, and does memory."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import mean
from typing import Final

from msgspec.structs import replace

from bench import store
from bench.figures import Figure, Wanted, series
from bench.load import BODIES_MAX
from bench.measurements.plan import Plan
from bench.resources import Used, read_use
from bench.stage import Stage

_BODIES: Final = min(BODIES_MAX, 1_000)
_ENDLESS: Final = 100_000_000
_SAMPLE_SECONDS: Final = 2.0
_ATTEMPTS: Final = 4
_FIRST_SHARE: Final = 0.9
_SLOWER: Final = 0.8
_NOT_OURS: Final = frozenset({"postgres", "kafka"})


@dataclass(frozen=True, slots=True)
class Sample:
    """At one moment: events in the log that the invoicer has not applied, and memory by part."""

    waiting: int
    memory_bytes: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Run:
    """Some time at a steady rate. `rate` is what was accepted each second."""

    rate: float
    samples: Sequence[Sample]

    @property
    def keeps_up(self) -> bool:
        """Whether less than a second's events came to wait between the second and the last third of the time."""
        return self._waiting(2) - self._waiting(1) < self.rate

    @property
    def waiting_seconds(self) -> float:
        """What waited in the last third, by the rate."""
        return self._waiting(2) / self.rate

    def memory(self, part: str) -> tuple[float, float]:
        """Megabytes that it took at most, and by how many its mean grew from the second third to the last."""
        used = [sample.memory_bytes.get(part, 0) / 1e6 for sample in self.samples]
        return max(used), mean(_third(used, 2)) - mean(_third(used, 1))

    def _waiting(self, third: int) -> float:
        return mean(_third([sample.waiting for sample in self.samples], third))


async def measure_sustained(stage: Stage, plan: Plan) -> list[Figure]:
    """At the rate asked for, or at the highest of a few, each a fifth lower, at which nothing piles up."""
    rate = float(plan.offered or await _estimate(stage, plan))
    run = await _offer(stage, rate, plan.sustained_seconds)
    for _ in range(0 if plan.offered else _ATTEMPTS - 1):
        if run.keeps_up:
            break
        await stage.until_applied()
        rate *= _SLOWER
        run = await _offer(stage, rate, plan.sustained_seconds)
    await stage.until_applied()
    return _figures(run, plan)


def _figures(run: Run, plan: Plan) -> list[Figure]:
    parts = sorted(set(run.samples[-1].memory_bytes) - _NOT_OURS)
    most, most_part = max((run.memory(part)[0], part) for part in parts)
    growth, grown_part = max((run.memory(part)[1], part) for part in parts)
    words = "what waits does not grow" if run.keeps_up else "what waits GROWS"
    return [
        Figure(
            name="sustained",
            what=f"everything at once for {plan.sustained_seconds:.0f} s at a steady rate, {words}",
            unit="events/s",
            series=series([run.rate]),
            wanted=Wanted(at_least=25_000),
            note=f"{run.waiting_seconds:.1f} s from the log to the invoicer in the last third",
        ),
        Figure(
            name="memory",
            what=f"memory of the largest process of ours ({most_part}) meanwhile",
            unit="MB",
            series=series([most]),
            wanted=Wanted(at_most=250.0),
        ),
        Figure(
            name="memory_growth",
            what=f"by which the memory of a process grew most from the second third to the last ({grown_part})",
            unit="MB",
            series=series([growth]),
        ),
    ]


async def _estimate(stage: Stage, plan: Plan) -> float:
    """A little less than what goes through when events are sent as fast as they are taken."""
    await stage.until_applied()
    clock = asyncio.get_running_loop().time
    begun, begun_at = sum((await stage.log_ends()).values()), clock()
    await stage.fill(plan.events)
    await stage.until_applied()
    return _FIRST_SHARE * (sum((await stage.log_ends()).values()) - begun) / (clock() - begun_at)


async def _offer(stage: Stage, rate: float, seconds: float) -> Run:
    job = stage.batches(_BODIES * 100, seconds=seconds)
    job = replace(job, requests=_ENDLESS, renew=True, per_second=rate / job.events_per_request)
    samples: list[Sample] = []
    loading = asyncio.create_task(stage.load(job))
    while not loading.done():
        await asyncio.wait([loading], timeout=_SAMPLE_SECONDS)
        if not loading.done():
            samples.append(await _sample(stage))
    outcome = loading.result()
    return Run(outcome.requests_per_second * job.events_per_request, samples)


async def _sample(stage: Stage) -> Sample:
    ends, applied = await stage.log_ends(), await store.read_applied(stage.owner)
    waiting = sum(max(0, end - applied.get(partition, 0)) for partition, end in ends.items())
    used: Mapping[str, Used] = read_use(stage.system)
    return Sample(waiting, {part: each.memory_bytes for part, each in used.items()})


def _third(values: Sequence[float], third: int) -> Sequence[float]:
    """Of at least one value. The last one has the rest."""
    size = max(1, len(values) // 3)
    thirds = values[:size], values[size : 2 * size] or values[-1:], values[2 * size :] or values[-1:]
    return thirds[third]
