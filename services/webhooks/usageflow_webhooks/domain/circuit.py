"""How many attempts an endpoint may have at once: fewer with each failure, one probe now and then while nothing gets through,
and twice as many with each success."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

FIRST_PLACES: Final = 4
"""What an endpoint begins with: one that hangs from the start costs no more."""

OPEN_AFTER: Final = 5
"""Failures in a row after which there are only probes."""

PROBE_FIRST: Final = timedelta(seconds=1)
PROBE_MAX: Final = timedelta(seconds=64)
"""The wait before a probe doubles from the first to this one; a receiver's Retry-After holds up other dispatches no longer either."""


@dataclass(frozen=True, slots=True)
class Circuit:
    """`failures` counts those in a row; nothing is sent before `resume_at`."""

    places: int = FIRST_PLACES
    failures: int = 0
    resume_at: datetime | None = None
    failing_since: datetime | None = None

    def is_steady(self, concurrency: int) -> bool:
        """Whether a success changes nothing."""
        return self.failures == 0 and self.failing_since is None and self.places >= concurrency


def after_success(circuit: Circuit, concurrency: int) -> Circuit:
    """Closed, with twice the places, up to what the endpoint allows."""
    return Circuit(places=min(2 * circuit.places, concurrency))


def after_failure(circuit: Circuit, ended_at: datetime, wish: timedelta | None) -> Circuit:
    """Half the places; after OPEN_AFTER failures in a row one, and a wait that doubles. `wish` is what the receiver asked for."""
    failures = circuit.failures + 1
    wait = min(wish or timedelta(0), PROBE_MAX)
    if failures < OPEN_AFTER:
        places = max(1, circuit.places // 2)
    else:
        places = 1
        wait = max(wait, min(PROBE_FIRST * 2 ** min(failures - OPEN_AFTER, 16), PROBE_MAX))
    return Circuit(places, failures, ended_at + wait if wait else None, circuit.failing_since or ended_at)
