"""What one metric takes from one event: a value, a group and, for UNIQUE, a point. The metric's definition decides, and it never changes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Final
from uuid import UUID

from msgspec import Struct

from usageflow_aggregator.domain.digest import Properties, value_hash
from usageflow_common.metering import AGGREGATIONS, Aggregation, canonical_text, group_key, group_of, other_group
from usageflow_common.records import MetricRecord
from usageflow_common.wire import parse_decimal

NOTHING: Final = Decimal(0)
NO_GROUP: Final = group_key({})


@dataclass(frozen=True, slots=True)
class Definition:
    """How a metric is folded. `group_by` is in ascending order; `other` is the group of whatever is not admitted."""

    metric_id: UUID
    aggregation: Aggregation
    value_property: str | None
    group_by: tuple[str, ...]
    other: str


@dataclass(frozen=True, slots=True)
class UnknownAggregation:
    """A metric that this version cannot fold: its events wait for a version that can."""

    reason: str


@dataclass(frozen=True, slots=True)
class NotNumeric:
    """The property that the metric measures is missing, or is no permitted decimal."""

    value_property: str


class Contribution(Struct, frozen=True, gc=False):
    """What an event adds to one metric. `group`: as the properties say, admitted or not. `point`: None unless UNIQUE has a value."""

    definition: Definition
    value: Decimal
    group: str
    point: bytes | None


FindDefinition = Callable[[UUID, UUID], Definition | UnknownAggregation | None]
"""(organization, metric) → how it is folded; None when the metric is unknown here."""


def definition_of(metric: MetricRecord) -> Definition | UnknownAggregation:
    """How the metric is folded."""
    if metric.aggregation not in AGGREGATIONS:
        return UnknownAggregation(f"aggregation_not_supported:{metric.aggregation}")
    return Definition(
        metric_id=metric.metric_id,
        aggregation=metric.aggregation,
        value_property=metric.value_property,
        group_by=tuple(sorted(metric.group_by)),
        other=group_key(other_group(metric.group_by)),
    )


def contribute(
    definition: Definition, amount: Decimal, properties: Properties, value_salt: bytes
) -> Contribution | NotNumeric:
    """What the event adds: exact, and 0 where only its presence counts. `value_salt`: of its organization, for UNIQUE."""
    point: bytes | None = None
    name = definition.value_property
    match definition.aggregation:
        case "COUNT":
            value = NOTHING
        case "UNIQUE":
            value = NOTHING
            text = canonical_text(properties.get(name or ""))
            point = value_hash(value_salt, text) if text else None
        case _ if name is None:
            value = amount
        case _:
            # Ingest's own reading, so that both mean the same by a number.
            number = parse_decimal(properties.get(name))
            if not isinstance(number, Decimal):
                return NotNumeric(name)
            value = number
    group = group_key(group_of(definition.group_by, properties)) if definition.group_by else NO_GROUP
    return Contribution(definition, value, group, point)
