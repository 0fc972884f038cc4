"""What is read from the databases when the storm is over: as the owner, and never written."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from usageflow_common.database import RawConnection

SCHEMAS: Final = ("gateway", "ingest", "aggregator", "invoicer", "webhooks")

_COUNTED: Final = "SELECT partition, next_offset FROM aggregator.consumer_offsets"
_APPLIED: Final = "SELECT partition, applied FROM invoicer.applied_offsets"
_OUTBOX: Final = " UNION ALL ".join(
    f"SELECT '{each}' AS schema, count(*) AS rows FROM {each}.outbox" for each in SCHEMAS
)
_METRICS: Final = "SELECT metric_id, code FROM ingest.metrics"
_EVENTS: Final = """
SELECT event.event_id, event.idempotency_key, event.metric, event.amount, event.customer_id, event.occurred_at, event.partition,
       event.log_offset, event.metric_ids, event.event_hash, event.properties
  FROM aggregator.usage_events AS event"""
_CONFLICTS: Final = """
SELECT event_id, count(*) AS conflicts FROM aggregator.conflicts WHERE kind = 'payload_mismatch' GROUP BY event_id"""
_KEYS: Final = "SELECT count(*) FROM aggregator.event_keys WHERE NOT tombstone"
_ACCOUNTS: Final = """
SELECT offsets.partition, start_offset, next_offset, counted, duplicate, conflict, correction, marker, quarantined, skipped,
       (SELECT count(*) FROM aggregator.usage_events AS event WHERE event.partition = offsets.partition) AS stored
  FROM aggregator.consumer_offsets AS offsets
 ORDER BY offsets.partition"""
_WINDOWS: Final = "SELECT * FROM aggregator.aggregated_usage"
_APPLIED_WINDOWS: Final = "SELECT * FROM invoicer.usage_windows"
_FACTS: Final = "SELECT event_id, sequence, type, body FROM webhooks.webhook_events WHERE org_id = $1 ORDER BY sequence"
_SENT: Final = """
SELECT w.event_id, w.endpoint_id, w.status, w.attempts,
       coalesce(array_agg(d.attempt ORDER BY d.attempt) FILTER (WHERE d.attempt IS NOT NULL), '{}') AS logged,
       coalesce(array_agg(d.error_code ORDER BY d.attempt) FILTER (WHERE d.attempt IS NOT NULL), '{}') AS errors
  FROM webhooks.webhook_dispatches w LEFT JOIN webhooks.webhook_deliveries d USING (org_id, dispatch_id)
 WHERE w.org_id = $1 GROUP BY w.org_id, w.dispatch_id"""
_OPEN: Final = "SELECT DISTINCT endpoint_id FROM webhooks.webhook_dispatches WHERE org_id = $1 AND due_at IS NOT NULL"
_POINTS: Final = """
SELECT metric_id, customer_id, window_start_at, group_key, shard, count(*) AS distinct_values
  FROM aggregator.unique_values WHERE event_count > 0 GROUP BY 1, 2, 3, 4, 5"""
_APPLIED_POINTS: Final = """
SELECT metric_id, customer_id, window_start_at, group_key, shard, count(*) AS distinct_values
  FROM invoicer.usage_points WHERE present GROUP BY 1, 2, 3, 4, 5"""


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """One counted event, as it counts now."""

    event_id: UUID
    key: str
    metric: str
    amount: Decimal
    customer_id: str
    occurred_at: datetime
    partition: int
    offset: int
    metric_ids: tuple[UUID, ...]
    hash: bytes
    properties: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ToldFact:
    """A webhook event as it is stored."""

    event_id: UUID
    sequence: int
    type: str
    body: bytes

    @property
    def webhook_id(self) -> str:
        """What receivers know it by."""
        return f"evt_{self.event_id.hex}"


@dataclass(frozen=True, slots=True)
class Sent:
    """A dispatch with its log: `errors` by attempt, in the order of their numbers, None where it succeeded."""

    event_id: UUID
    endpoint_id: UUID
    status: str
    attempts: int
    logged: tuple[int, ...]
    errors: tuple[str | None, ...]


WindowKey = tuple[UUID, str, datetime, str, int]
"""Metric, customer, beginning, group key, shard."""


@dataclass(frozen=True, slots=True)
class Account:
    """A partition's books; `stored` is how many raw events it has."""

    partition: int
    expected: int
    parts: Mapping[str, int]
    stored: int


async def read_counted(connection: RawConnection) -> dict[int, int]:
    """How far the aggregator has counted."""
    return {row[0]: row[1] for row in await connection.fetch(_COUNTED)}


async def read_applied(connection: RawConnection) -> dict[int, int]:
    """How far the invoicer has applied what was counted."""
    return {row[0]: row[1] for row in await connection.fetch(_APPLIED)}


async def read_outboxes(connection: RawConnection) -> dict[str, int]:
    """Schema → rows that wait; only those where some do."""
    return {row["schema"]: row["rows"] for row in await connection.fetch(_OUTBOX) if row["rows"]}


async def read_metric_codes(connection: RawConnection) -> dict[UUID, str]:
    """The metrics of all organizations."""
    return {row["metric_id"]: row["code"] for row in await connection.fetch(_METRICS)}


async def read_events(connection: RawConnection) -> list[StoredEvent]:
    """Every raw event."""
    return [
        StoredEvent(
            event_id=row["event_id"],
            key=row["idempotency_key"],
            metric=row["metric"],
            amount=row["amount"],
            customer_id=row["customer_id"],
            occurred_at=row["occurred_at"],
            partition=row["partition"],
            offset=row["log_offset"],
            metric_ids=tuple(row["metric_ids"]),
            hash=row["event_hash"],
            properties=json.loads(row["properties"], parse_float=Decimal),
        )
        for row in await connection.fetch(_EVENTS)
    ]


async def read_conflicts(connection: RawConnection) -> dict[UUID, int]:
    """Event → how many other contents came under its key."""
    return {row["event_id"]: row["conflicts"] for row in await connection.fetch(_CONFLICTS)}


async def count_keys(connection: RawConnection) -> int:
    """Keys in the ledger, without tombstones."""
    keys: int = await connection.fetchval(_KEYS)
    return keys


async def read_accounts(connection: RawConnection) -> list[Account]:
    """What became of every record of every partition."""
    names = ("counted", "duplicate", "conflict", "correction", "marker", "quarantined", "skipped")
    return [
        Account(
            partition=row["partition"],
            expected=row["next_offset"] - row["start_offset"],
            parts={name: row[name] for name in names},
            stored=row["stored"],
        )
        for row in await connection.fetch(_ACCOUNTS)
    ]


async def read_windows(connection: RawConnection) -> dict[WindowKey, dict[str, Any]]:
    """The aggregator's windows, by column."""
    return dict(_windows(await connection.fetch(_WINDOWS)))


async def read_applied_windows(connection: RawConnection) -> dict[WindowKey, dict[str, Any]]:
    """The invoicer's copy of them."""
    return dict(_windows(await connection.fetch(_APPLIED_WINDOWS)))


async def read_points(connection: RawConnection) -> dict[WindowKey, int]:
    """How many distinct values the aggregator has in each window of a UNIQUE metric."""
    return {key: row["distinct_values"] for key, row in _windows(await connection.fetch(_POINTS))}


async def read_applied_points(connection: RawConnection) -> dict[WindowKey, int]:
    """The invoicer's copy of them."""
    return {key: row["distinct_values"] for key, row in _windows(await connection.fetch(_APPLIED_POINTS))}


async def read_facts(connection: RawConnection, org_id: UUID) -> list[ToldFact]:
    """An organization's webhook events, by their numbers."""
    return [ToldFact(*row) for row in await connection.fetch(_FACTS, org_id)]


async def read_sent(connection: RawConnection, org_id: UUID) -> list[Sent]:
    """An organization's dispatches with their logs."""
    return [
        Sent(
            event_id=row["event_id"],
            endpoint_id=row["endpoint_id"],
            status=row["status"],
            attempts=row["attempts"],
            logged=tuple(row["logged"]),
            errors=tuple(row["errors"]),
        )
        for row in await connection.fetch(_SENT, org_id)
    ]


async def read_open_dispatches(connection: RawConnection, org_id: UUID) -> set[UUID]:
    """Endpoints of an organization for which something is still to be sent, or is being sent."""
    return {row["endpoint_id"] for row in await connection.fetch(_OPEN, org_id)}


def _windows(rows: list[Any]) -> Iterator[tuple[WindowKey, dict[str, Any]]]:
    for row in rows:
        group = row["group_key"] or "{}"
        yield (row["metric_id"], row["customer_id"], row["window_start_at"], group, row["shard"]), dict(row)
