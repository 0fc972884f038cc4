"""The way to Kafka: names with the prefix, the partition of a key, the headers of a message, topics with their settings."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from aiokafka.partitioner import murmur2

from usageflow_common.kafka.messages import Outgoing
from usageflow_common.kafka.provisioning import provision
from usageflow_common.kafka.topic_settings import required_topics
from usageflow_common.settings import BusSettings
from usageflow_common.topics import Topic

_REMEMBERED_KEYS: Final = 65_536
_POSITIVE: Final = 0x7FFF_FFFF


class Bus:
    """What every client of Kafka needs to know about this installation."""

    def __init__(self, settings: BusSettings, service: str) -> None:
        self.settings = settings
        self.service = service
        self._produced_by = ("produced_by", service.encode())
        # murmur2 is 60 lines of Python a key; the same customers come again and again.
        self._hash = lru_cache(maxsize=_REMEMBERED_KEYS)(murmur2)

    def name(self, topic: Topic) -> str:
        """The topic's name on this installation."""
        return self.settings.topic_prefix + topic.name

    def partitions(self, topic: Topic) -> int:
        """How many partitions the topic has: a setting, never what a client's metadata says."""
        return topic.partitions or self.settings.event_partitions

    def partition_of(self, topic: Topic, key: bytes) -> int:
        """murmur2(key) mod n as Java's default partitioner computes it, remembered for the keys of late."""
        hashed: int = self._hash(key)
        return (hashed & _POSITIVE) % self.partitions(topic)

    def headers(self, message: Outgoing) -> list[tuple[str, bytes]]:
        """The message's headers as they are sent: `schema`, `produced_by`, then its own."""
        headers = [("schema", message.topic.schema.encode()), self._produced_by]
        headers.extend((name, value.encode()) for name, value in message.headers.items())
        return headers

    async def ensure_topics(self, topics: Sequence[Topic], *, timeout_seconds: float = 30.0) -> None:
        """Create what is missing (with dead-letter topics) and set what differs; safe to repeat and to run twice at once.

        TopicMismatch when a topic has another number of partitions than the settings say, TimeoutError when Kafka is away.
        """
        required = [each for topic in topics for each in required_topics(topic, self.settings)]
        await provision(self.settings, required, timeout_seconds=timeout_seconds)
