"""What is due: leases, and where dispatches go after an attempt. The one part that looks across organizations, for the workers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg

from usageflow_common.database import Transaction, raw
from usageflow_webhooks.domain.dispatches import Dispatch, Leased, Standing

# Fair and bounded: each endpoint offers no more than its free places, those with the fewest attempts under way come first,
# and one that is failing gets a single place, so that a receiver that hangs cannot fill the house.
_LEASE = """
WITH picked AS (
    SELECT d.org_id, d.dispatch_id
      FROM webhook_endpoints e
      JOIN endpoint_state s USING (org_id, endpoint_id)
     CROSS JOIN LATERAL (
           SELECT count(*) AS running
             FROM webhook_dispatches r
            WHERE r.org_id = e.org_id AND r.endpoint_id = e.endpoint_id AND r.lease_id IS NOT NULL) r
     CROSS JOIN LATERAL (
           SELECT w.org_id, w.dispatch_id, w.due_at
             FROM webhook_dispatches w
            WHERE w.org_id = e.org_id AND w.endpoint_id = e.endpoint_id AND w.due_at <= $1 AND w.lease_id IS NULL
            ORDER BY w.due_at
            LIMIT greatest(0, CASE WHEN s.failing_since IS NULL THEN $3::bigint ELSE 1 END - r.running)
              FOR UPDATE SKIP LOCKED) d
     WHERE e.status = 'enabled'
     ORDER BY r.running, d.due_at
     LIMIT $4
)
UPDATE webhook_dispatches w
   SET lease_id = uuidv7(), leased_at = $1, lease_until = $2
  FROM picked, webhook_endpoints e, webhook_events v
 WHERE w.org_id = picked.org_id AND w.dispatch_id = picked.dispatch_id
   AND e.org_id = w.org_id AND e.endpoint_id = w.endpoint_id
   AND v.org_id = w.org_id AND v.event_id = w.event_id
RETURNING w.org_id, w.dispatch_id, w.endpoint_id, w.event_id, w.lease_id, w.leased_at, w.lease_until,
          w.attempts, w.schedule_start, e.url, v.body"""


@dataclass(frozen=True, slots=True)
class Due:
    """A leased attempt with what is to be sent."""

    lease: Leased
    body: bytes


async def lease_due(tx: Transaction, now: datetime, until: datetime, *, limit: int, endpoint_places: int) -> list[Due]:
    """Take up to `limit` attempts that are due, at most `endpoint_places` under way for one endpoint."""
    connection = await raw(tx)
    rows = await connection.fetch(_LEASE, now, until, endpoint_places, limit)
    return [Due(_leased(row), row["body"]) for row in rows]


_OVERDUE = """
SELECT w.org_id, w.dispatch_id, w.endpoint_id, w.event_id, w.lease_id, w.leased_at, w.lease_until,
       w.attempts, w.schedule_start, e.url
  FROM webhook_dispatches w
  JOIN webhook_endpoints e USING (org_id, endpoint_id)
 WHERE w.lease_id IS NOT NULL AND w.lease_until <= $1
 ORDER BY w.lease_until LIMIT $2"""


async def overdue_leases(tx: Transaction, now: datetime, limit: int) -> list[Leased]:
    """Attempts whose worker has not said in time what became of them."""
    connection = await raw(tx)
    return [_leased(row) for row in await connection.fetch(_OVERDUE, now, limit)]


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


def _leased(row: asyncpg.Record) -> Leased:
    return Leased(**{name: value for name, value in row.items() if name != "body"})


def _dispatch(row: asyncpg.Record) -> Dispatch:
    return Dispatch(**dict(row))
