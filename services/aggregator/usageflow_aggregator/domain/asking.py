"""What a usage query asks for, once its parameters are understood, and what it is answered. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final, TypeAlias
from uuid import UUID

from usageflow_common.civil import Span
from usageflow_common.metering import Aggregation, Level, State, value_of

CUSTOMER: Final = "customerId"
"""The dimension that every metric has."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Which usage of a metric, and by which dimensions it is told apart.

    `group_by`: all keys of the metric, ascending. `value_salt`: of the organization's UNIQUE values. `customer_ids`: None for all.
    `group_filters`: key → permitted values.
    `dimensions`: keys of the metric, or CUSTOMER, in the order in which rows name them.
    """

    metric_id: UUID
    aggregation: Aggregation
    value_property: str | None
    group_by: tuple[str, ...]
    value_salt: bytes
    customer_ids: tuple[str, ...] | None
    group_filters: Mapping[str, tuple[str, ...]]
    dimensions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """A row's place in the order of windows. `ordinal`: of its window, from 1."""

    ordinal: int
    group: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rank:
    """A row's place in the order of values, the greatest first and those without one last."""

    value: Decimal | None
    group: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class EveryRow:
    """All rows, for whoever asks for no dimensions: there are no more than windows."""


@dataclass(frozen=True, slots=True)
class ByWindow:
    """Rows behind a place, up to another one."""

    after: Place | None
    until: Place | None
    limit: int


@dataclass(frozen=True, slots=True)
class ByValue:
    """Rows behind a rank; there is only one window."""

    after: Rank | None
    limit: int


@dataclass(frozen=True, slots=True)
class OfGroups:
    """The rows of these groups alone; there is only one window."""

    groups: tuple[tuple[str, ...], ...]


Page: TypeAlias = EveryRow | ByWindow | ByValue | OfGroups


@dataclass(frozen=True, slots=True)
class Found:
    """What is kept of one window and group, or of the whole range. `opening`: the level at its beginning (WEIGHTED_SUM)."""

    state: State
    distinct: int = 0
    opening: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class FoundRow:
    """`rank`: the value by which PostgreSQL put it in order, if it did."""

    place: Place
    found: Found
    rank: Decimal | None


@dataclass(frozen=True, slots=True)
class Amount:
    """A value and how many events it comes from. None: there is nothing that could have a value."""

    value: Decimal | None
    event_count: int


@dataclass(frozen=True, slots=True)
class Row:
    """One row of an answer."""

    span: Span
    group: Mapping[str, str]
    amount: Amount


def amount_of(aggregation: Aggregation, found: Found, start_at: datetime, end_at: datetime) -> Amount:
    """The value of what was found, over the window or range that it was found for."""
    level = Level(found.opening, start_at, end_at)
    return Amount(
        value_of(aggregation, found.state, distinct=found.distinct, level=level),
        found.state.event_count,
    )
