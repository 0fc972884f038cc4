"""How far each partition is applied, as an offset and as an instant."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from usageflow_common.database import Transaction, raw

_RECORD: Final = """
INSERT INTO applied_progress AS kept (partition, counted_through)
SELECT partition, counted_through FROM unnest($1::integer[], $2::timestamptz[]) AS told (partition, counted_through)
 ORDER BY partition
ON CONFLICT (partition) DO UPDATE
   SET counted_through = excluded.counted_through
 WHERE kept.counted_through < excluded.counted_through"""

# A shard that is half replaced is partly of an earlier time.
_APPLIED: Final = "SELECT partition, applied FROM applied_offsets WHERE coming_generation IS NULL"

_LEAST: Final = """
SELECT CASE WHEN count(*) = count(p.partition) THEN min(p.counted_through) END
  FROM applied_offsets a
  LEFT JOIN applied_progress p USING (partition)"""


async def read_applied(tx: Transaction) -> dict[int, int]:
    """Partition → the offset of events.raw up to which everything is applied."""
    return {row["partition"]: row["applied"] for row in await (await raw(tx)).fetch(_APPLIED)}


async def record(tx: Transaction, counted_through: Mapping[int, datetime]) -> None:
    """These instants hold here; an earlier one than the stored one changes nothing."""
    if counted_through:
        await (await raw(tx)).execute(_RECORD, list(counted_through), list(counted_through.values()))


async def read_counted_through(tx: Transaction) -> datetime | None:
    """The least over all partitions; None as long as one of them has none."""
    instant: datetime | None = await (await raw(tx)).fetchval(_LEAST)
    return instant
