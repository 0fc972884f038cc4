"""What was received when: added to by whoever counts a partition, in its own rows, and read over all of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from usageflow_aggregator.domain.receipts import Receipt
from usageflow_common.civil import Span
from usageflow_common.database import Transaction, raw

_ADD: Final = """
INSERT INTO event_receipts AS kept (org_id, window_start_at, shard, counted, duplicates, late)
SELECT org_id, window_start_at, $1, counted, duplicates, late
  FROM unnest($2::uuid[], $3::timestamptz[], $4::bigint[], $5::bigint[], $6::bigint[])
    AS added (org_id, window_start_at, counted, duplicates, late)
ON CONFLICT (org_id, window_start_at, shard) DO UPDATE
   SET counted = kept.counted + excluded.counted,
       duplicates = kept.duplicates + excluded.duplicates,
       late = kept.late + excluded.late"""

_READ: Final = """
SELECT width_bucket(window_start_at, $4::timestamptz[])::integer - 1 AS place,
       sum(counted)::bigint AS counted, sum(duplicates)::bigint AS duplicates, sum(late)::bigint AS late
  FROM event_receipts
 WHERE org_id = $1 AND window_start_at >= $2 AND window_start_at < $3
 GROUP BY place ORDER BY place"""


@dataclass(frozen=True, slots=True)
class Received:
    """What was received in the window at `place`."""

    place: int
    counted: int
    duplicates: int
    late: int


async def add_receipts(tx: Transaction, shard: int, receipts: Sequence[Receipt]) -> None:
    """Add a batch's."""
    if not receipts:
        return
    connection = await raw(tx)
    await connection.execute(
        _ADD,
        shard,
        [receipt.org_id for receipt in receipts],
        [receipt.window_start_at for receipt in receipts],
        [receipt.counted for receipt in receipts],
        [receipt.duplicates for receipt in receipts],
        [receipt.late for receipt in receipts],
    )


async def read_receipts(tx: Transaction, org_id: UUID, windows: Sequence[Span]) -> list[Received]:
    """By consecutive windows that begin and end with quarter hours; those in which nothing came are absent."""
    connection = await raw(tx)
    starts = [window.start_at for window in windows]
    rows = await connection.fetch(_READ, org_id, windows[0].start_at, windows[-1].end_at, starts)
    return [Received(row["place"], row["counted"], row["duplicates"], row["late"]) for row in rows]


async def received_since(tx: Transaction, org_id: UUID, start_at: datetime, end_at: datetime) -> Received:
    """Everything of a range of quarter hours."""
    found = await read_receipts(tx, org_id, [Span(start_at, end_at)])
    return found[0] if found else Received(0, 0, 0, 0)
