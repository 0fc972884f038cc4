"""How far each partition is counted, as an instant: whatever was accepted before it is counted."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from usageflow_common.database import Transaction, raw

_RECORD: Final = """
INSERT INTO partition_progress AS kept (partition, counted_through)
SELECT partition, counted_through FROM unnest($1::integer[], $2::timestamptz[]) AS told (partition, counted_through)
 ORDER BY partition
ON CONFLICT (partition) DO UPDATE
   SET counted_through = excluded.counted_through
 WHERE kept.counted_through < excluded.counted_through"""

_STANDING: Final = "SELECT partition, next_offset, last_appended_at FROM consumer_offsets"

_PARTITIONS: Final = """
SELECT p.partition, o.next_offset, p.counted_through
  FROM partition_progress p
  JOIN consumer_offsets o USING (partition)
 ORDER BY p.partition"""

_LEAST: Final = "SELECT min(counted_through) AS counted_through FROM partition_progress"


async def read_standing(tx: Transaction) -> dict[int, tuple[int, datetime | None]]:
    """Partition → (next offset, append time of the last record counted)."""
    connection = await raw(tx)
    return {
        row["partition"]: (row["next_offset"], row["last_appended_at"]) for row in await connection.fetch(_STANDING)
    }


async def record_progress(tx: Transaction, counted_through: Mapping[int, datetime]) -> None:
    """Tell how far partitions are counted; an earlier instant than the stored one changes nothing."""
    connection = await raw(tx)
    await connection.execute(_RECORD, list(counted_through), list(counted_through.values()))


async def read_counted_through(tx: Transaction) -> datetime | None:
    """The least over all partitions; None when there are none yet."""
    connection = await raw(tx)
    instant: datetime | None = await connection.fetchval(_LEAST)
    return instant


async def read_partitions(tx: Transaction) -> list[tuple[int, int, datetime]]:
    """(partition, next offset, counted through): whatever was accepted before that instant lies in front of that offset."""
    connection = await raw(tx)
    return [tuple(row) for row in await connection.fetch(_PARTITIONS)]
