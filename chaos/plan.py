"""What a storm does: how long, how much, and which fault when. Pure: the same seed plans the same storm."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Final, Literal

Kind = Literal["kill", "immediate stop", "freeze"]

SECOND_WORKER: Final = "aggregator-worker-2"
FREEZE_SECONDS: Final = 12.5
"""Longer than a consumer's session (10 s): the group gives the frozen member's partitions to another one."""
SECONDS_MIN: Final = 20.0
SECONDS_MAX: Final = 4 * 3600.0
_CALM_SECONDS: Final = 2.0
_TAIL_SECONDS: Final = 2.0


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is done to one part, so long after the storm began. `seconds`: how long a freeze lasts."""

    at_seconds: float
    kind: Kind
    part: str
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Plan:
    """A storm. `rate` is in events a second, over all senders; `pause_seconds` lies between two faults, on the average."""

    seconds: float = 180.0
    seed: int = 1
    rate: float = 400.0
    pause_seconds: float = 5.0

    def __post_init__(self) -> None:
        """Refuse what is no bounded storm."""
        if not SECONDS_MIN <= self.seconds <= SECONDS_MAX:
            raise ValueError(f"a storm lasts {SECONDS_MIN:.0f} to {SECONDS_MAX:.0f} seconds")
        if not 1 <= self.rate <= 20_000 or self.pause_seconds <= 0:
            raise ValueError("the rate is 1 to 20,000 events a second, and faults have pauses between them")


# (kind, part, weight after the first round)
_REPERTOIRE: Final[tuple[tuple[Kind, str, int], ...]] = (
    ("kill", "gateway-api", 3),
    ("kill", "ingest-api", 3),
    ("kill", "aggregator-worker", 5),
    ("kill", SECOND_WORKER, 3),
    ("kill", "invoicer-worker", 4),
    ("kill", "webhooks-worker", 4),
    ("kill", "kafka", 2),
    ("kill", "postgres", 1),
    ("immediate stop", "postgres", 2),
    ("freeze", "aggregator-worker", 2),
    ("freeze", SECOND_WORKER, 1),
)
_ONCE: Final = tuple((kind, part) for kind, part, _ in _REPERTOIRE if (kind, part) != ("freeze", SECOND_WORKER))


def plan_faults(plan: Plan) -> tuple[Fault, ...]:
    """The faults in order: everything once, a freeze first (it lasts longest), then by weight.

    One freeze at a time, and whoever is frozen is left alone until it wakes up: that is when it is dangerous.
    """
    chance = Random(plan.seed)  # noqa: S311 -- a seed to replay, not secrecy
    first = list(_ONCE)
    chance.shuffle(first)
    first.sort(key=lambda each: each[0] != "freeze")
    end = plan.seconds - _TAIL_SECONDS
    pause = min(plan.pause_seconds, (end - _CALM_SECONDS) / len(first))
    faults: list[Fault] = []
    at, frozen, thawed_at = _CALM_SECONDS, "", 0.0
    while at < end:
        kind, part = _next(first, chance, frozen if at < thawed_at else "")
        if kind == "freeze" and (at < thawed_at or at + FREEZE_SECONDS > plan.seconds):
            kind = "kill"
        if kind == "freeze":
            frozen, thawed_at = part, at + FREEZE_SECONDS
        faults.append(Fault(round(at, 2), kind, part, FREEZE_SECONDS if kind == "freeze" else 0.0))
        at += pause * chance.uniform(0.5, 1.5)
    return tuple(faults)


def _next(first: list[tuple[Kind, str]], chance: Random, spared: str) -> tuple[Kind, str]:
    """What is left of the first round, then whatever the weights say; never a part that is to be spared."""
    for each in first:
        if each[1] != spared:
            first.remove(each)
            return each
    choices = [each for each in _REPERTOIRE if each[1] != spared]
    kind, part, _ = chance.choices(choices, weights=[weight for *_, weight in choices])[0]
    return kind, part
