"""Raw events: appended by COPY, and read again where the exact events are asked for."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import groupby
from typing import Any, Final
from uuid import UUID

import asyncpg

from usageflow_aggregator.domain.civil import Span
from usageflow_aggregator.domain.days import day_of
from usageflow_aggregator.domain.digest import EventCore
from usageflow_aggregator.domain.reading import Usage
from usageflow_aggregator.store import days
from usageflow_common.database import Transaction, json_text, raw

_COLUMNS: Final = (
    "org_id",
    "partition",
    "log_offset",
    "event_id",
    "idempotency_key",
    "metric",
    "metric_ids",
    "amount",
    "customer_id",
    "occurred_at",
    "occurred_at_given",
    "properties",
    "salt",
    "event_hash",
    "received_at",
    "appended_at",
    "backfill_id",
    "api_key_id",
    "day",
)
_SELECT: Final = "SELECT " + ", ".join(f"event.{column}" for column in _COLUMNS) + " FROM usage_events AS event"

# The ledger knows where the event stands, so no index on event ids is needed here. Two statements: the second names the day.
_WHERE: Final = "SELECT partition, log_offset, day FROM event_keys WHERE org_id = $1 AND event_id = $2"
_ONE: Final = f"""
{_SELECT}
 WHERE event.org_id = $1 AND event.event_id = $2 AND event.partition = $3 AND event.log_offset = $4 AND event.day = $5"""

_BELOW_CUT: Final = f"""
{_SELECT}
  JOIN unnest($6::integer[], $7::bigint[]) AS cut (partition, before_offset)
    ON event.partition = cut.partition AND event.log_offset < cut.before_offset
 WHERE event.org_id = $1 AND event.customer_id = $2 AND event.occurred_at >= $3 AND event.occurred_at < $4
   AND event.metric_ids @> ARRAY[$5::uuid]"""
_IN_ORDER: Final = " ORDER BY event.occurred_at, event.partition, event.log_offset"
_PAGE: Final = (
    f"{_BELOW_CUT} AND (event.occurred_at, event.partition, event.log_offset) > ($8, $9, $10) {_IN_ORDER} LIMIT $11"
)
_FETCH_ROWS: Final = 2_000


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """A row of usage_events."""

    core: EventCore
    properties: Mapping[str, Any]
    salt: bytes
    hash: bytes
    received_at: datetime
    partition: int
    offset: int


@dataclass(frozen=True, slots=True)
class Selection:
    """Events of one customer that feed one metric, in a range, below a cut (partition → offset; other partitions: none)."""

    metric_id: UUID
    customer_id: str
    span: Span
    cut: Mapping[int, int]


@dataclass(frozen=True, slots=True)
class EventPlace:
    """Where a page of events goes on: behind this one."""

    occurred_at: datetime
    partition: int
    offset: int


async def insert_events(tx: Transaction, partition: int, usages: Sequence[Usage]) -> None:
    """Append the events that are new, each day's to its own partition: routing every row would cost more than naming the table.

    asyncpg.UndefinedTableError when a day has no partition yet.
    """
    connection = await raw(tx)
    happened = set()
    for day, of_day in groupby(usages, key=lambda usage: day_of(usage.appended_at)):
        rows = []
        for usage in of_day:
            rows.append(_row(partition, usage, day))
            happened.add((usage.key[0], day_of(usage.event.occurred_at), day))
        await connection.copy_records_to_table(days.partition_name(day), columns=_COLUMNS, records=rows)
    await days.record_days(tx, happened)


async def read_event(tx: Transaction, org_id: UUID, event_id: UUID) -> StoredEvent | None:
    """One counted event."""
    connection = await raw(tx)
    place = await connection.fetchrow(_WHERE, org_id, event_id)
    row = await connection.fetchrow(_ONE, org_id, event_id, *place.values()) if place is not None else None
    return _stored(row) if row is not None else None


async def stream_events(tx: Transaction, org_id: UUID, selection: Selection) -> AsyncIterator[list[StoredEvent]]:
    """All events of a selection, chunk by chunk, in no particular order."""
    connection = await raw(tx)
    cursor = await connection.cursor(_BELOW_CUT, org_id, *_parameters(selection))
    while rows := await cursor.fetch(_FETCH_ROWS):
        yield [_stored(row) for row in rows]


async def page_events(
    tx: Transaction, org_id: UUID, selection: Selection, after: EventPlace | None, limit: int
) -> list[StoredEvent]:
    """Events of a selection in the order of their times, behind `after`."""
    connection = await raw(tx)
    place = after or EventPlace(selection.span.start_at, -1, -1)
    parameters = (*_parameters(selection), place.occurred_at, place.partition, place.offset, limit)
    return [_stored(row) for row in await connection.fetch(_PAGE, org_id, *parameters)]


def _parameters(selection: Selection) -> tuple[object, ...]:
    span = selection.span
    return (
        selection.customer_id,
        span.start_at,
        span.end_at,
        selection.metric_id,
        list(selection.cut),
        list(selection.cut.values()),
    )


def _row(partition: int, usage: Usage, day: date) -> tuple[object, ...]:
    event = usage.event
    return (
        event.org_id,
        partition,
        usage.offset,
        event.event_id,
        event.idempotency_key,
        event.metric,
        event.metric_ids,
        usage.amount,
        event.customer_id,
        event.occurred_at,
        event.occurred_at_given,
        json_text(event.properties),
        usage.salt,
        usage.hash,
        event.received_at,
        usage.appended_at,
        event.backfill_id,
        event.api_key_id,
        day,
    )


def _stored(row: asyncpg.Record) -> StoredEvent:
    amount: Decimal = row["amount"]
    return StoredEvent(
        core=EventCore(
            org_id=row["org_id"],
            event_id=row["event_id"],
            idempotency_key=row["idempotency_key"],
            metric=row["metric"],
            metric_ids=tuple(row["metric_ids"]),
            amount=amount,
            customer_id=row["customer_id"],
            occurred_at=row["occurred_at"],
            backfill_id=row["backfill_id"],
        ),
        properties=row["properties"],
        salt=row["salt"],
        hash=row["event_hash"],
        received_at=row["received_at"],
        partition=row["partition"],
        offset=row["log_offset"],
    )
