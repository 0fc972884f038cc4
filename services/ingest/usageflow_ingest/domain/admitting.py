"""Whether a well-formed event counts, and for which metrics. Pure: instants, limits and metrics are arguments."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from usageflow_common.clock import FUTURE_TOLERANCE, instant_text
from usageflow_common.metering import numeric
from usageflow_common.records import AcceptedEvent
from usageflow_ingest.domain.feeding import EventMetrics, Feed
from usageflow_ingest.domain.outcomes import Arrival, RefusalCode, Refused, SentEvent


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
    texts: Texts = field(init=False)

    def __post_init__(self) -> None:
        """What is the same for every event of the request is rendered once."""
        texts = Texts(
            org_id=str(self.org_id),
            now=instant_text(self.now),
            received_at=instant_text(self.received_at),
            backfill_id=None if self.backfill is None else str(self.backfill.id),
            api_key_id=None if self.api_key_id is None else str(self.api_key_id),
        )
        object.__setattr__(self, "texts", texts)


@dataclass(frozen=True, slots=True)
class Texts:
    """Members of the terms as they are written into each record."""

    org_id: str
    now: str
    received_at: str
    backfill_id: str | None
    api_key_id: str | None


def admit(arrival: Arrival, event: SentEvent, metrics: EventMetrics, terms: Terms) -> AcceptedEvent | Refused:
    """The record of a good event, stamped with the metrics that it feeds; with none, where filters leave it out of all.

    `metrics`: all that name its event.
    """
    if not metrics.feeds:
        return _no_metric(event, metrics)
    refusal = _refuse_time(event, terms)
    if refusal is not None:
        return refusal
    metric_ids = metrics.plain_ids
    if metric_ids is None or terms.received_at < metrics.settled_at:
        fed = metrics.fed_by(event.properties, terms.received_at)
        refusal = _refuse_property(event, fed)
        if refusal is not None:
            return refusal
        metric_ids = tuple(feed.metric_id for feed in fed)
    texts = terms.texts
    return AcceptedEvent(
        org_id=texts.org_id,
        event_id=arrival.event_id,
        idempotency_key=arrival.idempotency_key,
        metric=event.metric,
        metric_ids=metric_ids,
        amount=event.amount,
        customer_id=event.customer_id,
        occurred_at=event.timestamp_text or texts.now,
        occurred_at_given=event.timestamp is not None,
        properties=event.properties,
        received_at=texts.received_at,
        payload_hash=event.payload_hash,
        backfill_id=texts.backfill_id,
        api_key_id=texts.api_key_id,
    )


def _no_metric(event: SentEvent, metrics: EventMetrics) -> Refused:
    if metrics.are_known:
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


def _refuse_property(event: SentEvent, feeds: Sequence[Feed]) -> Refused | None:
    """Each metric that aggregates a property needs it; nothing is counted for some metrics only."""
    for feed in feeds:
        name = feed.value_property
        if name is None:
            continue
        value = event.properties.get(name)
        if value is None:
            return _refuse(event, "property_missing", f"Metric {feed.code} needs the property {name}.")
        if feed.needs_number and numeric(value) is None:
            return _refuse(event, "property_not_numeric", f"Metric {feed.code} needs a number in {name}.")
    return None


def _refuse(event: SentEvent, code: RefusalCode, detail: str) -> Refused:
    return Refused(code, detail, event.metric, event.customer_id, event.idempotency_key)
