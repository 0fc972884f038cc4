"""The way from a real log into the database: where counting begins, what it waits for, and how it notices another log."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import msgspec
import pytest
from aiokafka import AIOKafkaProducer

from usageflow_aggregator.service.log_identity import RecordPassedOver
from usageflow_aggregator.service.partitions import ForeignLog
from usageflow_aggregator.service.progress import tell_progress
from usageflow_aggregator.store import progress
from usageflow_common.clock import Clock
from usageflow_common.database import transaction
from usageflow_common.ids import event_id, new_id
from usageflow_common.kafka import Applied, Blocked, Halt, PartitionConsumer, Stale
from usageflow_common.records import MetricRecord
from usageflow_common.testing import eventually
from usageflow_common.topics import EVENTS_RAW, decode, encode


async def test_a_new_partition_begins_at_the_marker_that_it_is_born_with(world):
    rows = await world.query(
        "SELECT partition, start_offset, next_offset, anchor_offset FROM consumer_offsets ORDER BY 1"
    )
    first = await world.reader.read_at(1, 0)

    assert [tuple(row) for row in rows] == [(0, 0, 0, 0), (1, 0, 0, 0)]
    assert decode(EVENTS_RAW, first.value, first.headers["schema"]).barrier_id == UUID(int=0)
    assert await world.begin() == 0, "it is safe to repeat"


async def test_beginning_twice_at_once_begins_each_partition_once(world):
    await world.query("DELETE FROM partition_progress")
    await world.query("DELETE FROM consumer_offsets")
    await world.recreate_events()

    assert sum(await asyncio.gather(*(world.begin() for _ in range(3)))) == 2

    assert await world.resume() == 0
    assert isinstance(await world.handler.handle(await world.batch(0)), Applied)
    assert (await world.query("SELECT marker FROM consumer_offsets WHERE partition = 0"))[0][0] >= 1


async def test_a_log_without_a_row_that_does_not_begin_with_the_marker_is_refused(world):
    await world.query("DELETE FROM partition_progress")
    await world.query("DELETE FROM consumer_offsets")
    await world.recreate_events()
    await world.use("call-1")

    with pytest.raises(ForeignLog):
        await world.begin()
    assert await world.query("SELECT FROM consumer_offsets") == []


async def test_events_sent_twice_over_two_partitions_are_counted_once_by_the_consumer_loop(world):
    async with _counting(world):
        for number in range(30):
            await world.use(f"call-{number}", partition=number % 2)
            await world.use(f"call-{number}", partition=0)
        await eventually(lambda: _positions_are(world, [46, 16]))

    assert await world.counted() == 30
    (row,) = await world.query("SELECT sum(counted) AS counted, sum(duplicate) AS duplicate FROM consumer_offsets")
    assert (row["counted"], row["duplicate"]) == (30, 30)


async def test_a_partition_without_a_row_halts(world):
    assert await world.handler.resume(7, await world.reader.bounds(0)) == Halt(
        "position_unknown", "partition 7 has no row: run the migration"
    )


async def test_a_stale_worker_is_sent_to_the_stored_position(world):
    await world.resume()
    await world.use("call-1")
    batch = await world.batch(0)
    await world.handler.handle(batch)

    assert await world.handler.handle(batch) == Stale(seek_to=2)


async def test_an_end_that_was_asked_for_before_another_worker_counted_on_halts_nobody(world):
    await world.resume()
    before = await world.reader.bounds(0)
    await world.use("call-1")
    await world.handler.handle(await world.batch(0))

    assert await world.handler.resume(0, before) == 2


async def test_a_worker_of_an_older_generation_learns_the_new_one_and_goes_on(world):
    await world.resume()
    await world.use("call-1")
    await world.query("UPDATE consumer_offsets SET generation = 99")

    assert await world.handler.handle(await world.batch(0)) == Stale(seek_to=0)
    assert await world.handler.handle(await world.batch(0)) == Applied(2)
    (row,) = await world.query("SELECT DISTINCT generation FROM aggregated_usage")
    assert row["generation"] == 99


async def test_an_event_of_an_unknown_metric_waits_until_the_metric_is_known(world):
    await world.resume()
    await world.use("call-1")
    unknown = new_id()
    record = decode_last(await world.batch(0))
    await world.send(_feeding(record, "call-2", unknown))
    await world.use("call-3")
    batch = await world.batch(0)

    assert await world.handler.handle(batch) == Applied(2), "what stands in front of it is counted"
    assert await world.handler.handle(await world.batch(2)) == Blocked(f"unknown_metric:{world.org_id}/{unknown}")
    assert await world.counted() == 1

    await world.publish(_metric(world.org_id, unknown))

    assert await world.handler.handle(await world.batch(2)) == Applied(4)
    assert await world.counted() == 3


async def test_a_schema_of_a_later_version_blocks_and_is_never_skipped(world):
    await world.resume()
    await world.handler.handle(await world.batch(0))
    batch = await world.batch(0)

    later = msgspec.structs.replace(batch.records[0], offset=1, headers={"schema": b"events.raw/2"})

    assert await world.handler.handle(replace(batch, asked=1, records=(later,))) == Blocked(
        "unknown_schema:events.raw/2"
    )


async def test_a_hole_in_the_log_is_counted_as_skipped(world):
    await world.resume()
    async with _transactions(world) as commit:
        for number in range(2):
            await commit(world.event(f"call-{number}"))
    await eventually(lambda: _ends_at(world, 5))
    await world.use("call-2")
    batch = await world.batch(0)
    assert [record.offset for record in batch.records] == [0, 1, 3, 5], "what ends a transaction takes an offset"

    assert await world.handler.handle(batch) == Applied(6)
    (row,) = await world.query("SELECT counted, skipped, marker FROM consumer_offsets WHERE partition = 0")
    assert tuple(row) == (3, 2, 1)


@pytest.mark.parametrize("missing", [0, 2])
async def test_a_record_that_can_be_read_is_never_counted_as_a_hole(world, missing):
    await world.resume()
    for number in range(4):
        await world.use(f"call-{number}")
    batch = await world.batch(0)

    with pytest.raises(RecordPassedOver):
        await world.handler.handle(
            replace(batch, records=tuple(record for record in batch.records if record.offset != missing))
        )

    assert await world.counted() == 0
    assert await world.handler.handle(batch) == Applied(5)


async def test_records_deleted_before_they_were_counted_halt_the_partition(world):
    await world.resume()
    await world.handler.handle(await world.batch(0))
    for number in range(3):
        await world.use(f"call-{number}")
    await world.delete_before(3)

    assert (await world.handler.handle(await world.batch(1))).reason == "log_truncated"
    assert (await world.resume()).reason == "log_truncated"
    assert await world.counted() == 0


async def test_a_topic_recreated_behind_the_aggregator_halts_at_assignment(world):
    await world.resume()
    await world.use("call-1")
    await world.handler.handle(await world.batch(0))
    await world.recreate_events()

    assert (await world.resume()).reason == "log_recreated", "the position lies behind the new log's end"
    for number in range(5):
        await world.use(f"again-{number}")
    assert (await world.resume()).reason == "log_recreated", "the last record folded is another one"
    assert await world.counted() == 1


async def test_a_topic_recreated_under_a_running_worker_halts_at_the_next_marker(world):
    await world.resume()
    await world.use("call-1")
    await world.handler.handle(await world.batch(0))
    await world.recreate_events()
    for number in range(3):
        await world.use(f"again-{number}")
    await world.mark()
    told = len(await world.query("SELECT FROM outbox"))

    halt = await world.handler.handle(await world.batch(2))

    assert halt.reason == "log_recreated"
    assert await world.counted() == 1
    assert len(await world.query("SELECT FROM outbox")) == told, "the marker is not echoed, so nothing is billed"


async def test_a_topic_recreated_under_the_consumer_loop_halts(world):
    async with _counting(world) as consumer:
        await world.use("call-1")
        await eventually(lambda: _positions_are(world, [2, 1]))
        await world.recreate_events()
        await world.mark()
        await eventually(lambda: isinstance(consumer.halted.get(0), Halt), 30)

        assert consumer.halted[0].reason == "log_recreated"
    assert await world.counted() == 1


async def test_a_marker_whose_predecessor_retention_deleted_is_vouched_for_by_the_last_record(world):
    await world.resume()
    await world.use("call-1")
    await world.use("call-2")
    await world.handler.handle(await world.batch(0))
    await world.delete_before(2)
    await world.mark()

    assert await world.handler.handle(await world.batch(3)) == Applied(4)


async def test_a_marker_is_refused_when_the_last_record_is_another_one(world):
    await world.resume()
    await world.use("call-1")
    await world.use("call-2")
    await world.handler.handle(await world.batch(0))
    await world.query("UPDATE consumer_offsets SET last_hash = sha256('other') WHERE partition = 0")
    await world.delete_before(2)
    await world.mark()

    assert (await world.handler.handle(await world.batch(3))).reason == "log_recreated"


async def test_everything_deleted_by_retention_leaves_the_bounds_to_decide(world):
    await world.resume()
    await world.use("call-1")
    await world.handler.handle(await world.batch(0))
    await world.delete_before(2)

    assert await world.resume() == 2
    await world.mark()
    assert await world.handler.handle(await world.batch(2)) == Applied(3)


async def test_progress_is_the_last_append_until_a_partition_is_drained(world):
    clock = Clock()
    await world.resume()
    await world.use("call-1")
    await world.handler.handle(await world.batch(0))
    await world.use("call-2")
    await world.resume(1)
    await world.handler.handle(await world.batch(0, partition=1))
    last = (await world.reader.read_at(0, 1)).appended_at

    await tell_progress(world.engine, world.reader, clock, 2)
    async with transaction(world.engine) as tx:
        assert await progress.read_counted_through(tx) == last

    before = clock.wall()
    await world.handler.handle(await world.batch(2))
    await tell_progress(world.engine, world.reader, clock, 2)
    async with transaction(world.engine) as tx:
        assert before <= await progress.read_counted_through(tx) <= clock.wall() + timedelta(seconds=1)


async def test_progress_does_not_vouch_for_a_log_that_ends_before_the_position(world):
    await world.resume()
    await world.use("call-1")
    await world.handler.handle(await world.batch(0))
    await world.resume(1)
    await world.handler.handle(await world.batch(0, partition=1))
    last = (await world.reader.read_at(0, 1)).appended_at
    await world.recreate_events()

    await tell_progress(world.engine, world.reader, Clock(), 2)

    async with transaction(world.engine) as tx:
        assert await progress.read_counted_through(tx) <= last


@asynccontextmanager
async def _transactions(world):
    """Commits records to partition 0, each in a transaction of Kafka's: a record that nobody is given stands behind each."""
    producer = AIOKafkaProducer(
        bootstrap_servers=world.bus.settings.kafka_bootstrap, transactional_id=f"{world.bus.settings.topic_prefix}holes"
    )

    async def commit(record):
        async with producer.transaction():
            await producer.send_and_wait(
                world.bus.name(EVENTS_RAW),
                encode(record),
                partition=0,
                headers=[("schema", EVENTS_RAW.schema.encode())],
            )

    async with producer:
        yield commit


@asynccontextmanager
async def _counting(world):
    consumer = PartitionConsumer(world.bus, EVENTS_RAW, world.handler, group="aggregator")
    running = asyncio.create_task(consumer.run())
    try:
        yield consumer
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def _positions_are(world, expected):
    rows = await world.query("SELECT next_offset FROM consumer_offsets ORDER BY partition")
    return [row[0] for row in rows] == expected


async def _ends_at(world, offset):
    return (await world.reader.bounds(0)).end == offset


def decode_last(batch):
    record = batch.records[-1]
    return decode(EVENTS_RAW, record.value, record.headers["schema"])


def _feeding(record, key, metric_id):
    return msgspec.structs.replace(
        record, idempotency_key=key, event_id=event_id(record.org_id, key), metric_ids=(metric_id,)
    )


def _metric(org_id, metric_id):
    now = Clock().wall()
    return MetricRecord(
        org_id=org_id,
        metric_id=metric_id,
        code="LATER",
        event_name="LATER",
        aggregation="SUM",
        value_property=None,
        filters=(),
        group_by=(),
        status="active",
        active_from=now,
        created_at=now,
        version=1,
    )
