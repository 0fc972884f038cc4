"""Where each partition stands: the fence in front of every batch, and the account of what became of its records."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from usageflow_aggregator.domain.anchor import Remembered
from usageflow_aggregator.domain.ledger import Settlement
from usageflow_aggregator.domain.reading import Reading
from usageflow_common.database import Transaction, raw


@dataclass(frozen=True, slots=True)
class Position:
    """A row of consumer_offsets. `last` is None until something was folded."""

    partition: int
    generation: int
    next: int
    last: Remembered | None
    last_appended_at: datetime | None
    anchor: Remembered


# The usage events count as new until the keys have spoken; `settle` replaces that. Each of the two statements leaves the account
# balanced, so a record that vanishes on the way breaks the conservation CHECK in one of them.
ADVANCE: Final = """
UPDATE consumer_offsets
   SET next_offset = $3, last_hash = $5, last_appended_at = $6,
       anchor_offset = coalesce($7, anchor_offset), anchor_hash = coalesce($8, anchor_hash),
       counted = counted + $9, correction = correction + $10, marker = marker + $11,
       quarantined = quarantined + $12, skipped = skipped + $13
 WHERE partition = $1 AND generation = $4 AND next_offset = $2
RETURNING next_offset"""

_SETTLE: Final = """
UPDATE consumer_offsets
   SET counted = counted - $2 + $3, duplicate = duplicate + $4, conflict = conflict + $5
 WHERE partition = $1"""

_READ: Final = """
SELECT partition, generation, next_offset, last_hash, last_appended_at, anchor_offset, anchor_hash
  FROM consumer_offsets
 WHERE partition = $1"""

_READ_ALL: Final = "SELECT partition, next_offset FROM consumer_offsets ORDER BY partition"

_ADD: Final = """
INSERT INTO consumer_offsets (partition, generation, start_offset, next_offset, anchor_offset, anchor_hash)
VALUES ($1, $2, $3, $3, $3, $4)
ON CONFLICT (partition) DO NOTHING
RETURNING partition"""


async def advance_position(tx: Transaction, reading: Reading, generation: int) -> bool:
    """Compare-and-set on the position asked for: the batch's first write decides who may count it.

    False: another position, or another generation, is stored.
    """
    anchor = reading.markers[-1] if reading.markers else None
    connection = await raw(tx)
    row = await connection.fetchrow(
        ADVANCE,
        reading.partition,
        reading.asked,
        reading.after,
        generation,
        reading.last_hash,
        reading.last_appended_at,
        anchor.offset if anchor else None,
        anchor.hash if anchor else None,
        len(reading.usages),
        len(reading.freed) + len(reading.corrections) + len(reading.reverts),
        len(reading.markers),
        len(reading.broken),
        reading.skipped,
    )
    return row is not None


async def settle_account(tx: Transaction, reading: Reading, settlement: Settlement) -> None:
    """Replace "all of them are new" by what the keys said. Violates the conservation CHECK unless that accounts for every one."""
    connection = await raw(tx)
    await connection.execute(
        _SETTLE,
        reading.partition,
        len(reading.usages),
        len(settlement.fresh),
        len(settlement.duplicates),
        len(settlement.conflicts),
    )


async def read_position(tx: Transaction, partition: int) -> Position | None:
    """The stored position; None when the partition is not known."""
    connection = await raw(tx)
    row = await connection.fetchrow(_READ, partition)
    if row is None:
        return None
    last = Remembered(row["next_offset"] - 1, row["last_hash"]) if row["last_hash"] is not None else None
    return Position(
        partition=row["partition"],
        generation=row["generation"],
        next=row["next_offset"],
        last=last,
        last_appended_at=row["last_appended_at"],
        anchor=Remembered(row["anchor_offset"], row["anchor_hash"]),
    )


async def read_positions(tx: Transaction) -> tuple[tuple[int, int], ...]:
    """(partition, next offset) of every partition, as committed now; of the transaction's own partition, as it leaves it."""
    connection = await raw(tx)
    rows = await connection.fetch(_READ_ALL)
    return tuple((row["partition"], row["next_offset"]) for row in rows)


async def add_partition(tx: Transaction, partition: int, generation: int, genesis: Remembered) -> bool:
    """Begin a partition at the marker that it was born with. False: it is known already."""
    connection = await raw(tx)
    return await connection.fetchrow(_ADD, partition, generation, genesis.offset, genesis.hash) is not None
