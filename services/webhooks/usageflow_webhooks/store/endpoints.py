"""Endpoints, their secrets and what deliveries say about them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

import asyncpg

from usageflow_common.database import Transaction, raw
from usageflow_webhooks.domain.circuit import Circuit
from usageflow_webhooks.domain.endpoints import Endpoint, Health, SealedSecret

_COLUMNS = """org_id, endpoint_id, url, description, event_types, disabled_reason,
       secret_rotated_at, created_at, deleted_at, version, concurrency, rate_per_second, header_names, headers_key_id,
       headers_sealed"""

_MAKE_SEQUENCE = "INSERT INTO event_sequences (org_id, last_sequence) VALUES ($1, 0) ON CONFLICT DO NOTHING"

_LOCK_SEQUENCE = "SELECT last_sequence FROM event_sequences WHERE org_id = $1 FOR UPDATE"


async def lock_organization(tx: Transaction, org_id: UUID) -> int:
    """Lock the organization's sequence, and answer the last number given.

    Whoever makes events or counts endpoints does this before it locks any endpoint: one order, so no deadlock.
    """
    connection = await raw(tx)
    last = await connection.fetchval(_LOCK_SEQUENCE, org_id)
    if last is None:
        await connection.execute(_MAKE_SEQUENCE, org_id)
        # Another statement: it must see the row that the one before may have waited for.
        last = await connection.fetchval(_LOCK_SEQUENCE, org_id)
    return int(last)


async def count_endpoints(tx: Transaction, org_id: UUID) -> int:
    """How many the organization has, deleted ones left out."""
    connection = await raw(tx)
    return int(
        await connection.fetchval(
            "SELECT count(*) FROM webhook_endpoints WHERE org_id = $1 AND deleted_at IS NULL", org_id
        )
    )


_INSERT = """
WITH made AS (
    INSERT INTO webhook_endpoints (org_id, endpoint_id, url, description, event_types, status, disabled_reason,
                                   secret_rotated_at, created_at, version, concurrency, rate_per_second, header_names,
                                   headers_key_id, headers_sealed)
    VALUES ($1, $2, $3, $4, $5, 'enabled', NULL, $6, $6, $7, $8, $9, $10, $11, $12)
)
INSERT INTO endpoint_state (org_id, endpoint_id) VALUES ($1, $2)"""


async def insert_endpoint(tx: Transaction, org_id: UUID, endpoint: Endpoint) -> None:
    """A new endpoint, enabled."""
    connection = await raw(tx)
    await connection.execute(
        _INSERT,
        org_id,
        endpoint.endpoint_id,
        endpoint.url,
        endpoint.description,
        list(endpoint.event_types),
        endpoint.created_at,
        endpoint.version,
        endpoint.concurrency,
        endpoint.rate_per_second,
        list(endpoint.header_names),
        endpoint.headers_key_id,
        endpoint.headers_sealed,
    )


_GET = f"SELECT {_COLUMNS} FROM webhook_endpoints WHERE org_id = $1 AND endpoint_id = $2"


async def get_endpoint(tx: Transaction, org_id: UUID, endpoint_id: UUID) -> Endpoint | None:
    """One endpoint, deleted ones too."""
    connection = await raw(tx)
    row = await connection.fetchrow(_GET, org_id, endpoint_id)
    return _endpoint(row) if row else None


async def lock_endpoint(tx: Transaction, org_id: UUID, endpoint_id: UUID) -> Endpoint | None:
    """One endpoint, held against everybody who would change it or make dispatches for it."""
    connection = await raw(tx)
    row = await connection.fetchrow(_GET + " FOR NO KEY UPDATE", org_id, endpoint_id)
    return _endpoint(row) if row else None


_ALL = f"SELECT {_COLUMNS} FROM webhook_endpoints WHERE org_id = $1 AND deleted_at IS NULL ORDER BY endpoint_id"


async def hold_endpoints(tx: Transaction, org_id: UUID) -> list[Endpoint]:
    """All endpoints as they are until the end of the transaction: nobody disables one while dispatches are made for it."""
    connection = await raw(tx)
    return [_endpoint(row) for row in await connection.fetch(_ALL + " FOR SHARE", org_id)]


async def list_endpoints(
    tx: Transaction, org_id: UUID, after: tuple[datetime, UUID] | None, limit: int
) -> list[Endpoint]:
    """Newest first."""
    connection = await raw(tx)
    rows = await connection.fetch(
        f"""
SELECT {_COLUMNS} FROM webhook_endpoints
 WHERE org_id = $1 AND deleted_at IS NULL
   AND ($2::timestamptz IS NULL OR (created_at, endpoint_id) < ($2, $3::uuid))
 ORDER BY created_at DESC, endpoint_id DESC LIMIT $4""",
        org_id,
        *(after or (None, None)),
        limit,
    )
    return [_endpoint(row) for row in rows]


_UPDATE = """
UPDATE webhook_endpoints
   SET url = $3, description = $4, event_types = $5, status = $6, disabled_reason = $7,
       secret_rotated_at = $8, deleted_at = $9, version = $10, concurrency = $11, rate_per_second = $12,
       header_names = $13, headers_key_id = $14, headers_sealed = $15
 WHERE org_id = $1 AND endpoint_id = $2"""


async def update_endpoint(tx: Transaction, org_id: UUID, endpoint: Endpoint) -> None:
    """Write an endpoint that the caller has locked."""
    connection = await raw(tx)
    await connection.execute(
        _UPDATE,
        org_id,
        endpoint.endpoint_id,
        endpoint.url,
        endpoint.description,
        list(endpoint.event_types),
        endpoint.status,
        endpoint.disabled_reason,
        endpoint.secret_rotated_at,
        endpoint.deleted_at,
        endpoint.version,
        endpoint.concurrency,
        endpoint.rate_per_second,
        list(endpoint.header_names),
        endpoint.headers_key_id,
        endpoint.headers_sealed,
    )


_HEALTH = """
SELECT s.endpoint_id, s.failing_since, log.succeeded, log.failed, waiting.parked
  FROM endpoint_state s
 CROSS JOIN LATERAL (
       SELECT count(*) FILTER (WHERE d.outcome = 'succeeded') AS succeeded,
              count(*) FILTER (WHERE d.outcome = 'failed') AS failed
         FROM webhook_deliveries d
        WHERE d.org_id = s.org_id AND d.endpoint_id = s.endpoint_id AND d.created_at >= $3) log
 CROSS JOIN LATERAL (
       SELECT count(*) AS parked
         FROM webhook_dispatches w
        WHERE w.org_id = s.org_id AND w.endpoint_id = s.endpoint_id AND w.status = 'parked') waiting
 WHERE s.org_id = $1 AND s.endpoint_id = ANY($2)"""


async def read_health(
    tx: Transaction, org_id: UUID, endpoint_ids: Sequence[UUID], since: datetime
) -> Mapping[UUID, Health]:
    """By endpoint; attempts from `since` on are counted."""
    connection = await raw(tx)
    rows = await connection.fetch(_HEALTH, org_id, list(endpoint_ids), since)
    return {
        row["endpoint_id"]: Health(row["succeeded"], row["failed"], row["parked"], row["failing_since"]) for row in rows
    }


async def lock_circuit(tx: Transaction, org_id: UUID, endpoint_id: UUID) -> Circuit:
    """How an endpoint fares, held. The endpoint itself is locked before."""
    row = await (await raw(tx)).fetchrow(
        """
SELECT places, failures, resume_at, failing_since FROM endpoint_state
 WHERE org_id = $1 AND endpoint_id = $2 FOR UPDATE""",
        org_id,
        endpoint_id,
    )
    if row is None:
        raise RuntimeError("an endpoint without its state")
    return Circuit(**dict(row))


_WRITE_CIRCUIT = """
UPDATE endpoint_state
   SET places = $3, failures = $4, resume_at = $5, failing_since = $6,
       next_due_at = greatest(least(next_due_at, $7), $5)
 WHERE org_id = $1 AND endpoint_id = $2"""


async def write_circuit(
    tx: Transaction, org_id: UUID, endpoint_id: UUID, circuit: Circuit, due_at: datetime | None = None
) -> None:
    """How it fares now; `due_at`: something of it is due then, but nothing before its circuit lets it."""
    await (await raw(tx)).execute(
        _WRITE_CIRCUIT,
        org_id,
        endpoint_id,
        circuit.places,
        circuit.failures,
        circuit.resume_at,
        circuit.failing_since,
        due_at,
    )


_INSERT_SEALED = """
INSERT INTO endpoint_secrets (org_id, endpoint_id, secret_id, key_id, sealed, created_at)
VALUES ($1, $2, $3, $4, $5, $6)"""


async def insert_secret(tx: Transaction, org_id: UUID, secret: SealedSecret, now: datetime) -> None:
    """The current secret. The one before it must have been given an end."""
    connection = await raw(tx)
    await connection.execute(
        _INSERT_SEALED, org_id, secret.endpoint_id, secret.secret_id, secret.key_id, secret.sealed, now
    )


_RETIRE = "UPDATE endpoint_secrets SET expires_at = $3 WHERE org_id = $1 AND endpoint_id = $2 AND expires_at IS NULL"

_FORGET = """
DELETE FROM endpoint_secrets
 WHERE org_id = $1 AND endpoint_id = $2
   AND secret_id NOT IN (
       SELECT secret_id FROM endpoint_secrets
        WHERE org_id = $1 AND endpoint_id = $2 AND expires_at > $3
        ORDER BY created_at DESC LIMIT $4)"""


async def retire_secret(
    tx: Transaction, org_id: UUID, endpoint_id: UUID, *, now: datetime, expires_at: datetime, keep: int
) -> None:
    """Give the current secret an end, and delete those that are over and all but the `keep` newest of the others."""
    connection = await raw(tx)
    await connection.execute(_RETIRE, org_id, endpoint_id, expires_at)
    await connection.execute(_FORGET, org_id, endpoint_id, now, keep)


async def forget_secrets(tx: Transaction, org_id: UUID, endpoint_id: UUID) -> None:
    """An endpoint that is deleted signs nothing any more."""
    connection = await raw(tx)
    await connection.execute("DELETE FROM endpoint_secrets WHERE org_id = $1 AND endpoint_id = $2", org_id, endpoint_id)


_LIVE_SECRETS = """
SELECT endpoint_id, secret_id, key_id, sealed, expires_at
  FROM endpoint_secrets
 WHERE (org_id, endpoint_id) = ANY (SELECT o, e FROM unnest($1::uuid[], $2::uuid[]) AS wanted (o, e))
   AND (expires_at IS NULL OR expires_at > $3)
 ORDER BY endpoint_id, expires_at DESC NULLS FIRST"""


async def live_secrets(
    tx: Transaction, wanted: Sequence[tuple[UUID, UUID]], now: datetime
) -> Mapping[UUID, tuple[SealedSecret, ...]]:
    """The secrets that sign now, by endpoint, for (organization, endpoint) pairs; the current one first."""
    connection = await raw(tx)
    rows = await connection.fetch(_LIVE_SECRETS, [org for org, _ in wanted], [endpoint for _, endpoint in wanted], now)
    found: dict[UUID, tuple[SealedSecret, ...]] = {}
    for row in rows:
        secret = SealedSecret(*row)
        found[secret.endpoint_id] = (*found.get(secret.endpoint_id, ()), secret)
    return found


async def lock_secrets_under(tx: Transaction, key_ids: Sequence[str], limit: int) -> list[tuple[UUID, SealedSecret]]:
    """Secrets, of all organizations, that these keys seal."""
    rows = await (await raw(tx)).fetch(
        """
SELECT org_id, endpoint_id, secret_id, key_id, sealed, expires_at FROM endpoint_secrets
 WHERE key_id = ANY($1) LIMIT $2 FOR UPDATE SKIP LOCKED""",
        key_ids,
        limit,
    )
    return [(row["org_id"], SealedSecret(*list(row)[1:])) for row in rows]


async def reseal_secret(tx: Transaction, org_id: UUID, secret: SealedSecret) -> None:
    """The same secret under another key."""
    await (await raw(tx)).execute(
        """
UPDATE endpoint_secrets SET key_id = $4, sealed = $5 WHERE org_id = $1 AND endpoint_id = $2 AND secret_id = $3""",
        org_id,
        secret.endpoint_id,
        secret.secret_id,
        secret.key_id,
        secret.sealed,
    )


async def lock_headers_under(tx: Transaction, key_ids: Sequence[str], limit: int) -> list[Endpoint]:
    """Endpoints, of all organizations, whose headers these keys seal."""
    rows = await (await raw(tx)).fetch(
        f"SELECT {_COLUMNS} FROM webhook_endpoints WHERE headers_key_id = ANY($1) LIMIT $2 FOR NO KEY UPDATE SKIP LOCKED",
        key_ids,
        limit,
    )
    return [_endpoint(row) for row in rows]


async def reseal_headers(tx: Transaction, org_id: UUID, endpoint_id: UUID, key_id: str, sealed: bytes) -> None:
    """The same headers under another key."""
    await (await raw(tx)).execute(
        "UPDATE webhook_endpoints SET headers_key_id = $3, headers_sealed = $4 WHERE org_id = $1 AND endpoint_id = $2",
        org_id,
        endpoint_id,
        key_id,
        sealed,
    )


def _endpoint(row: asyncpg.Record) -> Endpoint:
    values = dict(row)
    for name in ("event_types", "header_names"):
        values[name] = tuple(values[name])
    return Endpoint(**values)
