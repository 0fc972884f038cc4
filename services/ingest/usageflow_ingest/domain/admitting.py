"""Whether a well-formed event counts, and for which metrics. Pure: instants, limits and metrics are arguments."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from usageflow_common.clock import FUTURE_TOLERANCE, instant_text
from usageflow_common.money import decimal_text
from usageflow_common.records import MetricRecord, UsageEvent
from usageflow_common.wire import parse_decimal
from usageflow_ingest.domain.outcomes import Arrival, RefusalCode, Refused, SentEvent
from usageflow_ingest.domain.payload import payload_hash


@dataclass(frozen=True, slots=True)
class Backfill:
    """A named backfill: its events have times in [from_at, to_at), however old."""

    id: UUID
    from_at: datetime
    to_at: datetime


@dataclass(frozen=True, slots=True)
class Terms:
    """What a request is judged by. `now` is the organization's time, `received_at` wall time. `backfill`: its events are of this one."""

    org_id: UUID
    now: datetime
    received_at: datetime
    max_age: timedelta
    api_key_id: UUID | None
    backfill: Backfill | None = None


def admit(arrival: Arrival, event: SentEvent, metrics: Sequence[MetricRecord], terms: Terms) -> UsageEvent | Refused:
    """The record of a good event, stamped with the metrics that it feeds. `metrics`: all that name its event."""
    feeds = _fed(metrics, terms.received_at)
    if not feeds:
        return _no_metric(event, metrics)
    refusal = _refuse_time(event, terms) or _refuse_property(event, feeds)
    if refusal is not None:
        return refusal
    return UsageEvent(
        org_id=terms.org_id,
        event_id=arrival.event_id,
        idempotency_key=arrival.idempotency_key,
        metric=event.metric,
        metric_ids=tuple(metric.metric_id for metric in feeds),
        amount=decimal_text(event.amount),
        customer_id=event.customer_id,
        occurred_at=event.timestamp or terms.now,
        occurred_at_given=event.timestamp is not None,
        properties=dict(event.properties),
        received_at=terms.received_at,
        payload_hash=payload_hash(
            metric=event.metric,
            amount=event.amount,
            customer_id=event.customer_id,
            timestamp=event.timestamp,
            properties=event.properties,
        ),
        backfill_id=terms.backfill.id if terms.backfill else None,
        api_key_id=terms.api_key_id,
    )


def _fed(metrics: Sequence[MetricRecord], received_at: datetime) -> list[MetricRecord]:
    """The active metrics whose time has come, in the order of their ids; where none has begun, those that will.

    The first metric of an event name counts whatever this machine's clock says: the one that made it may be ahead. And nothing is
    refused in the minute in which one metric has ended and the next has not begun.
    """
    active = [metric for metric in metrics if metric.status == "active"]
    if len(active) < 2:
        return active
    first = min(metrics, key=lambda metric: (metric.active_from, metric.metric_id))
    active.sort(key=lambda metric: metric.metric_id)
    return [metric for metric in active if metric is first or metric.active_from <= received_at] or active


def _no_metric(event: SentEvent, metrics: Sequence[MetricRecord]) -> Refused:
    if metrics:
        return _refuse(event, "metric_archived", f"The metric of {event.metric} is archived.")
    return _refuse(event, "unknown_metric", f"No metric counts {event.metric}.")


def _refuse_time(event: SentEvent, terms: Terms) -> Refused | None:
    if terms.backfill is not None:
        return _refuse_time_of_backfill(event, terms.backfill)
    if event.timestamp is None:
        return None
    if event.timestamp > terms.now + FUTURE_TOLERANCE:
        return _refuse(event, "timestamp_in_future", "The timestamp is more than 5 minutes in the future.")
    if event.timestamp < terms.now - terms.max_age:
        return _refuse(event, "timestamp_too_old", f"The timestamp is more than {terms.max_age.days} days old.")
    return None


def _refuse_time_of_backfill(event: SentEvent, backfill: Backfill) -> Refused | None:
    """The time must be given: the present, which stands for it elsewhere, is what no backfill is about."""
    if event.timestamp is None:
        return _refuse(event, "timestamp_invalid", "An event of a backfill needs its timestamp.")
    if event.timestamp < backfill.from_at:
        return _refuse(event, "timestamp_too_old", f"The backfill begins at {instant_text(backfill.from_at)}.")
    if event.timestamp >= backfill.to_at:
        return _refuse(event, "timestamp_in_future", f"The backfill ends before {instant_text(backfill.to_at)}.")
    return None


def _refuse_property(event: SentEvent, feeds: Sequence[MetricRecord]) -> Refused | None:
    """Each metric that sums a property needs it as a permitted decimal; nothing is counted for some metrics only."""
    for metric in feeds:
        name = metric.value_property
        if name is None:
            continue
        value = event.properties.get(name)
        if value is None:
            return _refuse(event, "property_missing", f"Metric {metric.code} needs the property {name}.")
        if not isinstance(parse_decimal(value), Decimal):
            return _refuse(event, "property_not_numeric", f"Metric {metric.code} needs a number in {name}.")
    return None


def _refuse(event: SentEvent, code: RefusalCode, detail: str) -> Refused:
    return Refused(code, detail, event.metric, event.customer_id, event.idempotency_key)
