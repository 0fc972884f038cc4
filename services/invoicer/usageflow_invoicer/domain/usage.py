"""What a charge's period amounts to, from sums that are kept current and values that are folded from its windows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final

from usageflow_common.metering import Aggregation, Level, State, value_of

DIGEST_MODULUS: Final = 2**256


@dataclass(frozen=True, slots=True)
class Events:
    """Which events: how many, and the sum of their digests modulo 2^256. Differences may count below zero."""

    event_count: int
    digest: int

    def plus(self, other: Events) -> Events:
        """Both together."""
        return Events(self.event_count + other.event_count, (self.digest + other.digest) % DIGEST_MODULUS)

    def minus(self, other: Events) -> Events:
        """What this has beyond `other`; the inverse of `plus`."""
        return Events(self.event_count - other.event_count, (self.digest - other.digest) % DIGEST_MODULUS)


@dataclass(frozen=True, slots=True)
class Usage:
    """A range of a metric: its events, and its value; None where nothing happened that has one."""

    event_count: int
    value: Decimal | None
    digest: int

    @property
    def quantity(self) -> Decimal:
        """What is rated: no value costs what zero costs."""
        return Decimal(0) if self.value is None else self.value

    @property
    def events(self) -> Events:
        """Without the value."""
        return Events(self.event_count, self.digest)


NO_EVENTS: Final = Events(0, 0)
NOTHING: Final = Usage(0, None, 0)


@dataclass(frozen=True, slots=True)
class PeriodSums:
    """A charge's period over all shards. `opening` is a WEIGHTED_SUM's level at the start.

    `folded` comes from windows and points: the extreme or latest value (MIN, MAX, LATEST), the number of distinct ones (UNIQUE).
    """

    aggregation: Aggregation
    start_at: datetime
    end_at: datetime
    event_count: int
    total: Decimal
    delta_seconds: Decimal
    opening: Decimal
    digest: int
    folded: Decimal | None = None

    @property
    def usage(self) -> Usage:
        """The metric's value over the period."""
        state = State(self.event_count, self.total, self.delta_seconds, self.folded)
        value = value_of(
            self.aggregation,
            state,
            distinct=int(self.folded or 0),
            level=Level(self.opening, self.start_at, self.end_at),
        )
        return Usage(self.event_count, value, self.digest)


def total_events(parts: Iterable[Events]) -> Events:
    """All of them together."""
    total = NO_EVENTS
    for part in parts:
        total = total.plus(part)
    return total


def digest_text(digest: int) -> str:
    """64 hex digits."""
    return f"{digest:064x}"
