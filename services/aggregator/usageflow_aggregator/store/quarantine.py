"""Quarantined records as operators handle them: listed, read whole, locked, and released once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

import asyncpg

from usageflow_common.database import Transaction, raw

_READ: Final = """
SELECT partition, log_offset, org_id, detail, key, value, schema_name, appended_at, released_at, released_by, release_reason
  FROM quarantined_events
 WHERE partition = $1 AND log_offset = $2"""
_LOCK: Final = f"{_READ} FOR UPDATE"
_RELEASE: Final = """
UPDATE quarantined_events
   SET released_at = $3, released_by = $4, release_reason = $5
 WHERE partition = $1 AND log_offset = $2 AND released_at IS NULL"""

_LIST: Final = """
SELECT partition, log_offset, org_id, detail, appended_at, released_at, released_by, release_reason
  FROM quarantined_events
 WHERE $1 OR released_at IS NULL
 ORDER BY partition, log_offset
 LIMIT $2"""


@dataclass(frozen=True, slots=True)
class StoredRecord:
    """A row of quarantined_events, with the bytes that stand in the log. `released_at`: repaired or waived then, and by whom."""

    partition: int
    offset: int
    org_id: UUID | None
    detail: str
    key: bytes | None
    value: bytes | None
    schema: str
    appended_at: datetime
    released_at: datetime | None
    released_by: str | None
    release_reason: str | None


@dataclass(frozen=True, slots=True)
class QuarantinedRecord:
    """A row of quarantined_events, without the bytes."""

    partition: int
    offset: int
    org_id: UUID | None
    detail: str
    appended_at: datetime
    released_at: datetime | None
    released_by: str | None
    release_reason: str | None


async def count_quarantined(tx: Transaction) -> int:
    """Those that wait for a decision."""
    count: int = await (await raw(tx)).fetchval("SELECT count(*) FROM quarantined_events WHERE released_at IS NULL")
    return count


async def list_quarantined(tx: Transaction, *, released_too: bool, limit: int) -> list[QuarantinedRecord]:
    """Quarantined records in the order of the log."""
    connection = await raw(tx)
    return [_record(row) for row in await connection.fetch(_LIST, released_too, limit)]


async def read_record(tx: Transaction, partition: int, offset: int, *, lock: bool = False) -> StoredRecord | None:
    """One quarantined record; None when nothing is quarantined there."""
    connection = await raw(tx)
    row = await connection.fetchrow(_LOCK if lock else _READ, partition, offset)
    if row is None:
        return None
    return StoredRecord(
        partition=row["partition"],
        offset=row["log_offset"],
        org_id=row["org_id"],
        detail=row["detail"],
        key=row["key"],
        value=row["value"],
        schema=row["schema_name"],
        appended_at=row["appended_at"],
        released_at=row["released_at"],
        released_by=row["released_by"],
        release_reason=row["release_reason"],
    )


async def mark_released(tx: Transaction, partition: int, offset: int, *, at: datetime, actor: str, reason: str) -> None:
    """With the release itself, in one transaction: nobody decides about the record a second time."""
    connection = await raw(tx)
    await connection.execute(_RELEASE, partition, offset, at, actor, reason)


def _record(row: asyncpg.Record) -> QuarantinedRecord:
    return QuarantinedRecord(
        partition=row["partition"],
        offset=row["log_offset"],
        org_id=row["org_id"],
        detail=row["detail"],
        appended_at=row["appended_at"],
        released_at=row["released_at"],
        released_by=row["released_by"],
        release_reason=row["release_reason"],
    )
