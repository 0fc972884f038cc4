"""Brings topics to their required settings. Every step may be repeated, and two processes may do it at once."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, Final

import structlog
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import KafkaError, TopicAlreadyExistsError, for_code

from usageflow_common.errors import Unavailable
from usageflow_common.kafka.security import security_of
from usageflow_common.kafka.topic_settings import TopicSettings
from usageflow_common.logs import get_logger
from usageflow_common.settings import BusSettings

_POLL_SECONDS: Final = 0.1
_OVERRIDE_OF_THIS_TOPIC: Final = 1  # DescribeConfigs: the source of a value that was set on the topic itself


class TopicMismatch(Exception):
    """A topic has another number of partitions than the settings say. Adding some is an operator's step; none can be taken away."""


async def provision(settings: BusSettings, required: Sequence[TopicSettings], *, timeout_seconds: float) -> None:
    """Create what is missing, check partitions, set what differs. TimeoutError when Kafka cannot do it in time."""
    log = get_logger(__name__)
    async with asyncio.timeout(timeout_seconds):
        while True:
            admin = AIOKafkaAdminClient(
                bootstrap_servers=settings.kafka_bootstrap, client_id="usageflow-topics", **security_of(settings)
            )
            try:
                await admin.start()
                await _create_missing(admin, required, log)
                _check_partitions(await _wait_until_led(admin, required), required)
                await _set_overrides(admin, required, log)
            except KafkaError as error:
                # Also what cannot be mended by waiting is tried until the time is up: a broker that starts answers anything.
                log.warning("topics_not_ready", error=str(error))
                await asyncio.sleep(_POLL_SECONDS * 5)
            else:
                return
            finally:
                await admin.close()


async def differences(
    settings: BusSettings, required: Sequence[TopicSettings], *, timeout_seconds: float
) -> dict[str, list[str]]:
    """What is not as it must be, by topic, in words; nothing is changed. Unavailable when Kafka does not answer in time."""
    admin = AIOKafkaAdminClient(
        bootstrap_servers=settings.kafka_bootstrap, client_id="usageflow-doctor", **security_of(settings)
    )
    try:
        async with asyncio.timeout(timeout_seconds):
            await admin.start()
            described = {topic["topic"]: topic["partitions"] for topic in await admin.describe_topics()}
            present = await _overrides(admin, [topic.name for topic in required if topic.name in described])
    except (KafkaError, OSError, TimeoutError) as error:
        raise Unavailable("Kafka did not answer in time.") from error
    finally:
        await admin.close()
    found = {
        topic.name: _different(topic, described.get(topic.name), present.get(topic.name, {})) for topic in required
    }
    return {name: words for name, words in found.items() if words}


def _different(
    topic: TopicSettings, partitions: Sequence[Mapping[str, Any]] | None, own: Mapping[str, str]
) -> list[str]:
    if partitions is None:
        return ["is missing"]
    words = []
    if len(partitions) != topic.partitions:
        words.append(f"{len(partitions)} partitions, must be {topic.partitions}")
    replicas = min((len(partition["replicas"]) for partition in partitions), default=0)
    if replicas < topic.replicas:
        words.append(f"{replicas} replicas, must be {topic.replicas}")
    words += [
        f"{name} is {own.get(name, 'not set')}, must be {value}"
        for name, value in sorted(topic.overrides.items())
        if own.get(name) != value
    ]
    return words


async def _create_missing(
    admin: AIOKafkaAdminClient, required: Sequence[TopicSettings], log: structlog.stdlib.BoundLogger
) -> None:
    existing = set(await admin.list_topics())
    missing = [topic for topic in required if topic.name not in existing]
    if not missing:
        return
    answer = await admin.create_topics(
        [NewTopic(topic.name, topic.partitions, topic.replicas, topic_configs=topic.overrides) for topic in missing]
    )
    for name, code, message in answer.topic_errors:
        error = for_code(code)
        if code and error is not TopicAlreadyExistsError:  # somebody else was quicker
            raise error(f"{name}: {message}")
    log.info("topics_created", topics=[topic.name for topic in missing])


async def _wait_until_led(admin: AIOKafkaAdminClient, required: Sequence[TopicSettings]) -> Mapping[str, int]:
    """Partitions by topic, once every partition of every topic has a leader."""
    names = {topic.name for topic in required}
    while True:
        # All topics are asked for: to name one that is not there yet would let some brokers make it with their defaults.
        described = [topic for topic in await admin.describe_topics() if topic["topic"] in names]
        led = {topic["topic"]: len(topic["partitions"]) for topic in described if _is_led(topic)}
        if led.keys() == names:
            return led
        await asyncio.sleep(_POLL_SECONDS)


def _is_led(topic: Mapping[str, Any]) -> bool:
    return not topic["error_code"] and all(partition["leader"] >= 0 for partition in topic["partitions"])


def _check_partitions(found: Mapping[str, int], required: Sequence[TopicSettings]) -> None:
    for topic in required:
        if found[topic.name] != topic.partitions:
            raise TopicMismatch(
                f"Topic {topic.name} has {found[topic.name]} partitions, but the settings say {topic.partitions}."
            )


async def _set_overrides(
    admin: AIOKafkaAdminClient, required: Sequence[TopicSettings], log: structlog.stdlib.BoundLogger
) -> None:
    present = await _overrides(admin, [topic.name for topic in required])
    changes = []
    for topic in required:
        own = present[topic.name]
        if not topic.overrides.items() <= own.items():
            # The request replaces all overrides of a topic, so those that operators made are sent along.
            changes.append(ConfigResource(ConfigResourceType.TOPIC, topic.name, {**own, **topic.overrides}))
            log.info("topic_settings_changed", topic=topic.name)
    if not changes:
        return
    for answer in await admin.alter_configs(changes):
        for code, message, _, name in answer.resources:
            if code:
                raise for_code(code)(f"{name}: {message}")


async def _overrides(admin: AIOKafkaAdminClient, names: Sequence[str]) -> Mapping[str, Mapping[str, str]]:
    """What is set on each topic itself, beside the broker's defaults."""
    found: dict[str, dict[str, str]] = {}
    resources = [ConfigResource(ConfigResourceType.TOPIC, name) for name in names]
    for answer in await admin.describe_configs(resources):
        for code, message, _, name, entries in answer.resources:
            if code:
                raise for_code(code)(f"{name}: {message}")
            found[name] = {
                setting: value
                for setting, value, _, source, *_ in entries
                if source == _OVERRIDE_OF_THIS_TOPIC and value is not None
            }
    return found
