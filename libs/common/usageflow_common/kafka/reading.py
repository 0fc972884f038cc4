"""What aiokafka's consumers return, as values of our own; and how far a log reaches by the broker's own answer."""

from __future__ import annotations

import asyncio
import functools
from datetime import UTC, datetime, timedelta
from typing import Final

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError

from usageflow_common.kafka.messages import Incoming, LogBounds

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def incoming(record: ConsumerRecord) -> Incoming:
    """One message."""
    # By position: names cost as much as the tuple.
    return Incoming(record.offset, _instant(record.timestamp), record.key, record.value, dict(record.headers))


@functools.lru_cache(maxsize=256)
def _instant(milliseconds: int) -> datetime:
    """The broker's time, which the messages of one of its batches have in common."""
    return _EPOCH + timedelta(milliseconds=milliseconds)


async def ask_bounds(consumer: AIOKafkaConsumer, partition: TopicPartition) -> LogBounds:
    """Ask the partition's leader. What the consumer remembers may belong to a topic that was deleted since."""
    start, end = await asyncio.gather(consumer.beginning_offsets([partition]), consumer.end_offsets([partition]))
    return LogBounds(start[partition], end[partition])


def check_fetching(consumer: AIOKafkaConsumer) -> None:
    """Raise when the consumer fetches no more: its loop ends on an unforeseen error, and nothing else would tell."""
    fetching = consumer._fetcher.error_future  # noqa: SLF001 aiokafka shows it to nobody
    if fetching.done():
        fetching.result()
        raise KafkaError("The consumer stopped fetching.")
