"""How much is measured."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Plan:
    """How much of each.

    `events`: the aggregator's backlog, and what is sent through everything. `seconds`: of each run that is bounded by time.
    `older_keys`: in frozen generations of the ledger. `stored_events`: in the larger of two months that are asked for; the smaller has a
    tenth. `sustained_seconds`: how long events are offered at a steady rate; `offered`: that rate, None to look for it.
    `subscriptions`: closed by one worker. `proved_events`: of the line that is explained and verified. `random_cases`: of rating.
    `deliveries`: to a fast receiver. `backlog`: of one endpoint. `webhook_seconds`: how long facts are told at a steady rate.
    """

    events: int = 100_000
    repeats: int = 3
    seconds: float = 2.5
    warm_up_seconds: float = 0.5
    older_keys: int = 1_000_000
    stored_events: int = 300_000
    sustained_seconds: float = 20.0
    offered: int | None = None
    subscriptions: int = 4_000
    proved_events: int = 100_000
    random_cases: int = 100_000
    deliveries: int = 8_000
    backlog: int = 6_000
    webhook_seconds: float = 8.0
