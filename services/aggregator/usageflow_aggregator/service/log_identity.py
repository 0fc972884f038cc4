"""Whether the log that is read is the one that was counted: remembered records are read again and compared. Never inside a transaction."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncEngine

from usageflow_aggregator.domain.anchor import Memory, Remembered, judge_memory
from usageflow_aggregator.domain.reading import Reading
from usageflow_aggregator.store.positions import Position, read_position
from usageflow_common.database import transaction
from usageflow_common.kafka import Halt, LogBounds, LogReader
from usageflow_common.positions import judge_position


class RecordPassedOver(Exception):
    """A batch lacks a record that is there: the consumer did not read what it was asked for."""


async def resume_position(engine: AsyncEngine, reader: LogReader, partition: int, log: LogBounds) -> Position | Halt:
    """The stored position, once the log has shown that it is still the one that was counted.

    The last record folded must be what it was; before the first one, the marker that began the partition. When retention has deleted
    it, nothing contradicts: the position lies within the log's bounds.
    """
    async with transaction(engine, read_only=True) as tx:
        position = await read_position(tx, partition)
    if position is None:
        return Halt("position_unknown", f"partition {partition} has no row: run the migration")
    if position.next > log.end:
        # The end was asked for before the position: another worker may have counted what was appended meanwhile.
        log = await reader.bounds(partition)
    verdict = judge_position(position.next, position.next, log)
    if isinstance(verdict, Halt):
        return verdict
    witness = position.last or position.anchor
    if await _ask(reader, partition, witness) == "recreated":
        return _recreated(partition, witness)
    return position


async def check_log(engine: AsyncEngine, reader: LogReader, reading: Reading) -> Halt | None:
    """Everything that a batch has to ask Kafka before its transaction opens. The fence makes sure that it is still true inside.

    RecordPassedOver when what the batch would skip is no hole: nothing may be counted, and it is to be read again.
    """
    for hole in reading.holes:
        if await reader.read_at(reading.partition, hole) is not None:
            raise RecordPassedOver(f"offset {hole} of partition {reading.partition} can be read")
    if reading.holes:
        bounds = await reader.bounds(reading.partition)
        if reading.asked < bounds.start:
            return Halt("log_truncated", f"offset {reading.asked} was deleted before it was counted")
    if not reading.markers:
        return None
    async with transaction(engine, read_only=True) as tx:
        position = await read_position(tx, reading.partition)
    # Elsewhere than asked: the fence will say so. There: it is the row whose anchor is compared now.
    if position is None or position.next != reading.asked:
        return None
    return await _check_anchor(reader, position)


async def _check_anchor(reader: LogReader, position: Position) -> Halt | None:
    """The marker before a batch with a marker must still be where it was.

    When retention has deleted that one, the last record folded is asked instead; when that one is gone too, the bounds have decided.
    """
    for witness in (position.anchor, position.last):
        if witness is None:
            continue
        match await _ask(reader, position.partition, witness):
            case "same":
                return None
            case "recreated":
                return _recreated(position.partition, witness)
            case "deleted":
                continue
    return None


async def _ask(reader: LogReader, partition: int, witness: Remembered) -> Memory:
    found = await reader.read_at(partition, witness.offset)
    if found is not None:
        return judge_memory(witness, found.hash, log_start=0)
    bounds = await reader.bounds(partition)
    return judge_memory(witness, None, bounds.start)


def _recreated(partition: int, witness: Remembered) -> Halt:
    return Halt(
        "log_recreated",
        f"offset {witness.offset} of partition {partition} holds another record than was folded",
    )
