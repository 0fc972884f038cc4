"""Records that nobody will ever be able to read: kept beside their topic with the reason, so that they stop nothing and are not lost."""

from __future__ import annotations

import dataclasses

from usageflow_common.clock import Clock, instant_text
from usageflow_common.kafka import Incoming, Outgoing, Producer
from usageflow_common.logs import get_logger
from usageflow_common.topics import Topic

_log = get_logger(__name__)


def dead_letter_topic(topic: Topic) -> Topic:
    """`<topic>.dlq`, which exists for topics with `dead_letter`."""
    if not topic.dead_letter:
        raise ValueError(f"{topic.name} has no dead letters: its records are never skipped.")
    return dataclasses.replace(topic, name=f"{topic.name}.dlq", dead_letter=False)


class DeadLetters:
    """Buries records of one topic: key, value and headers unchanged, plus where they stood and why they are here."""

    def __init__(self, topic: Topic, producer: Producer, clock: Clock) -> None:
        self._source = topic
        self._topic = dead_letter_topic(topic)
        self._producer = producer
        self._clock = clock

    async def bury(self, partition: int, incoming: Incoming, detail: str, *, code: str = "unreadable") -> None:
        """Call before the position moves: a crash in between buries it twice, never not at all. SendFailed when Kafka is away."""
        _log.error("record_buried", topic=self._source.name, partition=partition, offset=incoming.offset, code=code)
        headers = {name: value.decode("utf-8", "replace") for name, value in incoming.headers.items()}
        reason = {
            "dlq_topic": self._source.name,
            "dlq_partition": str(partition),
            "dlq_offset": str(incoming.offset),
            "dlq_code": code,
            "dlq_detail": detail,
            "dlq_failed_at": instant_text(self._clock.wall()),
        }
        await self._producer.send(
            Outgoing(self._topic, incoming.key or b"", incoming.value or b"", partition, headers | reason)
        )
