"""The hot path: acknowledged or not promised; bounded, and nobody fills it alone."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

import pytest
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from usageflow_common.errors import Overloaded, Unavailable
from usageflow_common.ids import new_id
from usageflow_common.kafka import Bus, Funnel, LogBounds, LogReader, Outgoing
from usageflow_common.settings import BusSettings
from usageflow_common.testing import eventually
from usageflow_common.testing.plugin import Topics
from usageflow_common.topics import AUDIT_RECORDED, EVENTS_RAW, INVOICE_CREATED, Topic

ORG = UUID(int=1)
NOWHERE = Bus(BusSettings(kafka_bootstrap="127.0.0.1:1", event_partitions=2), "test")


@asynccontextmanager
async def running(funnel: Funnel) -> AsyncIterator[Funnel]:
    task = asyncio.create_task(funnel.run())
    try:
        yield funnel
    finally:
        task.cancel()
        await asyncio.wait({task})


def events(count: int, *, topic: Topic = EVENTS_RAW, size: int = 100) -> list[Outgoing]:
    return [Outgoing(topic, f"customer-{number % 9}".encode(), b"x" * size) for number in range(count)]


async def ends(bus: Bus, topic: Topic) -> list[LogBounds]:
    reader = LogReader(bus, topic)
    try:
        return [await reader.bounds(partition) for partition in range(bus.partitions(topic))]
    finally:
        await reader.stop()


async def test_everything_submitted_is_appended_once_when_nothing_fails(bus: Bus, topics: Topics):
    await topics(EVENTS_RAW)
    async with running(Funnel(bus, EVENTS_RAW)) as funnel:
        await asyncio.gather(*(funnel.submit(new_id(), events(97)) for _ in range(100)))

        assert sum(bounds.end for bounds in await ends(bus, EVENTS_RAW)) == 9_700


async def test_one_organization_may_fill_a_quarter_while_others_enter():
    funnel = Funnel(NOWHERE, EVENTS_RAW, capacity_messages=400, timeout_seconds=0.5)
    loud = asyncio.gather(*(funnel.submit(ORG, events(20)) for _ in range(5)), return_exceptions=True)
    await asyncio.sleep(0)

    with pytest.raises(Overloaded):
        await funnel.submit(ORG, events(1))
    with pytest.raises(Unavailable) as refusal:
        await funnel.submit(new_id(), events(20))
    assert refusal.value.code == "unavailable"
    assert all(type(each) is Unavailable for each in await loud)


async def test_what_nobody_waits_for_any_more_leaves_the_queue_to_others():
    funnel = Funnel(NOWHERE, EVENTS_RAW, capacity_messages=40, timeout_seconds=0.1)
    async with running(funnel):
        for _ in range(5):
            with pytest.raises(Unavailable) as refusal:
                await funnel.submit(ORG, events(10))
            assert refusal.value.code == "unavailable"
        await funnel.drain(0.1)


async def test_a_refused_batch_is_sent_again_by_another_producer(bus: Bus, topics: Topics):
    await topics(INVOICE_CREATED)
    admin = AIOKafkaAdminClient(bootstrap_servers=bus.settings.kafka_bootstrap)
    await admin.start()

    async def set_largest(size: str) -> None:
        change = ConfigResource(ConfigResourceType.TOPIC, bus.name(INVOICE_CREATED), {"max.message.bytes": size})
        await admin.alter_configs([change])

    async with running(Funnel(bus, INVOICE_CREATED, timeout_seconds=20)) as funnel:
        await funnel.submit(ORG, events(1, topic=INVOICE_CREATED))
        await set_largest("60")
        await eventually(lambda: is_refused(funnel))
        waiting = asyncio.create_task(funnel.submit(ORG, events(50, topic=INVOICE_CREATED)))
        await set_largest("1048588")

        await waiting
    assert sum(bounds.end for bounds in await ends(bus, INVOICE_CREATED)) >= 51
    await admin.close()


async def is_refused(funnel: Funnel) -> bool:
    try:
        async with asyncio.timeout(0.5):
            await funnel.submit(ORG, events(1, topic=INVOICE_CREATED))
    except TimeoutError:
        return True
    return False


async def test_large_and_small_messages_share_batches(bus: Bus, topics: Topics):
    await topics(AUDIT_RECORDED)
    async with running(Funnel(bus, AUDIT_RECORDED)) as funnel:
        mixed = [
            event
            for _ in range(10)
            for size in (900_000, 10, 300_000)
            for event in events(1, topic=AUDIT_RECORDED, size=size)
        ]

        await asyncio.gather(*(funnel.submit(ORG, mixed[at : at + 3]) for at in range(0, len(mixed), 3)))

        assert sum(bounds.end for bounds in await ends(bus, AUDIT_RECORDED)) == len(mixed)
        with pytest.raises(ValueError, match="larger"):
            await funnel.submit(ORG, events(1, topic=AUDIT_RECORDED, size=1_000_001))


async def test_draining_waits_until_everything_is_acknowledged(bus: Bus, topics: Topics):
    await topics(EVENTS_RAW)
    async with running(Funnel(bus, EVENTS_RAW)) as funnel:
        submitted = [asyncio.create_task(funnel.submit(new_id(), events(100))) for _ in range(20)]
        await asyncio.sleep(0)

        await funnel.drain(10)
        await asyncio.sleep(0)

        assert all(task.done() for task in submitted)
        await asyncio.gather(*submitted)
