"""Topics are brought to their settings, by one process or by several at once."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from usageflow_common.kafka import Bus, TopicMismatch
from usageflow_common.settings import BusSettings
from usageflow_common.testing import eventually
from usageflow_common.testing.plugin import Topics
from usageflow_common.topics import BILLING_EVENTS, EVENTS_RAW, METRICS_CHANGED


@pytest.fixture(scope="module")
async def admin(bus: Bus, topics: Topics) -> AsyncIterator[AIOKafkaAdminClient]:
    await topics()
    client = AIOKafkaAdminClient(bootstrap_servers=bus.settings.kafka_bootstrap)
    await client.start()
    yield client
    await client.close()


async def settings_of(admin: AIOKafkaAdminClient, name: str) -> dict[str, str]:
    [answer] = await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, name)])
    return {entry[0]: entry[1] for entry in answer.resources[0][4]}


async def test_several_processes_may_make_the_same_topics_at_once(bus: Bus, admin: AIOKafkaAdminClient):
    await asyncio.gather(*(bus.ensure_topics([EVENTS_RAW, BILLING_EVENTS, METRICS_CHANGED]) for _ in range(4)))

    made = {topic["topic"]: len(topic["partitions"]) for topic in await admin.describe_topics()}
    assert made[bus.name(EVENTS_RAW)] == bus.settings.event_partitions
    assert made[bus.name(BILLING_EVENTS)] == made[f"{bus.name(BILLING_EVENTS)}.dlq"] == 4
    assert f"{bus.name(EVENTS_RAW)}.dlq" not in made


async def test_what_differs_is_set_and_what_operators_added_stays(bus: Bus, admin: AIOKafkaAdminClient):
    await bus.ensure_topics([EVENTS_RAW])
    name = bus.name(EVENTS_RAW)
    await admin.alter_configs(
        [ConfigResource(ConfigResourceType.TOPIC, name, {"retention.ms": "1000", "max.message.bytes": "2000000"})]
    )
    assert (await settings_of(admin, name))["message.timestamp.type"] == "LogAppendTime"  # by the broker's default

    async def is_altered() -> bool:
        return (await settings_of(admin, name))["max.message.bytes"] == "2000000"

    await eventually(is_altered)  # the controller has it before the broker tells of it

    await bus.ensure_topics([EVENTS_RAW])

    async def is_set() -> bool:
        return (await settings_of(admin, name))["retention.ms"] == str(14 * 24 * 3600 * 1000)

    await eventually(is_set)
    settings = await settings_of(admin, name)
    assert settings["unclean.leader.election.enable"] == "false"
    assert settings["max.message.bytes"] == "2000000"


async def test_another_number_of_partitions_is_refused_and_never_changed(bus: Bus, admin: AIOKafkaAdminClient):
    await bus.ensure_topics([EVENTS_RAW])

    for partitions in (1, 5):
        other = Bus(bus.settings.model_copy(update={"event_partitions": partitions}), "test")
        with pytest.raises(TopicMismatch, match=f"has 2 partitions, but the settings say {partitions}"):
            await other.ensure_topics([EVENTS_RAW])

    made = {topic["topic"]: len(topic["partitions"]) for topic in await admin.describe_topics()}
    assert made[bus.name(EVENTS_RAW)] == 2


async def test_a_kafka_that_is_away_is_waited_for_only_so_long():
    nowhere = Bus(BusSettings(kafka_bootstrap="127.0.0.1:1"), "test")

    with pytest.raises(TimeoutError):
        await nowhere.ensure_topics([EVENTS_RAW], timeout_seconds=0.5)
