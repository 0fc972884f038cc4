"""The beginning of a partition: a marker at offset 0, and the row that says where counting starts.

A partition without a row is never assumed to be new. It is new when its log is empty; then it is given the marker with the nil id, which
is what every later check of the log's identity ends at.
"""

from __future__ import annotations

from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine

from usageflow_aggregator.domain.anchor import Remembered
from usageflow_aggregator.store import positions, progress
from usageflow_common.clock import Clock
from usageflow_common.database import transaction
from usageflow_common.kafka import Bus, Incoming, LogReader, Outgoing, Producer
from usageflow_common.records import Barrier
from usageflow_common.topics import EVENTS_RAW, decode, encode

FIRST_GENERATION: Final = 1
_NIL: Final = UUID(int=0)


class ForeignLog(Exception):
    """The log holds records that this database has never counted from their beginning: a person must look."""


async def begin_partitions(engine: AsyncEngine, bus: Bus, producer: Producer, reader: LogReader, clock: Clock) -> int:
    """Give every partition of events.raw its marker and its row; returns how many were new.

    Safe to repeat, to be killed anywhere, and to run twice at once: then a log has two such markers, and both begin at the first.
    """
    begun = 0
    for partition in range(bus.partitions(EVENTS_RAW)):
        async with transaction(engine, read_only=True) as tx:
            known = await positions.read_position(tx, partition)
        if known is not None:
            continue
        # 1. The log, which no transaction holds. 2. The row, which only one of several runs inserts.
        genesis = await _genesis(producer, reader, clock, partition)
        async with transaction(engine) as tx:
            witness = Remembered(genesis.offset, genesis.hash)
            if await positions.add_partition(tx, partition, FIRST_GENERATION, witness):
                begun += 1
                # Nothing was accepted into this partition before its first record.
                await progress.record_progress(tx, {partition: genesis.appended_at})
    return begun


async def _genesis(producer: Producer, reader: LogReader, clock: Clock, partition: int) -> Incoming:
    bounds = await reader.bounds(partition)
    if bounds.start == 0 and bounds.end == 0:
        marker = Barrier(barrier_id=_NIL, partition=partition, produced_at=clock.wall())
        key = str(partition).encode()
        await producer.send(Outgoing(topic=EVENTS_RAW, key=key, value=encode(marker), partition=partition))
    first = await reader.read_at(partition, 0)
    if first is None or not _is_genesis(first):
        raise ForeignLog(
            f"Partition {partition} of {EVENTS_RAW.name} has no row in the database, and its log does not begin with the marker that"
            " a new partition gets. Was the database restored or recreated beside a log that is still there? Nothing was changed."
        )
    return first


def _is_genesis(record: Incoming) -> bool:
    content = decode(EVENTS_RAW, record.value, record.headers.get("schema"))
    return isinstance(content, Barrier) and content.barrier_id == _NIL
