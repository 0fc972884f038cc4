"""Single places of a log are looked at as they are now: after deletion, in holes, and in another topic of the same name."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete

from usageflow_common.errors import Unavailable
from usageflow_common.kafka import Bus, LogBounds, LogReader, Outgoing, Producer
from usageflow_common.settings import BusSettings
from usageflow_common.testing import eventually
from usageflow_common.testing.plugin import Topics
from usageflow_common.topics import AUDIT_RECORDED, BILLING_EVENTS, EVENTS_RAW, INVOICE_CREATED


@pytest.fixture(scope="module")
async def producer(bus: Bus, topics: Topics) -> AsyncIterator[Producer]:
    await topics(EVENTS_RAW, BILLING_EVENTS, INVOICE_CREATED, AUDIT_RECORDED)
    producer = Producer(bus)
    await producer.start()
    yield producer
    await producer.stop()


@pytest.fixture
async def admin(bus: Bus) -> AsyncIterator[AIOKafkaAdminClient]:
    client = AIOKafkaAdminClient(bootstrap_servers=bus.settings.kafka_bootstrap)
    await client.start()
    yield client
    await client.close()


async def test_it_looks_at_many_places_at_once(bus: Bus, producer: Producer):
    await producer.send_all([Outgoing(EVENTS_RAW, b"k", str(n).encode(), partition=0) for n in range(50)])
    reader = LogReader(bus, EVENTS_RAW)
    await reader.start()

    found = await asyncio.gather(*(reader.read_at(0, offset) for offset in range(50)))

    assert [message.value for message in found if message] == [str(n).encode() for n in range(50)]
    assert await reader.bounds(0) == LogBounds(0, 50)
    assert await reader.read_at(0, 50) is None
    await reader.stop()


async def test_a_deleted_place_is_empty(bus: Bus, producer: Producer, admin: AIOKafkaAdminClient):
    await producer.send_all([Outgoing(BILLING_EVENTS, b"k", b"v", partition=0) for _ in range(10)])
    await admin.delete_records({TopicPartition(bus.name(BILLING_EVENTS), 0): RecordsToDelete(4)})
    reader = LogReader(bus, BILLING_EVENTS)

    assert await reader.bounds(0) == LogBounds(4, 10)
    assert await reader.read_at(0, 3) is None
    assert await reader.read_at(0, 4) is not None
    await reader.stop()


async def test_a_hole_is_empty(bus: Bus, producer: Producer):
    name = bus.name(INVOICE_CREATED)
    foreign = AIOKafkaProducer(bootstrap_servers=bus.settings.kafka_bootstrap, transactional_id=f"{name}-hole")
    await foreign.start()
    async with foreign.transaction():
        await foreign.send_and_wait(name, b"v", key=b"k", partition=0)
    await foreign.stop()
    reader = LogReader(bus, INVOICE_CREATED)
    await eventually(lambda: ends_at(reader, 2))  # the message and the transaction's own mark, which nobody can read

    assert await reader.read_at(0, 0) is not None
    assert await reader.read_at(0, 1) is None
    await producer.send(Outgoing(INVOICE_CREATED, b"k", b"v", partition=0))
    assert await reader.read_at(0, 1) is None
    assert await reader.read_at(0, 2) is not None
    await reader.stop()


async def ends_at(reader: LogReader, end: int) -> bool:
    return (await reader.bounds(0)).end == end


async def test_a_topic_that_was_made_again_is_another_log(bus: Bus, producer: Producer, admin: AIOKafkaAdminClient):
    await producer.send_all([Outgoing(AUDIT_RECORDED, b"k", b"old", partition=0) for _ in range(5)])
    reader = LogReader(bus, AUDIT_RECORDED)
    before = await reader.read_at(0, 0)

    await admin.delete_topics([bus.name(AUDIT_RECORDED)])
    await bus.ensure_topics([AUDIT_RECORDED])
    assert await reader.bounds(0) == LogBounds(0, 0)
    assert await reader.read_at(0, 0) is None
    await producer.send(Outgoing(AUDIT_RECORDED, b"k", b"old", partition=0))

    after = await reader.read_at(0, 0)
    assert before is not None
    assert after is not None
    assert after.value == before.value
    assert after.hash != before.hash  # the same message at the same offset, and yet another one
    await reader.stop()


async def test_a_kafka_that_is_away_is_said_so():
    reader = LogReader(Bus(BusSettings(kafka_bootstrap="127.0.0.1:1"), "test"), EVENTS_RAW, timeout_seconds=0.5)
    await reader.start()

    with pytest.raises(Unavailable):
        await reader.bounds(0)
    await reader.stop()
