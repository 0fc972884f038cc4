"""A message is acknowledged, or its sender knows that it may not have been; one that is refused takes no other with it for good."""

from collections.abc import AsyncIterator

import pytest
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from usageflow_common.kafka import MESSAGE_BYTES_MAX, Bus, LogReader, Outgoing, Placement, Producer, SendFailed
from usageflow_common.metrics import PRODUCER_REPLACED
from usageflow_common.settings import BusSettings
from usageflow_common.testing import eventually
from usageflow_common.testing.plugin import Topics
from usageflow_common.topics import BILLING_EVENTS, EVENTS_RAW


@pytest.fixture(scope="module")
async def producer(bus: Bus, topics: Topics) -> AsyncIterator[Producer]:
    await topics(EVENTS_RAW, BILLING_EVENTS)
    producer = Producer(bus)
    await producer.start()
    yield producer
    await producer.stop()


@pytest.fixture(scope="module")
async def reader(bus: Bus) -> AsyncIterator[LogReader]:
    reader = LogReader(bus, EVENTS_RAW)
    await reader.start()
    yield reader
    await reader.stop()


def placements(results: list[Placement | SendFailed]) -> list[Placement]:
    assert all(isinstance(result, Placement) for result in results), results
    return [result for result in results if isinstance(result, Placement)]


async def test_messages_of_a_partition_stand_in_the_order_in_which_they_were_sent(producer: Producer, bus: Bus):
    messages = [Outgoing(EVENTS_RAW, f"customer-{number % 7}".encode(), b"x" * 500) for number in range(2_000)]

    placed = placements(await producer.send_all(messages))

    for partition in range(bus.partitions(EVENTS_RAW)):
        offsets = [placement.offset for placement in placed if placement.partition == partition]
        assert offsets == sorted(offsets)
    assert [placement.partition for placement in placed] == [bus.partition_of(EVENTS_RAW, m.key) for m in messages]


async def test_a_message_is_read_as_it_was_sent(producer: Producer, reader: LogReader):
    placed = await producer.send(Outgoing(EVENTS_RAW, b"key", b"value", partition=1, headers={"request_id": "req_1"}))

    read = await reader.read_at(placed.partition, placed.offset)

    assert placed.partition == 1
    assert read is not None
    assert (read.key, read.value) == (b"key", b"value")
    assert read.headers == {"schema": b"events.raw/1", "produced_by": b"test", "request_id": b"req_1"}


async def test_a_message_that_is_too_large_holds_up_its_own_key_alone(producer: Producer):
    large = Outgoing(EVENTS_RAW, b"a", b"x" * (MESSAGE_BYTES_MAX + 1), partition=0)
    behind = Outgoing(EVENTS_RAW, b"a", b"x", partition=0)
    beside = Outgoing(EVENTS_RAW, b"b", b"x", partition=0)

    results = await producer.send_all([large, behind, beside])

    assert isinstance(results[0], SendFailed)
    assert isinstance(results[1], SendFailed)
    assert isinstance(results[2], Placement)


async def test_a_partition_that_does_not_exist_is_not_guessed(producer: Producer):
    with pytest.raises(SendFailed, match="no partition 99"):
        await producer.send(Outgoing(EVENTS_RAW, b"key", b"value", partition=99))


async def test_a_producer_whose_batch_was_refused_is_replaced(producer: Producer, bus: Bus):
    # aiokafka counts the refused batch in its sequence numbers: without another producer, every later batch would be refused too.
    admin = AIOKafkaAdminClient(bootstrap_servers=bus.settings.kafka_bootstrap)
    await admin.start()
    name = bus.name(BILLING_EVENTS)
    message = Outgoing(BILLING_EVENTS, b"key", b"y" * 5_000, partition=0)
    replaced = PRODUCER_REPLACED.labels("test")._value
    before = replaced.get()
    placements(await producer.send_all([message]))

    await admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, name, {"max.message.bytes": "100"})])
    await eventually(lambda: is_refused(producer, message))
    await admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, name, {"max.message.bytes": "1048588"})])
    await eventually(lambda: is_sent(producer, message))

    assert replaced.get() > before
    await admin.close()


async def is_sent(producer: Producer, message: Outgoing) -> bool:
    [result] = await producer.send_all([message])
    return isinstance(result, Placement)


async def is_refused(producer: Producer, message: Outgoing) -> bool:
    return not await is_sent(producer, message)


async def test_sending_fails_in_time_when_kafka_is_away():
    producer = Producer(Bus(BusSettings(kafka_bootstrap="127.0.0.1:1"), "test"), timeout_seconds=0.3)
    await producer.start()

    with pytest.raises(SendFailed):
        await producer.send(Outgoing(EVENTS_RAW, b"key", b"value"))
    await producer.stop()


async def test_what_is_under_way_is_flushed_at_the_end(bus: Bus, reader: LogReader):
    producer = Producer(bus)
    await producer.start()
    placed = placements(await producer.send_all([Outgoing(EVENTS_RAW, b"key", b"value") for _ in range(100)]))
    await producer.stop()

    assert await reader.read_at(placed[-1].partition, placed[-1].offset) is not None
    with pytest.raises(RuntimeError, match="not started"):
        await producer.send(Outgoing(EVENTS_RAW, b"key", b"value"))
