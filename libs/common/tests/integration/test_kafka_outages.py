"""A broker that is killed and comes back ends nothing: what was acknowledged is there, what was not is known, all is counted once.

The broker of these tests is their own.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from usageflow_sample.ledger import Ledger, Worker

from usageflow_common.catalog import Catalog
from usageflow_common.errors import Unavailable
from usageflow_common.ids import new_id
from usageflow_common.kafka import Bus, Funnel, LogReader, Outgoing, PartitionConsumer, Placement, Producer
from usageflow_common.kafka.closing import close_consumer
from usageflow_common.records import ClockRecord
from usageflow_common.settings import BusSettings
from usageflow_common.testing import eventually
from usageflow_common.topics import AUDIT_RECORDED, BILLING_EVENTS, CLOCKS_CHANGED, EVENTS_RAW, encode, tenant_key
from usageflow_local.kafka import LocalKafka


@pytest.fixture(scope="module")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalKafka]:
    with LocalKafka(tmp_path_factory.mktemp("kafka"), throwaway=True) as kafka:
        yield kafka


@pytest.fixture(scope="module")
async def own_bus(kafka: LocalKafka) -> Bus:
    bus = Bus(BusSettings(kafka_bootstrap=kafka.bootstrap, event_partitions=2), "test")
    await bus.ensure_topics([EVENTS_RAW, AUDIT_RECORDED, BILLING_EVENTS, CLOCKS_CHANGED])
    return bus


@asynccontextmanager
async def running(*tasks) -> AsyncIterator[None]:
    started = [asyncio.create_task(task.run()) for task in tasks]
    try:
        yield
        assert not [task for task in started if task.done()]
    finally:
        for task in started:
            task.cancel()
        await asyncio.wait(started)


async def kill(kafka: LocalKafka) -> None:
    await asyncio.to_thread(kafka.kill)


async def start(kafka: LocalKafka) -> None:
    await asyncio.to_thread(kafka.start)


async def test_what_the_funnel_acknowledged_is_counted_once_though_the_broker_was_killed(
    kafka: LocalKafka, own_bus: Bus
):
    funnel = Funnel(own_bus, EVENTS_RAW, timeout_seconds=2)
    worker = Worker(Ledger())
    consumer = PartitionConsumer(own_bus, EVENTS_RAW, worker, group="outage", session_timeout_seconds=3)
    acknowledged: set[bytes] = set()
    refused = 0
    is_over = False

    async def caller(number: int) -> None:
        nonlocal refused
        org_id, count = new_id(), 0
        while not is_over:
            values = [f"{number}/{count}/{n}".encode() for n in range(20)]
            try:
                await funnel.submit(org_id, [Outgoing(EVENTS_RAW, value, value) for value in values])
            except Unavailable:
                refused += 1
            else:
                acknowledged.update(values)
            count += 1

    async with running(funnel, consumer):
        await funnel.submit(new_id(), [Outgoing(EVENTS_RAW, b"first", b"first")])
        async with asyncio.TaskGroup() as callers:
            for number in range(10):
                callers.create_task(caller(number))
            await eventually(lambda: len(acknowledged) > 1_000)
            await kill(kafka)
            await eventually(lambda: refused >= 20)
            await start(kafka)
            before = len(acknowledged)
            await eventually(lambda: len(acknowledged) > before + 1_000, 30)
            is_over = True
        await eventually(lambda: acknowledged <= set(worker.ledger.values()), 30)

    places = [(partition, offset) for partition, offset, _ in worker.ledger.counted]
    assert len(places) == len(set(places))
    assert worker.ledger.skipped == 0


async def test_a_producer_keeps_order_over_an_outage(kafka: LocalKafka, own_bus: Bus):
    producer = Producer(own_bus, timeout_seconds=1)
    await producer.start()
    waiting = [Outgoing(AUDIT_RECORDED, b"org", f"{n}".encode()) for n in range(60)]
    sent = 0

    async def relay_once() -> bool:
        """As the outbox does: what was acknowledged goes, what was not is sent again, in order."""
        nonlocal sent
        for result in await producer.send_all(waiting[sent : sent + 5]):
            if not isinstance(result, Placement):
                return False
            sent += 1
        return True

    await eventually(relay_once)
    await kill(kafka)
    for _ in range(3):
        assert not await relay_once()
    await start(kafka)

    async def relay_rest() -> bool:
        return await relay_once() and sent == len(waiting)

    await eventually(relay_rest, 30)
    await producer.stop()

    reader = LogReader(own_bus, AUDIT_RECORDED)
    partition = own_bus.partition_of(AUDIT_RECORDED, b"org")
    bounds = await reader.bounds(partition)
    read = [await reader.read_at(partition, offset) for offset in range(bounds.end)]
    values = [int(message.value or b"") for message in read if message]
    first_seen = list(dict.fromkeys(values))
    assert first_seen == list(range(60))
    await reader.stop()


async def test_a_catalog_says_how_old_it_is_and_catches_up(kafka: LocalKafka, own_bus: Bus):
    producer = Producer(own_bus)
    await producer.start()
    org_id = new_id()

    async def put(version: int) -> None:
        record = ClockRecord(org_id=org_id, offset_microseconds=0, version=version)
        await producer.send(Outgoing(CLOCKS_CHANGED, tenant_key(org_id), encode(record)))

    await put(1)
    catalog = Catalog(own_bus, CLOCKS_CHANGED, ClockRecord)
    async with running(catalog):
        await catalog.read_to_end(timeout_seconds=10)
        await kill(kafka)
        with pytest.raises(Unavailable):
            await catalog.read_to_end(timeout_seconds=0.5)
        assert catalog.records[str(org_id)].version == 1
        await eventually(lambda: catalog.age_seconds > 3)
        await start(kafka)
        await put(2)

        await eventually(lambda: catalog.records[str(org_id)].version == 2, 30)
        await eventually(lambda: catalog.age_seconds < 3, 30)
    await producer.stop()


async def test_consumers_close_in_the_middle_of_an_outage(kafka: LocalKafka, own_bus: Bus):
    consumers = [
        AIOKafkaConsumer(bootstrap_servers=kafka.bootstrap, group_id=None, auto_offset_reset="none") for _ in range(5)
    ]
    for consumer in consumers:
        await consumer.start()
        consumer.assign([TopicPartition(own_bus.name(CLOCKS_CHANGED), 0)])
        await consumer.seek_to_end()
    await kill(kafka)
    await asyncio.gather(*(consumer.getmany(timeout_ms=1500) for consumer in consumers))
    closing = [asyncio.create_task(close_consumer(consumer, seconds=2)) for consumer in consumers]
    await asyncio.wait(closing)
    await start(kafka)
    assert [task for task in closing if task.cancelled()] == []
    for task in closing:
        task.result()


async def test_everything_that_starts_while_the_broker_is_away_works_when_it_comes(kafka: LocalKafka, own_bus: Bus):
    await kill(kafka)
    worker = Worker(Ledger())
    consumer = PartitionConsumer(own_bus, BILLING_EVENTS, worker, group="outage", session_timeout_seconds=3)
    reader = LogReader(own_bus, BILLING_EVENTS, timeout_seconds=1)
    producer = Producer(own_bus, timeout_seconds=20)
    await producer.start()
    await reader.start()
    with pytest.raises(Unavailable):
        await reader.bounds(0)
    async with running(consumer):
        sending = asyncio.create_task(producer.send(Outgoing(BILLING_EVENTS, b"key", b"value", partition=0)))
        await start(kafka)

        assert await sending == Placement(0, 0)
        await eventually(lambda: worker.ledger.values() == [b"value"], 30)
        await eventually(lambda: answers(reader), 30)
    await reader.stop()
    await producer.stop()


async def answers(reader: LogReader) -> bool:
    try:
        return (await reader.bounds(0)).end == 1
    except Unavailable:
        return False
