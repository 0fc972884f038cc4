"""Random schedules: a seed draws a world and its steps; a list of steps can be played again, and is shortened when it fails."""

from __future__ import annotations

import inspect
import itertools
from collections.abc import Callable, Iterator, Sequence
from random import Random

from schedule_check import check
from schedule_log import METRICS
from schedule_stage import Stage
from schedule_world import Config, Violation, World

Steps = list[tuple]
_WEIGHTS = {
    "send": 20,
    "mark": 3,
    "assign": 9,
    "fetch": 16,
    "step": 70,
    "crash": 2,
    "rotate": 2,
    "republish": 2,
    "void": 0,
    "relay": 8,
    "back_up": 0,
    "restore": 0,
}
CONFIGS = {
    "plain": (Config(), {}),
    "copies": (Config(events=2), {"send": 18, "rotate": 8, "relay": 1, "mark": 1, "crash": 1, "assign": 7}),
    "three": (Config(events=7, partitions=3), {}),
    "voids": (Config(events=4, metrics=len(METRICS)), {"void": 10, "relay": 12}),
    "metrics": (Config(metrics=len(METRICS)), {}),
    "restore": (Config(restores=True, metrics=len(METRICS)), {"back_up": 4, "restore": 4}),
}
_ARGUMENTS = {name: len(inspect.signature(getattr(World, f"do_{name}")).parameters) - 1 for name in _WEIGHTS}


def config_of(seed: int) -> str:
    """Which kind of world a seed draws."""
    return tuple(CONFIGS)[seed % len(CONFIGS)]


def seeds_of(kind: str) -> Iterator[int]:
    """The seeds that draw this kind."""
    return itertools.count(tuple(CONFIGS).index(kind), len(CONFIGS))


def draw(seed: int) -> Steps:
    """The steps that are tried, one after the other."""
    chance = Random(f"steps {seed}")  # noqa: S311 -- to replay, not secrecy
    weights = {**_WEIGHTS, **CONFIGS[config_of(seed)][1]}
    names = chance.choices(list(weights), list(weights.values()), k=chance.randrange(40, 110))
    return [(name, *(chance.randrange(8) for _ in range(_ARGUMENTS[name]))) for name in names]


async def play(
    stage: Stage, seed: int, steps: Sequence[tuple], rewrite: Callable[[str], str] = str
) -> tuple[str | None, Steps]:
    """(the violation or None, the steps that were possible)."""
    for gate in stage.gates:
        gate.rewrite = rewrite
    taken: Steps = []
    world = await World.make(stage, seed, CONFIGS[config_of(seed)][0])
    try:
        for name, *arguments in steps:
            if await getattr(world, f"do_{name}")(*arguments):
                taken.append((name, *arguments))
        await check(world)
    except Violation as violation:
        return str(violation), taken
    finally:
        await world.end()
    return None, taken


async def shorten(
    stage: Stage, seed: int, steps: Steps, rewrite: Callable[[str], str] = str, budget: int = 60
) -> Steps:
    """Fewer steps that fail as well: pieces are left out as long as it still fails."""
    size = max(1, len(steps) // 2)
    while size and budget:
        k = 0
        while k < len(steps) and budget:
            shorter = steps[:k] + steps[k + size :]
            budget -= 1
            if (await play(stage, seed, shorter, rewrite))[0] is not None:
                steps = shorter
            else:
                k += size
        size //= 2
    return steps


def told(seed: int, violation: str, steps: Steps) -> str:
    """For whoever has to find out why."""
    trace = " · ".join(" ".join(map(str, step)) for step in steps)
    return f"seed {seed} ({config_of(seed)}): {violation}\n{trace}\nreplay: SCHEDULES_FIRST={seed} SCHEDULES=1"
