"""Whether a record can stand in for one that nobody could read: it must read cleanly, and be the same organization's. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from usageflow_aggregator.domain.definition import FindDefinition
from usageflow_aggregator.domain.reading import Identity, LogRecord, NotYet, UnknownMetric, read_records
from usageflow_common.ids import event_id, event_names
from usageflow_common.records import UsageEvent
from usageflow_common.topics import EVENTS_RAW, UnknownSchema, Unreadable, decode


@dataclass(frozen=True, slots=True)
class Place:
    """Where the quarantined record stands, and whose it is known to be."""

    partition: int
    offset: int
    appended_at: datetime
    org_id: UUID | None


@dataclass(frozen=True, slots=True)
class Irreparable:
    """Why this record cannot be sent in its place."""

    detail: str


def read_repair(
    place: Place, value: bytes, schema: str, find: FindDefinition, digest_key: bytes
) -> UsageEvent | Irreparable:
    """The usage event that `value` is, once it would be counted where the damaged one stands."""
    content = decode(EVENTS_RAW, value, schema.encode())
    match content:
        case UnknownSchema():
            return Irreparable(f"this version cannot read {content.schema}")
        case Unreadable():
            return Irreparable(content.detail)
        case UsageEvent() as event:
            return _belongs(place, event) or _counts(place, event, find, digest_key) or event
        case _:
            return Irreparable(
                "only usage events can be repaired; whatever else it is can be waived, and asked for again"
            )


def _belongs(place: Place, event: UsageEvent) -> Irreparable | None:
    if place.org_id is not None and event.org_id != place.org_id:
        return Irreparable(f"the damaged record is of organization {place.org_id}")
    if event.event_id not in _ids(event.org_id, event.idempotency_key):
        return Irreparable("the event id is not that of the organization and the idempotency key")
    return None


def _ids(org_id: UUID, key: str) -> set[UUID]:
    """What ingest may have called it: by a key of its own, or by the request's key and its index."""
    header, _, index = key.rpartition(":")
    in_batch = (
        {UUID(event_names(org_id).of_place(header, int(index)))}
        if header and index.isascii() and index.isdigit()
        else set()
    )
    return {event_id(org_id, key)} | in_batch


def _counts(place: Place, event: UsageEvent, find: FindDefinition, digest_key: bytes) -> Irreparable | None:
    record = LogRecord(place.offset, place.appended_at, Identity(b""), None, event)
    reading, stop = read_records(place.partition, place.offset, [record], find, digest_key)
    match stop:
        case UnknownMetric():
            return Irreparable(f"there is no metric {stop.metric_id}")
        case NotYet():
            return Irreparable(stop.reason)
        case None:
            broken = reading.broken if reading is not None else ()
            return Irreparable(broken[0].detail) if broken else None
