"""Webhook events, and the dispatches that are made of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg

from usageflow_common.database import Transaction, raw
from usageflow_webhooks.domain.dispatches import Dispatch
from usageflow_webhooks.domain.events import Fact


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """A fact with its number, and the bytes that receivers get."""

    event_id: UUID
    sequence: int
    type: str
    customer_id: str | None
    occurred_at: datetime
    body: bytes
    created_at: datetime


async def known_events(tx: Transaction, org_id: UUID, event_ids: Sequence[UUID]) -> set[UUID]:
    """Which of these facts are there already. Call it under the organization's lock."""
    connection = await raw(tx)
    rows = await connection.fetch(
        "SELECT event_id FROM webhook_events WHERE org_id = $1 AND event_id = ANY($2)", org_id, list(event_ids)
    )
    return {row["event_id"] for row in rows}


_INSERT = """
WITH inserted AS (
    INSERT INTO webhook_events (org_id, event_id, sequence, type, customer_id, occurred_at, body, created_at)
    SELECT $1, event_id, $2 + place, type, customer_id, occurred_at, body, $3
      FROM unnest($4::uuid[], $5::text[], $6::text[], $7::timestamptz[], $8::bytea[])
           WITH ORDINALITY AS fact (event_id, type, customer_id, occurred_at, body, place))
UPDATE event_sequences SET last_sequence = $2 + cardinality($4) WHERE org_id = $1"""


async def insert_events(tx: Transaction, org_id: UUID, facts: Sequence[Fact], last: int, now: datetime) -> None:
    """Number the facts from `last` + 1 on, in their order, and move the organization's sequence behind them."""
    connection = await raw(tx)
    await connection.execute(
        _INSERT,
        org_id,
        last,
        now,
        [fact.event_id for fact in facts],
        [fact.type for fact in facts],
        [fact.customer_id for fact in facts],
        [fact.occurred_at for fact in facts],
        [fact.body for fact in facts],
    )


_INSERT_DISPATCHES = """
INSERT INTO webhook_dispatches (org_id, dispatch_id, event_id, event_type, endpoint_id, status, attempts, schedule_start,
                                due_at, created_at)
SELECT $1, dispatch_id, event_id, event_type, endpoint_id, status, 0, 0, CASE status WHEN 'pending' THEN $2::timestamptz END, $2
  FROM unnest($3::uuid[], $4::uuid[], $5::text[], $6::uuid[], $7::text[])
       AS made (dispatch_id, event_id, event_type, endpoint_id, status)"""


async def insert_dispatches(tx: Transaction, org_id: UUID, made: Sequence[Dispatch], now: datetime) -> None:
    """New dispatches, pending (due now) or parked."""
    connection = await raw(tx)
    await connection.execute(
        _INSERT_DISPATCHES,
        org_id,
        now,
        [dispatch.dispatch_id for dispatch in made],
        [dispatch.event_id for dispatch in made],
        [dispatch.event_type for dispatch in made],
        [dispatch.endpoint_id for dispatch in made],
        [dispatch.status for dispatch in made],
    )


_COLUMNS = "event_id, sequence, type, customer_id, occurred_at, body, created_at"


async def get_event(tx: Transaction, org_id: UUID, event_id: UUID) -> StoredEvent | None:
    """One event."""
    connection = await raw(tx)
    row = await connection.fetchrow(
        f"SELECT {_COLUMNS} FROM webhook_events WHERE org_id = $1 AND event_id = $2", org_id, event_id
    )
    return _event(row) if row else None


@dataclass(frozen=True, slots=True)
class EventFilter:
    """None means any."""

    types: tuple[str, ...] | None
    customer_ids: tuple[str, ...] | None
    created_from: datetime | None
    created_to: datetime | None
    after_sequence: int | None = None


_LIST = f"""
SELECT {_COLUMNS} FROM webhook_events
 WHERE org_id = $1
   AND ($2::text[] IS NULL OR type = ANY($2)) AND ($3::text[] IS NULL OR customer_id = ANY($3))
   AND ($4::timestamptz IS NULL OR created_at >= $4) AND ($5::timestamptz IS NULL OR created_at < $5) AND sequence > $8"""


async def list_events(
    tx: Transaction, org_id: UUID, chosen: EventFilter, after: int | None, limit: int, *, ascending: bool
) -> list[StoredEvent]:
    """By sequence, which has no gaps: whoever reads on from the last number misses nothing."""
    connection = await raw(tx)
    order = "AND ($6::bigint IS NULL OR sequence > $6) ORDER BY sequence LIMIT $7"
    if not ascending:
        order = "AND ($6::bigint IS NULL OR sequence < $6) ORDER BY sequence DESC LIMIT $7"
    rows = await connection.fetch(
        f"{_LIST} {order}",
        org_id,
        chosen.types,
        chosen.customer_ids,
        chosen.created_from,
        chosen.created_to,
        after,
        limit,
        chosen.after_sequence or 0,
    )
    return [_event(row) for row in rows]


def _event(row: asyncpg.Record) -> StoredEvent:
    return StoredEvent(**dict(row))
