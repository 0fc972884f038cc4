"""The log of attempts: one row each, written once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

import asyncpg
import msgspec

from usageflow_common.database import Transaction, json_text, raw
from usageflow_webhooks.domain.dispatches import Attempt, Leased
from usageflow_webhooks.domain.outcomes import Answered, error_of


@dataclass(frozen=True, slots=True)
class Delivery:
    """One attempt as the log has it. `request_body` is None in lists."""

    delivery_id: UUID
    dispatch_id: UUID
    endpoint_id: UUID
    attempt: int
    outcome: str
    error_code: str | None
    status_code: int | None
    duration_ms: int
    url: str
    remote_address: str | None
    request_headers: Mapping[str, str]
    response_headers: Mapping[str, str]
    response_body: bytes
    response_truncated: bool
    created_at: datetime
    timings: Mapping[str, int]
    request_body: bytes | None = None


_LOGGED: Final = """org_id, delivery_id, dispatch_id, endpoint_id, event_id, attempt, outcome, error_code, status_code,
       duration_ms, url, remote_address, request_headers, response_headers, response_body, response_truncated, created_at, timings"""

_MADE: Final = """
unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::uuid[], $6::integer[], $7::text[], $8::text[], $9::integer[],
       $10::integer[], $11::text[], $12::text[], $13::text[]::jsonb[], $14::text[]::jsonb[], $15::bytea[], $16::boolean[],
       $17::timestamptz[], $18::text[]::jsonb[])
       AS made (org_id, delivery_id, dispatch_id, endpoint_id, event_id, attempt, outcome, error_code, status_code,
                duration_ms, url, remote_address, request_headers, response_headers, response_body, response_truncated, created_at,
                timings)"""

_INSERT: Final = f"INSERT INTO webhook_deliveries ({_LOGGED}) SELECT {_LOGGED} FROM {_MADE}"

# The lease is the fence: only where it is still held, the row is moved and logged.
_SETTLE_DELIVERED: Final = f"""
WITH made AS (SELECT * FROM {_MADE}),
settled AS (
    UPDATE webhook_dispatches w
       SET status = 'delivered', due_at = NULL, completed_at = made.created_at, attempts = attempts + 1,
           lease_id = NULL, leased_at = NULL, lease_until = NULL
      FROM made
     WHERE w.org_id = made.org_id AND w.dispatch_id = made.dispatch_id AND w.lease_id = made.delivery_id
    RETURNING w.dispatch_id)
INSERT INTO webhook_deliveries ({_LOGGED})
SELECT {_LOGGED} FROM made WHERE dispatch_id IN (SELECT dispatch_id FROM settled)
RETURNING delivery_id"""


async def insert_delivery(tx: Transaction, org_id: UUID, lease: Leased, attempt: Attempt) -> None:
    """Log the attempt that the lease stood for."""
    await (await raw(tx)).execute(_INSERT, *([value] for value in (org_id, *_logged(lease, attempt))))


async def settle_delivered(tx: Transaction, made: Sequence[tuple[Leased, Attempt]]) -> set[UUID]:
    """End the leases of successful attempts, of any organizations, and log them; answers those that were still held."""
    rows = [(lease.org_id, *_logged(lease, attempt)) for lease, attempt in made]
    written = await (await raw(tx)).fetch(_SETTLE_DELIVERED, *(list(column) for column in zip(*rows, strict=True)))
    return {row["delivery_id"] for row in written}


def _logged(lease: Leased, attempt: Attempt) -> tuple[object, ...]:
    error = error_of(attempt.answer)
    answer = attempt.answer if isinstance(attempt.answer, Answered) else None
    return (
        lease.lease_id,
        lease.dispatch_id,
        lease.endpoint_id,
        lease.event_id,
        lease.attempt,
        "succeeded" if error is None else "failed",
        error,
        answer.status if answer else None,
        attempt.duration_ms,
        lease.url,
        attempt.remote_address,
        json_text(attempt.request_headers),
        json_text(answer.headers if answer else {}),
        answer.body if answer else b"",
        answer.truncated if answer else False,
        attempt.ended_at,
        json_text(attempt.timings),
    )


_COLUMNS = """d.delivery_id, d.dispatch_id, d.endpoint_id, d.attempt, d.outcome, d.error_code, d.status_code, d.duration_ms,
       d.url, d.remote_address, d.request_headers::text, d.response_headers::text, d.response_body, d.response_truncated,
       d.created_at, d.timings::text"""

_GET = f"""
SELECT {_COLUMNS}, v.body AS request_body
  FROM webhook_deliveries d
  JOIN webhook_events v USING (org_id, event_id)
 WHERE d.org_id = $1 AND d.delivery_id = $2"""


async def get_delivery(tx: Transaction, org_id: UUID, delivery_id: UUID) -> Delivery | None:
    """One attempt, with the bodies."""
    row = await (await raw(tx)).fetchrow(_GET, org_id, delivery_id)
    return _delivery(row) if row else None


async def newest_delivery(tx: Transaction, org_id: UUID, endpoint_id: UUID) -> UUID | None:
    """The last attempt that was made for an endpoint."""
    found: UUID | None = await (await raw(tx)).fetchval(
        """
SELECT delivery_id FROM webhook_deliveries WHERE org_id = $1 AND endpoint_id = $2
 ORDER BY created_at DESC, delivery_id DESC LIMIT 1""",
        org_id,
        endpoint_id,
    )
    return found


@dataclass(frozen=True, slots=True)
class DeliveryFilter:
    """None means any."""

    endpoint_ids: Sequence[UUID] | None = None
    dispatch_ids: Sequence[UUID] | None = None
    outcomes: Sequence[str] | None = None
    status_codes: Sequence[int] | None = None
    created_from: datetime | None = None
    created_to: datetime | None = None


_LIST = f"""
SELECT {_COLUMNS}
  FROM webhook_deliveries d
 WHERE d.org_id = $1
   AND ($2::uuid[] IS NULL OR d.endpoint_id = ANY($2)) AND ($3::uuid[] IS NULL OR d.dispatch_id = ANY($3))
   AND ($4::text[] IS NULL OR d.outcome = ANY($4)) AND ($5::integer[] IS NULL OR d.status_code = ANY($5))
   AND ($6::timestamptz IS NULL OR d.created_at >= $6) AND ($7::timestamptz IS NULL OR d.created_at < $7)
   AND ($8::timestamptz IS NULL OR (d.created_at, d.delivery_id) < ($8, $9::uuid))
 ORDER BY d.created_at DESC, d.delivery_id DESC LIMIT $10"""


async def list_deliveries(
    tx: Transaction, org_id: UUID, chosen: DeliveryFilter, after: tuple[datetime, UUID] | None, limit: int
) -> list[Delivery]:
    """Newest first."""
    rows = await (await raw(tx)).fetch(
        _LIST,
        org_id,
        chosen.endpoint_ids,
        chosen.dispatch_ids,
        chosen.outcomes,
        chosen.status_codes,
        chosen.created_from,
        chosen.created_to,
        *(after or (None, None)),
        limit,
    )
    return [_delivery(row) for row in rows]


def _delivery(row: asyncpg.Record) -> Delivery:
    values = dict(row)
    for name in ("request_headers", "response_headers"):
        values[name] = msgspec.json.decode(values[name], type=dict[str, str])
    values["timings"] = msgspec.json.decode(values["timings"], type=dict[str, int])
    return Delivery(**values)
