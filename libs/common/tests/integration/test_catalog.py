"""A compacted topic in memory: complete up to a known moment, never back to a lower version, never past what cannot be read."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient

from usageflow_common.catalog import Catalog
from usageflow_common.errors import Unavailable
from usageflow_common.ids import new_id
from usageflow_common.kafka import Bus, Outgoing, Producer
from usageflow_common.records import ClockRecord
from usageflow_common.settings import BusSettings
from usageflow_common.testing import eventually
from usageflow_common.testing.plugin import Topics
from usageflow_common.topics import CLOCKS_CHANGED, encode, tenant_key


@pytest.fixture(scope="module")
async def producer(bus: Bus, topics: Topics) -> AsyncIterator[Producer]:
    await topics(CLOCKS_CHANGED)
    producer = Producer(bus)
    await producer.start()
    yield producer
    await producer.stop()


@asynccontextmanager
async def following(catalog: Catalog[ClockRecord]) -> AsyncIterator[None]:
    task = asyncio.create_task(catalog.run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait({task})


def clock(org_id: UUID, *, version: int, offset: int = 0) -> Outgoing:
    record = ClockRecord(org_id=org_id, offset_microseconds=offset, version=version)
    return Outgoing(CLOCKS_CHANGED, tenant_key(org_id), encode(record))


async def test_it_is_ready_after_the_first_full_read_and_knows_how_old_it_is(bus: Bus, producer: Producer):
    org_id = new_id()
    await producer.send(clock(org_id, version=1, offset=7))
    catalog = Catalog(bus, CLOCKS_CHANGED, ClockRecord)
    assert not catalog.ready
    assert catalog.age_seconds == float("inf")

    async with following(catalog):
        await eventually(lambda: catalog.ready)

        assert catalog.records[str(org_id)].offset_microseconds == 7
        assert catalog.age_seconds < 5


async def test_whoever_reads_to_the_end_sees_what_was_appended_before(bus: Bus, producer: Producer):
    catalog = Catalog(bus, CLOCKS_CHANGED, ClockRecord)
    async with following(catalog):
        for version in range(1, 30):
            org_id = new_id()
            await producer.send(clock(org_id, version=version))
            await asyncio.gather(*(catalog.read_to_end(timeout_seconds=10) for _ in range(5)))

            assert catalog.records[str(org_id)].version == version


async def test_lower_and_equal_versions_are_ignored(bus: Bus, producer: Producer):
    org_id = new_id()
    taken: list[ClockRecord] = []
    catalog = Catalog(bus, CLOCKS_CHANGED, ClockRecord, on_change=taken.append)
    async with following(catalog):
        for version, offset in ((1, 10), (3, 30), (2, 20), (3, 31)):
            await producer.send(clock(org_id, version=version, offset=offset))
        await catalog.read_to_end(timeout_seconds=10)

    assert catalog.records[str(org_id)].offset_microseconds == 30
    assert [record.version for record in taken if record.org_id == org_id] == [1, 3]


async def test_a_tombstone_removes_and_an_old_record_does_not_bring_back(bus: Bus, producer: Producer):
    org_id = new_id()
    foreign = AIOKafkaProducer(bootstrap_servers=bus.settings.kafka_bootstrap)
    await foreign.start()
    catalog = Catalog(bus, CLOCKS_CHANGED, ClockRecord)
    async with following(catalog):
        await producer.send(clock(org_id, version=4))
        await foreign.send_and_wait(bus.name(CLOCKS_CHANGED), None, key=tenant_key(org_id))
        await catalog.read_to_end(timeout_seconds=10)
        assert str(org_id) not in catalog.records

        await producer.send(clock(org_id, version=3))
        await catalog.read_to_end(timeout_seconds=10)
        assert str(org_id) not in catalog.records
    await foreign.stop()


async def test_it_goes_on_in_a_topic_that_was_made_again(bus: Bus):
    org_id, later = new_id(), new_id()
    other = Bus(bus.settings.model_copy(update={"topic_prefix": f"{bus.settings.topic_prefix}again."}), "test")
    await other.ensure_topics([CLOCKS_CHANGED])
    sender = Producer(other)
    await sender.start()
    await sender.send_all([clock(org_id, version=version) for version in (1, 2, 3)])
    catalog = Catalog(other, CLOCKS_CHANGED, ClockRecord)
    async with following(catalog):
        await catalog.read_to_end(timeout_seconds=10)

        await delete_topic(other)
        await other.ensure_topics([CLOCKS_CHANGED])
        await sender.send(clock(later, version=1))

        await eventually(lambda: str(later) in catalog.records, 30)
    await sender.stop()


async def delete_topic(bus: Bus) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bus.settings.kafka_bootstrap)
    await admin.start()
    await admin.delete_topics([bus.name(CLOCKS_CHANGED)])
    await admin.close()


async def test_reading_to_the_end_fails_when_kafka_is_away():
    catalog = Catalog(Bus(BusSettings(kafka_bootstrap="127.0.0.1:1"), "test"), CLOCKS_CHANGED, ClockRecord)
    async with following(catalog):
        with pytest.raises(Unavailable):
            await catalog.read_to_end(timeout_seconds=0.3)
        assert not catalog.ready


async def test_a_record_of_a_newer_schema_is_waited_for_and_not_skipped(bus: Bus, producer: Producer):
    behind = new_id()
    foreign = AIOKafkaProducer(bootstrap_servers=bus.settings.kafka_bootstrap)
    await foreign.start()
    catalog = Catalog(bus, CLOCKS_CHANGED, ClockRecord)
    async with following(catalog):
        await catalog.read_to_end(timeout_seconds=10)
        newer = [("schema", b"clocks.changed/2")]
        await foreign.send_and_wait(bus.name(CLOCKS_CHANGED), b"{}", key=b"newer", headers=newer)
        await producer.send(clock(behind, version=1))

        with pytest.raises(Unavailable):
            await catalog.read_to_end(timeout_seconds=1)
        assert str(behind) not in catalog.records
        assert catalog.age_seconds > 0.9
    await foreign.stop()


async def test_a_key_that_is_no_text_blocks_the_catalog_and_not_its_process(bus: Bus, producer: Producer):
    other = Bus(bus.settings.model_copy(update={"topic_prefix": f"{bus.settings.topic_prefix}key."}), "test")
    await other.ensure_topics([CLOCKS_CHANGED])
    foreign = AIOKafkaProducer(bootstrap_servers=bus.settings.kafka_bootstrap)
    await foreign.start()
    await foreign.send_and_wait(other.name(CLOCKS_CHANGED), b"{", key=b"\xff", partition=0)
    await foreign.stop()
    catalog = Catalog(other, CLOCKS_CHANGED, ClockRecord)
    task = asyncio.create_task(catalog.run())
    with pytest.raises(Unavailable):
        await catalog.read_to_end(timeout_seconds=1)
    assert not task.done()
    assert not task.cancelling(), "marked by a failed TaskGroup: before Python 3.11.3 its next timeout would end it"
    task.cancel()
    await asyncio.wait({task})
