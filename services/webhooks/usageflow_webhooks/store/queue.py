"""Dispatches: where they go after an attempt, when their endpoint is switched, and by replay; and their list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg

from usageflow_common.database import Transaction, raw
from usageflow_webhooks.domain.dispatches import Dispatch, Leased, Standing

_SETTLE = """
UPDATE webhook_dispatches
   SET status = $4, due_at = $5, completed_at = $6, attempts = attempts + 1,
       lease_id = NULL, leased_at = NULL, lease_until = NULL
 WHERE org_id = $1 AND dispatch_id = $2 AND lease_id = $3
RETURNING attempts"""


async def settle(tx: Transaction, org_id: UUID, lease: Leased, standing: Standing) -> bool:
    """End a lease and move its dispatch; False when the lease is not ours any more."""
    connection = await raw(tx)
    attempts = await connection.fetchval(
        _SETTLE,
        org_id,
        lease.dispatch_id,
        lease.lease_id,
        standing.status,
        standing.due_at,
        standing.completed_at,
    )
    return attempts is not None


_DISPATCH = """org_id, dispatch_id, event_id, event_type, endpoint_id, status, attempts, due_at,
          created_at, completed_at"""

# An attempt under way is left alone: its result decides, and is logged.
_PARK = """
UPDATE webhook_dispatches SET status = 'parked', due_at = NULL
 WHERE org_id = $1 AND endpoint_id = $2 AND due_at IS NOT NULL AND lease_id IS NULL"""

_UNPARK = f"""
WITH unparked AS (
    UPDATE webhook_dispatches
       SET status = CASE attempts WHEN 0 THEN 'pending' ELSE 'retrying' END, due_at = $3, schedule_start = attempts
     WHERE org_id = $1 AND endpoint_id = $2 AND status = 'parked'
    RETURNING {_DISPATCH})
SELECT * FROM unparked LIMIT 1"""

_DISCARD = """
UPDATE webhook_dispatches SET status = 'discarded', due_at = NULL, completed_at = $3
 WHERE org_id = $1 AND endpoint_id = $2 AND lease_id IS NULL AND status IN ('parked', 'pending', 'retrying')"""

_DISCARD_PARKED = """
UPDATE webhook_dispatches SET status = 'discarded', completed_at = $2
 WHERE (org_id, dispatch_id) IN (
       SELECT w.org_id, w.dispatch_id
         FROM webhook_endpoints e JOIN webhook_dispatches w USING (org_id, endpoint_id)
        WHERE e.status = 'disabled' AND w.status = 'parked' AND w.created_at < $1
        LIMIT $3 FOR UPDATE OF w SKIP LOCKED)
RETURNING dispatch_id"""

_REPLAY = f"""
UPDATE webhook_dispatches
   SET status = CASE attempts WHEN 0 THEN 'pending' ELSE 'retrying' END, due_at = $3, completed_at = NULL,
       schedule_start = attempts
 WHERE org_id = $1 AND dispatch_id = $2 AND lease_id IS NULL
RETURNING {_DISPATCH}"""


async def park_open(tx: Transaction, org_id: UUID, endpoint_id: UUID) -> None:
    """What waits for a disabled endpoint waits without a time. The endpoint is locked."""
    await (await raw(tx)).execute(_PARK, org_id, endpoint_id)


async def unpark(tx: Transaction, org_id: UUID, endpoint_id: UUID, now: datetime) -> Dispatch | None:
    """Everything parked is due now, on a new schedule; answers one of them, if there is any. The endpoint is locked."""
    row = await (await raw(tx)).fetchrow(_UNPARK, org_id, endpoint_id, now)
    return _dispatch(row) if row else None


async def discard_waiting(tx: Transaction, org_id: UUID, endpoint_id: UUID, now: datetime) -> None:
    """Drop everything that waits. The endpoint is locked."""
    await (await raw(tx)).execute(_DISCARD, org_id, endpoint_id, now)


async def discard_parked(tx: Transaction, parked_before: datetime, now: datetime, rows_max: int) -> int:
    """Drop what disabled endpoints, of all organizations, have collected for longer than is kept; how many."""
    return len(await (await raw(tx)).fetch(_DISCARD_PARKED, parked_before, now, rows_max))


async def replay(tx: Transaction, org_id: UUID, dispatch_id: UUID, now: datetime) -> Dispatch | None:
    """Due now, on a new schedule, whatever it was; None when an attempt is under way. The endpoint is locked."""
    row = await (await raw(tx)).fetchrow(_REPLAY, org_id, dispatch_id, now)
    return _dispatch(row) if row else None


async def get_dispatch(tx: Transaction, org_id: UUID, dispatch_id: UUID) -> Dispatch | None:
    """One dispatch."""
    row = await (await raw(tx)).fetchrow(
        f"SELECT {_DISPATCH} FROM webhook_dispatches WHERE org_id = $1 AND dispatch_id = $2", org_id, dispatch_id
    )
    return _dispatch(row) if row else None


@dataclass(frozen=True, slots=True)
class DispatchFilter:
    """None means any."""

    endpoint_ids: Sequence[UUID] | None
    event_ids: Sequence[UUID] | None
    event_types: Sequence[str] | None
    statuses: Sequence[str] | None


_LIST = f"""
SELECT {_DISPATCH} FROM webhook_dispatches
 WHERE org_id = $1
   AND ($2::uuid[] IS NULL OR endpoint_id = ANY($2)) AND ($3::uuid[] IS NULL OR event_id = ANY($3))
   AND ($4::text[] IS NULL OR event_type = ANY($4)) AND ($5::text[] IS NULL OR status = ANY($5))
   AND ($6::timestamptz IS NULL OR (created_at, dispatch_id) < ($6, $7::uuid))
 ORDER BY created_at DESC, dispatch_id DESC LIMIT $8"""


async def list_dispatches(
    tx: Transaction, org_id: UUID, chosen: DispatchFilter, after: tuple[datetime, UUID] | None, limit: int
) -> list[Dispatch]:
    """Newest first."""
    rows = await (await raw(tx)).fetch(
        _LIST,
        org_id,
        chosen.endpoint_ids,
        chosen.event_ids,
        chosen.event_types,
        chosen.statuses,
        *(after or (None, None)),
        limit,
    )
    return [_dispatch(row) for row in rows]


def _dispatch(row: asyncpg.Record) -> Dispatch:
    return Dispatch(**dict(row))
