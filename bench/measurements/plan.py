"""How much is measured."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Plan:
    """`events`: the aggregator's backlog, and what is sent through everything. `seconds`: of each run that is bounded by time."""

    events: int = 100_000
    repeats: int = 3
    seconds: float = 2.5
    warm_up_seconds: float = 0.5
