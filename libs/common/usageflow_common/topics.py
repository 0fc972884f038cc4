"""What travels where: every topic, its records, key, partitions, who writes and who reads it. The one place that says so.

Each message carries the headers `schema` (`events.raw/1`), `produced_by`, and, where known, `request_id` and `traceparent`. A consumer
accepts fields it does not know; a schema number it does not know pauses the partition, so consumers deploy before producers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, Final
from uuid import UUID

import msgspec

from usageflow_common.records import (
    AnyEvent,
    AuditRecord,
    BillingFact,
    ClockRecord,
    DispatchHint,
    MetricRecord,
    OrganizationRecord,
    Record,
    RejectedEvent,
    UsageAggregated,
)

_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Topic:
    """One topic. `partitions` None means the setting `event_partitions`; `retention` None means compacted."""

    name: str
    version: int
    record: Any  # a Record type, or a union of tagged ones
    producers: tuple[str, ...]
    consumers: tuple[str, ...]
    retention: timedelta | None
    partitions: int | None = 4
    dead_letter: bool = True

    @property
    def schema(self) -> str:
        """The value of the header `schema`."""
        return f"{self.name}/{self.version}"


EVENTS_RAW: Final = Topic(
    "events.raw", 1, AnyEvent, ("ingest", "aggregator", "invoicer"), ("aggregator",), 14 * _DAY, None, dead_letter=False
)
USAGE_AGGREGATED: Final = Topic(
    "usage.aggregated", 1, UsageAggregated, ("aggregator",), ("invoicer",), 14 * _DAY, None, dead_letter=False
)
INVOICE_CREATED: Final = Topic("invoice.created", 1, BillingFact, ("invoicer",), ("webhooks",), 65 * _DAY)
BILLING_EVENTS: Final = Topic("billing.events", 1, BillingFact, ("invoicer",), ("webhooks",), 65 * _DAY)
WEBHOOK_DISPATCH: Final = Topic("webhook.dispatch", 1, DispatchHint, ("webhooks",), ("webhooks",), _DAY)
METRICS_CHANGED: Final = Topic(
    "metrics.changed", 1, MetricRecord, ("ingest",), ("ingest", "aggregator", "invoicer"), None, 1, dead_letter=False
)
ORGANIZATIONS_CHANGED: Final = Topic(
    "organizations.changed",
    1,
    OrganizationRecord,
    ("gateway",),
    ("ingest", "aggregator", "invoicer", "webhooks"),
    None,
    1,
    dead_letter=False,
)
CLOCKS_CHANGED: Final = Topic(
    "clocks.changed", 1, ClockRecord, ("invoicer",), ("ingest", "aggregator", "invoicer"), None, 1, dead_letter=False
)
EVENTS_REJECTED: Final = Topic("events.rejected", 1, RejectedEvent, ("ingest",), ("ingest",), 30 * _DAY)
AUDIT_RECORDED: Final = Topic(
    "audit.recorded",
    1,
    AuditRecord,
    ("gateway", "ingest", "aggregator", "invoicer", "webhooks"),
    ("gateway",),
    30 * _DAY,
)

TOPICS: Final[Mapping[str, Topic]] = {
    topic.name: topic
    for topic in (
        EVENTS_RAW,
        USAGE_AGGREGATED,
        INVOICE_CREATED,
        BILLING_EVENTS,
        WEBHOOK_DISPATCH,
        METRICS_CHANGED,
        ORGANIZATIONS_CHANGED,
        CLOCKS_CHANGED,
        EVENTS_REJECTED,
        AUDIT_RECORDED,
    )
}

_ENCODER: Final = msgspec.json.Encoder(decimal_format="number", uuid_format="canonical")
_READERS: Final = {
    topic.name: (topic.schema.encode(), msgspec.json.Decoder(topic.record, float_hook=Decimal).decode)
    for topic in TOPICS.values()
}


@dataclass(frozen=True, slots=True)
class UnknownSchema:
    """A schema that this version does not know: wait for a newer consumer, never skip."""

    schema: str


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A record that nobody will ever be able to read, and why."""

    detail: str


def encode(record: Record) -> bytes:
    """The JSON of a record."""
    return _ENCODER.encode(record)


def decode(topic: Topic, value: bytes | None, schema: bytes | None) -> Record | UnknownSchema | Unreadable:
    """A message's value and `schema` header back to its record. An absent header is read as unreadable, not guessed."""
    expected, read = _READERS[topic.name]
    if schema != expected:
        name = (schema or b"").decode("utf-8", "replace")
        family, _, version = name.rpartition("/")
        return UnknownSchema(name) if family == topic.name and version.isdigit() else Unreadable(f"schema {name!r}")
    try:
        record: Record = read(value or b"")
    except (msgspec.DecodeError, UnicodeDecodeError, InvalidOperation, RecursionError) as error:
        # The last two: a number with an exponent beyond Decimal's, and values nested deeper than Python follows.
        return Unreadable(str(error)[:200])
    return record


def events_raw_key(org_id: UUID | str, customer_id: str, salt: int) -> bytes:
    """The key of a usage event in events.raw."""
    return f"{org_id}/{customer_id}/{salt}".encode()


def tenant_key(org_id: UUID, name: str | UUID | None = None) -> bytes:
    """The key of everything else that belongs to an organization: `org` or `org/name`."""
    return (f"{org_id}/{name}" if name is not None else str(org_id)).encode()
