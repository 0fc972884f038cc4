"""What one event adds to one metric. The metric's definition decides, and it never changes."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Final, assert_never

from usageflow_aggregator.domain.digest import Properties
from usageflow_common.records import MetricRecord
from usageflow_common.wire import parse_decimal

NOTHING: Final = Decimal(0)


@dataclass(frozen=True, slots=True)
class Count:
    """The number of events; their amounts do not matter."""


@dataclass(frozen=True, slots=True)
class Sum:
    """The exact sum of the amounts, or of a numeric property."""

    value_property: str | None


Aggregation = Count | Sum


@dataclass(frozen=True, slots=True)
class Unsupported:
    """A metric that this version cannot fold: its events wait for a version that can."""

    reason: str


@dataclass(frozen=True, slots=True)
class NotNumeric:
    """The property that the metric sums is missing, or is no permitted decimal."""

    value_property: str


def aggregation_of(metric: MetricRecord) -> Aggregation | Unsupported:
    """How the metric is folded."""
    if metric.group_by:
        return Unsupported("group_by_not_supported")
    match metric.aggregation:
        case "COUNT":
            return Count()
        case "SUM":
            return Sum(metric.value_property)
        case other:
            return Unsupported(f"aggregation_not_supported:{other}")


def measure(aggregation: Aggregation, amount: Decimal, properties: Properties) -> Decimal | NotNumeric:
    """What the event adds to the sum that is kept: exact, and 0 where only its presence counts."""
    match aggregation:
        case Count():
            return NOTHING
        case Sum(value_property=name):
            return amount if name is None else _number(name, properties)
        case _:
            assert_never(aggregation)


def state_of(aggregation: Aggregation, total: Decimal) -> Decimal | None:
    """The sum that belongs to a window's state; None where its count says everything."""
    match aggregation:
        case Count():
            return None
        case Sum():
            return total
        case _:
            assert_never(aggregation)


def value_of(aggregation: Aggregation, total: Decimal, event_count: int) -> Decimal:
    """The value that a caller sees. Of nothing it is 0."""
    match aggregation:
        case Count():
            return Decimal(event_count)
        case Sum():
            return total
        case _:
            assert_never(aggregation)


def _number(name: str, properties: Properties) -> Decimal | NotNumeric:
    # Ingest's own reading, so that both mean the same by a number.
    number = parse_decimal(properties.get(name))
    return number if isinstance(number, Decimal) else NotNumeric(name)
