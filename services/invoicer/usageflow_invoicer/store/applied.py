"""How far each partition is applied, and what its records say besides usage: markers, and what nobody could read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from usageflow_common.database import Transaction, raw
from usageflow_common.records import UsageAggregated
from usageflow_invoicer.domain.chain import Coming, Standing


@dataclass(frozen=True, slots=True)
class Refused:
    """The position is not what was asked for; None when there is no row."""

    stored: int | None


_TAKE: Final = """
UPDATE applied_offsets SET position = position
 WHERE partition = $1 AND position = $2
RETURNING generation, applied, coming_generation, coming_part"""

_STORED: Final = "SELECT position FROM applied_offsets WHERE partition = $1"

_MOVE: Final = """
UPDATE applied_offsets
   SET position = $2, generation = $3, applied = $4, coming_generation = $5, coming_part = $6
 WHERE partition = $1"""

_BEGIN: Final = """
UPDATE applied_offsets
   SET position = $2, generation = greatest(generation + 1, coming_generation + 1, $3),
       coming_generation = NULL, coming_part = NULL
 WHERE partition = $1
RETURNING generation"""

_QUARANTINE: Final = """
INSERT INTO quarantined_records (partition, "offset", org_id) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING"""

_RELEASE: Final = """
DELETE FROM quarantined_records WHERE partition = $1 AND "offset" = ANY($2::bigint[]) RETURNING org_id"""

_RELEASE_OTHERS: Final = """
DELETE FROM quarantined_records WHERE partition = $1 AND "offset" <> ALL($2::bigint[]) RETURNING org_id"""

# Whoever postponed a period because of these records had locked them: its postponement is seen here, however late it was committed.
_HURRY: Final = """
UPDATE billing_periods SET retry_at = NULL
 WHERE status = 'open' AND retry_at IS NOT NULL AND ($2 OR org_id = ANY($1::uuid[]))"""


async def take_position(tx: Transaction, partition: int, asked: int) -> Standing | Refused:
    """Compare-and-set on the position asked for, by the first write of the transaction: it locks the partition until the end."""
    connection = await raw(tx)
    row = await connection.fetchrow(_TAKE, partition, asked)
    if row is not None:
        coming = None if row["coming_part"] is None else Coming(row["coming_generation"], row["coming_part"])
        return Standing(row["generation"], row["applied"], coming)
    return Refused(await connection.fetchval(_STORED, partition))


async def read_position(tx: Transaction, partition: int) -> int | None:
    """Where to read on in usage.aggregated; None when the partition has no row."""
    position: int | None = await (await raw(tx)).fetchval(_STORED, partition)
    return position


async def move_position(tx: Transaction, partition: int, standing: Standing, position: int) -> None:
    """Behind what this transaction applied. The row was locked by take_position."""
    coming = (standing.coming.generation, standing.coming.part) if standing.coming else (None, None)
    await (await raw(tx)).execute(_MOVE, partition, position, standing.generation, standing.applied, *coming)


async def begin_generation(tx: Transaction, partition: int, position: int, at_least: int) -> int:
    """A generation that no record has: only a whole shard above it counts. LookupError when there is no such partition."""
    generation: int | None = await (await raw(tx)).fetchval(_BEGIN, partition, position, at_least)
    if generation is None:
        raise LookupError(f"partition {partition} is not applied here")
    return generation


async def note_quarantine(tx: Transaction, records: Sequence[UsageAggregated]) -> None:
    """Remember what nobody could read, and forget what was released: what waited for that alone is tried again at once.

    A whole shard names all that is not released: whatever else stands here of its partition was released in a gap.
    """
    connection = await raw(tx)
    for record in records:
        for item in record.quarantined:
            await connection.execute(_QUARANTINE, record.partition, item.offset, item.org_id)
        released = []
        if record.released:
            released += await connection.fetch(_RELEASE, record.partition, list(record.released))
        if record.from_ is None and record.part == record.parts:
            named = [item.offset for item in record.quarantined]
            released += await connection.fetch(_RELEASE_OTHERS, record.partition, named)
        concerned = [row["org_id"] for row in released]
        if concerned:
            known = [org_id for org_id in concerned if org_id is not None]
            await connection.execute(_HURRY, known, None in concerned)


_ECHO: Final = """
UPDATE barrier_partitions SET marker_offset = coalesce(marker_offset, $3) WHERE barrier_id = $1 AND partition = $2"""

_REQUIRE: Final = """
UPDATE barrier_partitions b SET required = greatest(b.required, p.required)
  FROM (SELECT partition, required FROM barrier_partitions
         WHERE barrier_id = $1 ORDER BY partition FOR UPDATE) held
  JOIN unnest($2::int[], $3::bigint[]) AS p (partition, required) ON p.partition = held.partition
 WHERE b.barrier_id = $1 AND b.partition = held.partition AND b.required < p.required"""


async def note_echoes(tx: Transaction, record: UsageAggregated) -> None:
    """The record's markers have passed in its partition, provided that every partition is applied as far as the record says."""
    connection = await raw(tx)
    positions: Mapping[int, int] = {int(partition): offset for partition, offset in record.positions.items()}
    for marker in record.markers:
        await connection.execute(_REQUIRE, marker.barrier_id, list(positions), list(positions.values()))
        await connection.execute(_ECHO, marker.barrier_id, record.partition, marker.offset)


_FREEZE: Final = "SELECT partition FROM applied_offsets ORDER BY partition FOR SHARE"

_HOLD: Final = "LOCK TABLE applied_offsets IN SHARE MODE"


async def freeze_positions(tx: Transaction) -> None:
    """No state is applied until this transaction ends. First statement of whoever makes periods, in READ COMMITTED."""
    await (await raw(tx)).execute(_FREEZE)


async def hold_positions(tx: Transaction) -> None:
    """The same, before a REPEATABLE READ transaction has its snapshot: locking a table takes none, locking rows would."""
    await (await raw(tx)).execute(_HOLD)


FIRST_GENERATION: Final = 1
"""The generation that the aggregator's shards begin with."""

_INSERT_MISSING: Final = """
INSERT INTO applied_offsets (partition, generation, applied, position)
SELECT partition, $2, 0, 0 FROM generate_series(0, $1 - 1) AS partition
    ON CONFLICT DO NOTHING"""


async def insert_missing(tx: Transaction, partitions: int) -> None:
    """Rows at the beginning of the log for partitions that have none."""
    await (await raw(tx)).execute(_INSERT_MISSING, partitions, FIRST_GENERATION)
