"""Whose turn it is: endpoints with due work, and a few rows of each. The one part that looks across organizations, for the workers.

`endpoint_state.next_due_at` is the earliest instant at which a look is worth while; whoever makes a dispatch due moves it forward
in the same transaction (`announce`), and a look, which holds the row, moves it behind what it took. So nothing falls between.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

import asyncpg

from usageflow_common.database import Transaction, raw
from usageflow_webhooks.domain.circuit import Circuit
from usageflow_webhooks.domain.dispatches import Leased
from usageflow_webhooks.domain.endpoints import SealedSecret
from usageflow_webhooks.domain.turns import Turn

Key = tuple[UUID, UUID]
"""An organization and one of its endpoints."""

_TURN: Final = """s.org_id, s.endpoint_id, e.url, e.header_names, e.headers_key_id, e.headers_sealed, e.concurrency,
       e.rate_per_second, s.next_slot_at, s.places, s.failures, s.resume_at, s.failing_since"""

# A row that somebody holds is passed over: nobody waits here.
_CLAIM: Final = f"""
WITH wanted AS (
    (SELECT org_id, endpoint_id FROM endpoint_state
      WHERE next_due_at <= $1 AND ($2 OR failures = 0) ORDER BY next_due_at LIMIT $3)
    UNION
    SELECT o, e FROM unnest($4::uuid[], $5::uuid[]) AS offered (o, e))
SELECT {_TURN}
  FROM endpoint_state s
  JOIN wanted USING (org_id, endpoint_id)
  JOIN webhook_endpoints e USING (org_id, endpoint_id)
 ORDER BY s.next_due_at NULLS LAST
   FOR UPDATE OF s SKIP LOCKED"""


async def claim_turns(
    tx: Transaction, now: datetime, offered: Sequence[Key], *, limit: int, failing_too: bool
) -> list[Turn]:
    """Up to `limit` endpoints that are due, longest waiting first, and the offered ones. Their states are held."""
    rows = await (await raw(tx)).fetch(
        _CLAIM, now, failing_too, limit, [org for org, _ in offered], [endpoint for _, endpoint in offered]
    )
    return [_turn(row) for row in rows]


async def earliest_due(tx: Transaction) -> datetime | None:
    """The instant at which the endpoint that is to be looked at first is due; None when nothing waits."""
    statement = "SELECT min(next_due_at) FROM endpoint_state WHERE next_due_at IS NOT NULL"
    instant: datetime | None = await (await raw(tx)).fetchval(statement)
    return instant


# Nothing waits, and it fares well: whoever makes something due writes next_due_at, and takes it away with the last that waits.
_HOLD_IDLE: Final = f"""
SELECT {_TURN}
  FROM unnest($1::uuid[], $2::uuid[]) AS wanted (org_id, endpoint_id)
  JOIN endpoint_state s USING (org_id, endpoint_id)
  JOIN webhook_endpoints e USING (org_id, endpoint_id)
 WHERE s.next_due_at IS NULL AND s.failures = 0
   FOR UPDATE OF s SKIP LOCKED"""


async def hold_idle(tx: Transaction, wanted: Sequence[Key]) -> list[Turn]:
    """Those of these endpoints of which nothing waits, none of whose last attempts failed, and that nobody holds. Their states are held."""
    rows = await (await raw(tx)).fetch(_HOLD_IDLE, [org for org, _ in wanted], [endpoint for _, endpoint in wanted])
    return [_turn(row) for row in rows]


_AT_HAND: Final = """
SELECT turn.endpoint_id, leased.running, x.secret_id, x.key_id, x.sealed, x.expires_at
  FROM unnest($1::uuid[], $2::uuid[]) AS turn (org_id, endpoint_id)
 CROSS JOIN LATERAL (
       SELECT count(*) AS running FROM webhook_dispatches w
        WHERE w.org_id = turn.org_id AND w.endpoint_id = turn.endpoint_id AND w.lease_id IS NOT NULL) leased
  LEFT JOIN endpoint_secrets x
         ON x.org_id = turn.org_id AND x.endpoint_id = turn.endpoint_id AND (x.expires_at IS NULL OR x.expires_at > $3)
 ORDER BY turn.endpoint_id, x.expires_at DESC NULLS FIRST"""


async def at_hand(
    tx: Transaction, turns: Sequence[Turn], now: datetime
) -> tuple[Mapping[UUID, int], Mapping[UUID, tuple[SealedSecret, ...]]]:
    """By endpoint: attempts under way, of all workers, and the secrets that sign now, the current one first.

    A statement of its own: it must see what was committed before the endpoints were claimed.
    """
    rows = await (await raw(tx)).fetch(
        _AT_HAND, [turn.org_id for turn in turns], [turn.endpoint_id for turn in turns], now
    )
    running: dict[UUID, int] = {}
    secrets: dict[UUID, tuple[SealedSecret, ...]] = {}
    for row in rows:
        endpoint_id = row["endpoint_id"]
        running[endpoint_id] = row["running"]
        if row["secret_id"] is not None:
            secret = SealedSecret(endpoint_id, row["secret_id"], row["key_id"], row["sealed"], row["expires_at"])
            secrets[endpoint_id] = (*secrets.get(endpoint_id, ()), secret)
    return running, secrets


# What was tried before goes first ('retrying' is behind 'pending' in the alphabet): so that a probe belongs to the oldest, whose
# schedule it is, and an outage does not use up an attempt of each dispatch of a backlog.
_LEASE: Final = """
WITH picked AS (
    SELECT d.org_id, d.dispatch_id
      FROM unnest($3::uuid[], $4::uuid[], $5::integer[]) AS turn (org_id, endpoint_id, granted)
     CROSS JOIN LATERAL (
           SELECT w.org_id, w.dispatch_id
             FROM webhook_dispatches w
            WHERE w.org_id = turn.org_id AND w.endpoint_id = turn.endpoint_id AND w.lease_id IS NULL AND w.due_at <= $1
            ORDER BY w.status DESC, w.due_at LIMIT turn.granted
              FOR UPDATE SKIP LOCKED) d)
UPDATE webhook_dispatches w
   SET lease_id = uuidv7(), leased_at = $1, lease_until = $2
  FROM picked, webhook_events v
 WHERE w.org_id = picked.org_id AND w.dispatch_id = picked.dispatch_id
   AND v.org_id = w.org_id AND v.event_id = w.event_id
RETURNING w.org_id, w.dispatch_id, w.endpoint_id, w.event_id, w.lease_id, w.leased_at, w.lease_until,
          w.attempts, w.schedule_start, v.body"""


@dataclass(frozen=True, slots=True)
class Due:
    """A leased attempt with what is to be sent."""

    lease: Leased
    body: bytes


async def lease_due(tx: Transaction, granted: Sequence[tuple[Turn, int]], now: datetime, until: datetime) -> list[Due]:
    """Take what is due of the claimed endpoints, at most so many of each."""
    if not granted:
        return []
    turns = {turn.endpoint_id: turn for turn, _ in granted}
    rows = await (await raw(tx)).fetch(
        _LEASE,
        now,
        until,
        [turn.org_id for turn, _ in granted],
        [turn.endpoint_id for turn, _ in granted],
        [count for _, count in granted],
    )
    return [_due(row, turns[row["endpoint_id"]]) for row in rows]


@dataclass(frozen=True, slots=True)
class Looked:
    """How a look at an endpoint ended. `again_at` None: everything that was due is taken, so the next one is what comes next."""

    turn: Turn
    next_slot_at: datetime | None
    again_at: datetime | None


_END_TURNS: Final = """
UPDATE endpoint_state s
   SET next_slot_at = turn.next_slot_at,
       next_due_at = coalesce(turn.again_at, least(
           (SELECT min(w.due_at) FROM webhook_dispatches w
             WHERE w.org_id = s.org_id AND w.endpoint_id = s.endpoint_id AND turn.again_at IS NULL
               AND w.status = 'pending' AND w.due_at IS NOT NULL AND w.lease_id IS NULL),
           (SELECT min(w.due_at) FROM webhook_dispatches w
             WHERE w.org_id = s.org_id AND w.endpoint_id = s.endpoint_id AND turn.again_at IS NULL
               AND w.status = 'retrying' AND w.due_at IS NOT NULL AND w.lease_id IS NULL)
       ))
  FROM unnest($1::uuid[], $2::uuid[], $3::timestamptz[], $4::timestamptz[]) AS turn (org_id, endpoint_id, next_slot_at, again_at)
 WHERE s.org_id = turn.org_id AND s.endpoint_id = turn.endpoint_id"""


async def end_turns(tx: Transaction, looks: Sequence[Looked]) -> None:
    """Write down when each endpoint is worth the next look."""
    if looks:
        await (await raw(tx)).execute(
            _END_TURNS,
            [look.turn.org_id for look in looks],
            [look.turn.endpoint_id for look in looks],
            [look.next_slot_at for look in looks],
            [look.again_at for look in looks],
        )


async def next_look_at(tx: Transaction) -> datetime | None:
    """When the next endpoint is due; None when none is."""
    found: datetime | None = await (await raw(tx)).fetchval(
        "SELECT next_due_at FROM endpoint_state WHERE next_due_at IS NOT NULL ORDER BY next_due_at LIMIT 1"
    )
    return found


_ANNOUNCE: Final = """
UPDATE endpoint_state s SET next_due_at = least(s.next_due_at, greatest($3, s.resume_at))
  FROM unnest($1::uuid[], $2::uuid[]) AS due (org_id, endpoint_id)
 WHERE s.org_id = due.org_id AND s.endpoint_id = due.endpoint_id"""


async def announce(tx: Transaction, endpoint_keys: Sequence[Key], due_at: datetime) -> None:
    """Something of these endpoints is due at this instant. After the dispatches are written, and near the end of the transaction."""
    await (await raw(tx)).execute(
        _ANNOUNCE, [org for org, _ in endpoint_keys], [endpoint for _, endpoint in endpoint_keys], due_at
    )


_SWEEP: Final = """
UPDATE endpoint_state s SET next_due_at = $1
 WHERE s.next_due_at IS NULL
   AND EXISTS (SELECT FROM webhook_dispatches w
                WHERE w.org_id = s.org_id AND w.endpoint_id = s.endpoint_id AND w.due_at IS NOT NULL AND w.lease_id IS NULL)"""


async def sweep(tx: Transaction, now: datetime) -> None:
    """Look at endpoints of which nobody announced what waits: an older version of this service does not know how."""
    await (await raw(tx)).execute(_SWEEP, now)


_OVERDUE: Final = """
SELECT w.org_id, w.dispatch_id, w.endpoint_id, w.event_id, w.lease_id, w.leased_at, w.lease_until,
       w.attempts, w.schedule_start, e.url
  FROM webhook_dispatches w
  JOIN webhook_endpoints e USING (org_id, endpoint_id)
 WHERE w.lease_id IS NOT NULL AND w.lease_until <= $1
 ORDER BY w.lease_until LIMIT $2"""


async def overdue_leases(tx: Transaction, now: datetime, limit: int) -> list[Leased]:
    """Attempts whose worker has not said in time what became of them."""
    return [Leased(**dict(row)) for row in await (await raw(tx)).fetch(_OVERDUE, now, limit)]


def _turn(row: asyncpg.Record) -> Turn:
    return Turn(
        org_id=row["org_id"],
        endpoint_id=row["endpoint_id"],
        url=row["url"],
        header_names=tuple(row["header_names"]),
        headers_key_id=row["headers_key_id"],
        headers_sealed=row["headers_sealed"],
        concurrency=row["concurrency"],
        rate_per_second=row["rate_per_second"],
        next_slot_at=row["next_slot_at"],
        circuit=Circuit(row["places"], row["failures"], row["resume_at"], row["failing_since"]),
    )


def _due(row: asyncpg.Record, turn: Turn) -> Due:
    values = {name: value for name, value in row.items() if name != "body"}
    lease = Leased(
        **values,
        url=turn.url,
        steady=turn.circuit.is_steady(turn.concurrency),
        failing=turn.circuit.failures > 0,
    )
    return Due(lease, row["body"])
