"""Backfills as the tenant speaks of them, with what the partitions have counted of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, TypeAlias
from uuid import UUID

import asyncpg

from usageflow_common.database import Transaction, raw

Status: TypeAlias = Literal["open", "closed", "reverted"]
NAME_TAKEN: Final = "uq_backfills_org_id_name"

_SELECT: Final = """
SELECT backfill.backfill_id, backfill.name, backfill.from_at, backfill.to_at, backfill.reason, backfill.status,
       backfill.created_at, backfill.closed_at, backfill.reverted_at, backfill.version, of.counted, of.reverted
  FROM backfills AS backfill
 CROSS JOIN LATERAL (
       SELECT coalesce(sum(count.counted), 0)::bigint AS counted, coalesce(sum(count.reverted), 0)::bigint AS reverted
         FROM backfill_counts AS count
        WHERE count.org_id = backfill.org_id AND count.backfill_id = backfill.backfill_id) AS of"""
_ONE: Final = f"{_SELECT} WHERE backfill.org_id = $1 AND backfill.backfill_id = $2"
_LOCKED: Final = f"{_ONE} FOR UPDATE OF backfill"
# Ids are made in the order of time, so the key's own index is the order of creation.
_PAGE: Final = f"""
{_SELECT}
 WHERE backfill.org_id = $1 AND ($2::uuid IS NULL OR backfill.backfill_id < $2) AND ($3::text[] IS NULL OR backfill.status = ANY($3))
 ORDER BY backfill.backfill_id DESC
 LIMIT $4"""

_INSERT: Final = """
INSERT INTO backfills (org_id, backfill_id, name, from_at, to_at, reason, status, created_at, closed_at, reverted_at, version)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)"""
_UPDATE: Final = """
UPDATE backfills
   SET status = $3, closed_at = $4, reverted_at = $5, version = $6
 WHERE org_id = $1 AND backfill_id = $2"""


@dataclass(frozen=True, slots=True)
class Backfill:
    """A named backfill. `counted_events`: all that ever counted; `reverted_events`: those that were taken back."""

    backfill_id: UUID
    name: str
    from_at: datetime
    to_at: datetime
    reason: str
    status: Status
    created_at: datetime
    closed_at: datetime | None = None
    reverted_at: datetime | None = None
    version: int = 1
    counted_events: int = 0
    reverted_events: int = 0


async def insert_backfill(tx: Transaction, org_id: UUID, backfill: Backfill) -> None:
    """asyncpg.UniqueViolationError on NAME_TAKEN."""
    connection = await raw(tx)
    await connection.execute(
        _INSERT,
        org_id,
        backfill.backfill_id,
        backfill.name,
        backfill.from_at,
        backfill.to_at,
        backfill.reason,
        backfill.status,
        backfill.created_at,
        backfill.closed_at,
        backfill.reverted_at,
        backfill.version,
    )


async def update_backfill(tx: Transaction, org_id: UUID, backfill: Backfill) -> None:
    """Its status, and when it got that."""
    connection = await raw(tx)
    await connection.execute(
        _UPDATE,
        org_id,
        backfill.backfill_id,
        backfill.status,
        backfill.closed_at,
        backfill.reverted_at,
        backfill.version,
    )


async def read_backfill(tx: Transaction, org_id: UUID, backfill_id: UUID, *, lock: bool = False) -> Backfill | None:
    """One backfill."""
    connection = await raw(tx)
    row = await connection.fetchrow(_LOCKED if lock else _ONE, org_id, backfill_id)
    return _backfill(row) if row is not None else None


async def page_backfills(
    tx: Transaction, org_id: UUID, before: UUID | None, statuses: Sequence[str], limit: int
) -> list[Backfill]:
    """The newest first; `statuses` empty: all."""
    connection = await raw(tx)
    rows = await connection.fetch(_PAGE, org_id, before, list(statuses) or None, limit)
    return [_backfill(row) for row in rows]


def _backfill(row: asyncpg.Record) -> Backfill:
    return Backfill(
        backfill_id=row["backfill_id"],
        name=row["name"],
        from_at=row["from_at"],
        to_at=row["to_at"],
        reason=row["reason"],
        status=row["status"],
        created_at=row["created_at"],
        closed_at=row["closed_at"],
        reverted_at=row["reverted_at"],
        version=row["version"],
        counted_events=row["counted"],
        reverted_events=row["reverted"],
    )
