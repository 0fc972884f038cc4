"""What an amendment may make of an event: the rules by which ingest took it in, asked again of the new values. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final, Literal, TypeAlias

import msgspec

from usageflow_common.metering import NotPermitted, Properties, holds, numeric, permit_properties
from usageflow_common.money import OutOfRange, TooPrecise
from usageflow_common.records import MetricRecord
from usageflow_common.wire import parse_decimal, parse_instant

PROPERTIES_BYTES_MAX: Final = 16 * 1024
"""An event has no more when it is sent, so it gets no more afterwards."""

RefusalCode: TypeAlias = Literal[
    "amount_invalid",
    "amount_too_precise",
    "amount_out_of_range",
    "timestamp_invalid",
    "timestamp_in_future",
    "timestamp_too_old",
    "properties_invalid",
    "property_missing",
    "property_not_numeric",
    "event_too_large",
]
_ENCODER: Final = msgspec.json.Encoder(decimal_format="number")


@dataclass(frozen=True, slots=True)
class Amendment:
    """The new values; None leaves a value as it is."""

    amount: Decimal | None
    properties: Properties | None
    occurred_at: datetime | None


@dataclass(frozen=True, slots=True)
class Refused:
    """Why the event cannot become that, by a code of ingest."""

    code: RefusalCode
    detail: str


@dataclass(frozen=True, slots=True)
class Times:
    """The times that an event may have: from `earliest` on, up to `latest`, or in front of it where that is the end of a backfill."""

    earliest: datetime
    latest: datetime
    ends_before: bool


def read_amendment(amount: object, properties: object, timestamp: object) -> Amendment | Refused:
    """The values as they stood in the request: JSON read exactly, None where nothing was said."""
    read_amount = None if amount is None else _amount(amount)
    if isinstance(read_amount, Refused):
        return read_amount
    read_properties = None if properties is None else _properties(properties)
    if isinstance(read_properties, Refused):
        return read_properties
    occurred_at = parse_instant(timestamp) if isinstance(timestamp, str) else None
    if timestamp is not None and occurred_at is None:
        return Refused("timestamp_invalid", "A timestamp is RFC 3339 with Z or an offset: 2026-03-01T00:00:00Z.")
    return Amendment(read_amount, read_properties, occurred_at)


def refuse_time(occurred_at: datetime, times: Times) -> Refused | None:
    """Whether an event may be moved to this time."""
    if occurred_at < times.earliest:
        return Refused("timestamp_too_old", "The timestamp is older than this event may be.")
    if occurred_at > times.latest or (times.ends_before and occurred_at == times.latest):
        return Refused("timestamp_in_future", "The timestamp is later than this event may be.")
    return None


def fed_by(candidates: Iterable[MetricRecord], properties: Properties) -> list[MetricRecord]:
    """The metrics that an event with these properties feeds, in the order of their ids."""
    feeds = {metric.metric_id: metric for metric in candidates if holds(metric.filters, properties)}
    return [feeds[metric_id] for metric_id in sorted(feeds)]


def refuse_property(feeds: Sequence[MetricRecord], properties: Properties) -> Refused | None:
    """Each metric that measures a property needs it; nothing is counted for some metrics only."""
    for metric in feeds:
        name = metric.value_property
        if name is None or metric.aggregation == "COUNT":
            continue
        value = properties.get(name)
        if value is None:
            return Refused("property_missing", f"Metric {metric.code} needs the property {name}.")
        if metric.aggregation != "UNIQUE" and numeric(value) is None:
            return Refused("property_not_numeric", f"Metric {metric.code} needs a number in {name}.")
    return None


def _amount(value: object) -> Decimal | Refused:
    match parse_decimal(value):
        case Decimal() as amount:
            return amount
        case TooPrecise():
            return Refused("amount_too_precise", "An amount has at most 12 decimal places.")
        case OutOfRange():
            return Refused("amount_out_of_range", "An amount has at most 20 integer digits.")
        case None:
            return Refused("amount_invalid", 'An amount is a number, or a plain decimal text like "1.5".')


def _properties(value: object) -> Properties | Refused:
    properties = permit_properties(value)
    if isinstance(properties, NotPermitted):
        return Refused("properties_invalid", properties.detail)
    if len(_ENCODER.encode(properties)) > PROPERTIES_BYTES_MAX:
        return Refused("event_too_large", f"An event has at most {PROPERTIES_BYTES_MAX} bytes.")
    return properties
