"""Webhook events, and the dispatches that are made of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg

from usageflow_common.database import Transaction, raw
from usageflow_webhooks.domain.dispatches import Dispatch, Leased
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


_INSERT = """
WITH new AS (
    SELECT fact.*, row_number() OVER (ORDER BY place) AS number
      FROM unnest($4::uuid[], $5::text[], $6::text[], $7::timestamptz[], $8::bytea[])
           WITH ORDINALITY AS fact (event_id, type, customer_id, occurred_at, body, place)
     WHERE NOT EXISTS (SELECT FROM webhook_events v WHERE v.org_id = $1 AND v.event_id = fact.event_id)),
moved AS (
    UPDATE event_sequences SET last_sequence = $2 + (SELECT count(*) FROM new)
     WHERE org_id = $1 AND EXISTS (SELECT FROM new))
INSERT INTO webhook_events (org_id, event_id, sequence, type, customer_id, occurred_at, body, created_at)
SELECT $1, event_id, $2 + number, type, customer_id, occurred_at, body, $3 FROM new
RETURNING event_id"""


async def insert_events(tx: Transaction, org_id: UUID, facts: Sequence[Fact], last: int, now: datetime) -> set[UUID]:
    """Store those of the facts that are not known yet; answers which these are. No fact is given twice.

    They are numbered from `last` + 1 on, in their order, and the organization's sequence moves behind them: it is locked.
    """
    connection = await raw(tx)
    rows = await connection.fetch(
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
    return {row["event_id"] for row in rows}


_INSERT_DISPATCHES = """
INSERT INTO webhook_dispatches (org_id, dispatch_id, event_id, event_type, endpoint_id, status, attempts, schedule_start,
                                due_at, created_at, lease_id, leased_at, lease_until)
SELECT org_id, dispatch_id, event_id, event_type, endpoint_id, status, 0, 0, due_at, created_at, lease_id, leased_at, lease_until
  FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::uuid[], $6::text[], $7::timestamptz[], $8::timestamptz[],
              $9::uuid[], $10::timestamptz[], $11::timestamptz[])
       AS made (org_id, dispatch_id, event_id, event_type, endpoint_id, status, due_at, created_at, lease_id, leased_at, lease_until)"""


async def insert_dispatches(tx: Transaction, made: Sequence[Dispatch], leases: Sequence[Leased] = ()) -> None:
    """New dispatches, pending or parked; `leases`: of those whose first attempt begins at once."""
    leased = {lease.dispatch_id: lease for lease in leases}
    own = [leased.get(dispatch.dispatch_id) for dispatch in made]
    connection = await raw(tx)
    await connection.execute(
        _INSERT_DISPATCHES,
        [dispatch.org_id for dispatch in made],
        [dispatch.dispatch_id for dispatch in made],
        [dispatch.event_id for dispatch in made],
        [dispatch.event_type for dispatch in made],
        [dispatch.endpoint_id for dispatch in made],
        [dispatch.status for dispatch in made],
        [dispatch.due_at for dispatch in made],
        [dispatch.created_at for dispatch in made],
        [lease and lease.lease_id for lease in own],
        [lease and lease.leased_at for lease in own],
        [lease and lease.lease_until for lease in own],
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
