"""Looks at single places of a topic, outside any group: the check of a stored position against the log that is really there."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError, OffsetOutOfRangeError

from usageflow_common.errors import Unavailable
from usageflow_common.kafka.bus import Bus
from usageflow_common.kafka.closing import close_consumer
from usageflow_common.kafka.messages import Incoming, LogBounds
from usageflow_common.kafka.reading import ask_bounds, incoming
from usageflow_common.kafka.security import security_of
from usageflow_common.logs import get_logger
from usageflow_common.topics import Topic

_POLL_MS: Final = 500
_CLOSE_SECONDS: Final = 2.0
_FETCH_BYTES: Final = 64 * 1024  # Kafka returns at least one batch, however large it is


class LogReader:
    """One consumer, used by one caller at a time; connected at first use, and anew after a failure."""

    def __init__(self, bus: Bus, topic: Topic, *, timeout_seconds: float = 10.0) -> None:
        self._bus = bus
        self._name = bus.name(topic)
        self._timeout_seconds = timeout_seconds
        self._lock = asyncio.Lock()
        self._consumer: AIOKafkaConsumer | None = None
        self._log = get_logger(__name__).bind(topic=topic.name)

    async def start(self) -> None:
        """Connect. Does not fail when Kafka is away: the first look connects then."""
        async with self._lock:
            try:
                await self._connected()
            except (KafkaError, OSError) as error:
                self._log.warning("log_reader_waits_for_kafka", error=str(error))

    async def stop(self) -> None:
        """Close."""
        async with self._lock:
            await self._close()

    async def bounds(self, partition: int) -> LogBounds:
        """The log's present start and end (high watermark). Unavailable when Kafka does not answer in time."""
        async with self._looking() as consumer:
            return await ask_bounds(consumer, TopicPartition(self._name, partition))

    async def read_at(self, partition: int, offset: int) -> Incoming | None:
        """The message at exactly this offset; None when there is none (deleted, never written, or a hole).

        Unavailable when Kafka does not answer in time.
        """
        async with self._looking() as consumer:
            at = TopicPartition(self._name, partition)
            bounds = await ask_bounds(consumer, at)
            if not bounds.start <= offset < bounds.end:
                return None
            consumer.assign([at])
            consumer.seek(at, offset)
            try:
                return await _first_at(consumer, at, offset)
            finally:
                consumer.pause(at)  # else it would go on fetching what nobody asked for

    async def stream(self, partition: int, start: int | None = None) -> AsyncIterator[Incoming]:
        """Every message from `start` (None: the first that is there) to the end that the log has now. Unavailable as above."""
        bounds = await self.bounds(partition)
        at = TopicPartition(self._name, partition)
        position = bounds.start if start is None else max(start, bounds.start)
        while position < bounds.end:
            async with self._looking() as consumer:
                read, position = await _read_on(consumer, at, position)
            for message in read:
                if message.offset < bounds.end:
                    yield message

    @asynccontextmanager
    async def _looking(self) -> AsyncIterator[AIOKafkaConsumer]:
        """The consumer for one look; after a failure, another one for the next."""
        async with self._lock:
            try:
                async with asyncio.timeout(self._timeout_seconds):
                    yield await self._connected()
            except (KafkaError, OSError, TimeoutError) as error:
                await self._close()
                raise Unavailable("Kafka did not answer in time.") from error

    async def _connected(self) -> AIOKafkaConsumer:
        if self._consumer is None:
            consumer = AIOKafkaConsumer(
                bootstrap_servers=self._bus.settings.kafka_bootstrap,
                **security_of(self._bus.settings),
                client_id=f"usageflow-{self._bus.service}",
                group_id=None,
                auto_offset_reset="none",
                enable_auto_commit=False,
                request_timeout_ms=int(self._timeout_seconds * 1000),
                max_partition_fetch_bytes=_FETCH_BYTES,
            )
            try:
                await consumer.start()
            except BaseException:
                await consumer.stop()
                raise
            self._consumer = consumer
        return self._consumer

    async def _close(self) -> None:
        if self._consumer is not None:
            consumer, self._consumer = self._consumer, None
            await close_consumer(consumer, seconds=_CLOSE_SECONDS)


async def _read_on(consumer: AIOKafkaConsumer, at: TopicPartition, position: int) -> tuple[list[Incoming], int]:
    """The next messages, none where the log has a hole there, and the position behind them."""
    consumer.assign([at])
    consumer.seek(at, position)
    try:
        while True:
            read = await consumer.getmany(at, timeout_ms=_POLL_MS)
            reached = await consumer.position(at)
            if reached > position:
                return [incoming(record) for record in read.get(at, ())], reached
    finally:
        consumer.pause(at)


async def _first_at(consumer: AIOKafkaConsumer, at: TopicPartition, offset: int) -> Incoming | None:
    while True:
        try:
            read = await consumer.getmany(at, timeout_ms=_POLL_MS, max_records=1)
        except OffsetOutOfRangeError:
            return None  # deleted just now
        if records := read.get(at):
            return incoming(records[0]) if records[0].offset == offset else None
        if await consumer.position(at) > offset:
            return None  # from there on, nothing that can be read
