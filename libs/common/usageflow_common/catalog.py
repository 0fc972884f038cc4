"""A compacted topic, followed in memory: ready after the first full read, lower versions ignored, never guessed.

Whoever meets a name it does not know reads to the present end before it refuses.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Final, Generic, TypeVar

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError

from usageflow_common.errors import Unavailable
from usageflow_common.kafka import Bus
from usageflow_common.kafka.backoff import Backoff
from usageflow_common.kafka.closing import close_consumer
from usageflow_common.kafka.reading import check_fetching, incoming
from usageflow_common.kafka.security import security_of
from usageflow_common.logs import get_logger
from usageflow_common.metrics import CONSUMER_ERRORS
from usageflow_common.records import ClockRecord, MetricRecord, OrganizationRecord
from usageflow_common.topics import Topic, UnknownSchema, Unreadable, decode

T = TypeVar("T", MetricRecord, OrganizationRecord, ClockRecord)

_CHECK_SECONDS: Final = 2.0
_READ_MS: Final = 1_000
_READ_RECORDS: Final = 1_000
_CLOSE_SECONDS: Final = 2.0
_REQUEST_TIMEOUT_MS: Final = 10_000


class CatalogBlocked(Exception):
    """A record that this version cannot read: nobody skips it, so the catalog ages until it can."""


class Catalog(Generic[T]):
    """The latest record of each key. Reads of `records` are plain dictionary look-ups."""

    def __init__(self, bus: Bus, topic: Topic, kind: type[T], *, on_change: Callable[[T], None] | None = None) -> None:
        """`on_change` is called, in the event loop, for each record that was taken (index it there by what you look up)."""
        self._bus = bus
        self._topic = topic
        self._kind: type[T] = kind
        self._on_change: Callable[[T], None] | None = on_change
        self._records: dict[str, T] = {}
        self._versions: dict[
            str, int
        ] = {}  # also of removed keys: an old record that is met again does not bring them back
        self._positions: dict[TopicPartition, int] = {}
        self._moved = asyncio.Event()
        self._wanted = asyncio.Event()
        self._round_begun = 0
        self._round_completed = 0
        self._round_ended = asyncio.Condition()
        self._complete_at = -math.inf
        self._log = get_logger(__name__).bind(topic=topic.name)

    async def run(self) -> None:
        """The task that follows the topic; survives a broker that is away. Raises what `on_change` raises."""
        backoff = Backoff()
        while True:
            complete_at = self._complete_at
            try:
                # In a task of its own: one whose TaskGroup has failed stays marked as cancelled, and before Python 3.11.3
                # it takes the end of its next timeout for that.
                await asyncio.create_task(self._follow(), name=f"{self._topic.name} connection")
            except* (KafkaError, OSError, TimeoutError) as group:
                self._log.warning("catalog_reads_again", error=repr(group.exceptions[0]))
            except* CatalogBlocked as group:
                CONSUMER_ERRORS.labels(self._topic.name).inc()
                self._log.error("catalog_blocked", error=str(group.exceptions[0]))
            if self._complete_at > complete_at:
                backoff.reset()
            await backoff.pause()

    @property
    def ready(self) -> bool:
        """Whether the topic was read to an end once."""
        return self._complete_at > -math.inf

    @property
    def age_seconds(self) -> float:
        """Seconds since the last moment at which everything there was had been read; infinite before the first."""
        return asyncio.get_running_loop().time() - self._complete_at

    @property
    def records(self) -> Mapping[str, T]:
        """By key (text)."""
        return MappingProxyType(self._records)

    async def read_to_end(self, *, timeout_seconds: float = 2.0) -> None:
        """Return when everything appended before the call has been read; Unavailable otherwise. Concurrent calls share one read."""
        needed = (
            self._round_begun + 1
        )  # the one under way may have asked where the log ends before our caller's record was there
        self._wanted.set()
        try:
            async with asyncio.timeout(timeout_seconds), self._round_ended:
                await self._round_ended.wait_for(lambda: self._round_completed >= needed)
        except TimeoutError:
            raise Unavailable(f"{self._topic.name} could not be read to its end in time.") from None

    async def _follow(self) -> None:
        """From the start of every partition on, until a connection fails."""
        # A broker answers one connection in order: a question about the log's end would wait behind the fetch that waits for news.
        consumer, asker = self._make(), self._make()
        try:
            await consumer.start()
            await asker.start()
            name = self._bus.name(self._topic)
            partitions = [TopicPartition(name, number) for number in range(self._bus.partitions(self._topic))]
            starts = await consumer.beginning_offsets(partitions)
            consumer.assign(partitions)
            for at, start in starts.items():
                consumer.seek(at, start)
            self._positions = dict(starts)
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._read(consumer, partitions))
                tasks.create_task(self._check(consumer, asker, partitions))
        finally:
            await asyncio.gather(*(close_consumer(each, seconds=_CLOSE_SECONDS) for each in (consumer, asker)))

    async def _read(self, consumer: AIOKafkaConsumer, partitions: Sequence[TopicPartition]) -> None:
        while True:
            read = await consumer.getmany(timeout_ms=_READ_MS, max_records=_READ_RECORDS)
            for records in read.values():
                for record in records:
                    self._take(record)
            for at in partitions:  # also past what compaction left without a record
                self._positions[at] = await consumer.position(at)
            self._moved.set()

    async def _check(
        self, consumer: AIOKafkaConsumer, asker: AIOKafkaConsumer, partitions: Sequence[TopicPartition]
    ) -> None:
        """Round after round: ask where the log ends, wait until that is read, and tell who asked before."""
        while True:
            self._round_begun = this_round = self._round_begun + 1
            self._wanted.clear()
            asked_at = asyncio.get_running_loop().time()
            ends = await asker.end_offsets(partitions)
            while self._is_behind(ends):
                self._moved.clear()
                if not await _is_set_within(self._moved, _CHECK_SECONDS):
                    check_fetching(consumer)
            self._complete_at = asked_at
            async with self._round_ended:
                self._round_completed = this_round
                self._round_ended.notify_all()
            await _is_set_within(self._wanted, _CHECK_SECONDS)

    def _is_behind(self, ends: Mapping[TopicPartition, int]) -> bool:
        return any(self._positions[at] < end for at, end in ends.items())

    def _take(self, record: ConsumerRecord) -> None:
        message = incoming(record)
        key = (message.key or b"").decode("utf-8", "replace")
        if message.value is None:
            self._records.pop(key, None)
            return
        decoded = decode(self._topic, message.value, message.headers.get("schema"))
        if isinstance(decoded, UnknownSchema | Unreadable) or not isinstance(decoded, self._kind):
            raise CatalogBlocked(f"offset {message.offset} of partition {record.partition}: {decoded!r:.200}")
        if decoded.version <= self._versions.get(key, -1):
            return
        self._versions[key] = decoded.version
        self._records[key] = decoded
        if self._on_change is not None:
            self._on_change(decoded)

    def _make(self) -> AIOKafkaConsumer:
        return AIOKafkaConsumer(
            bootstrap_servers=self._bus.settings.kafka_bootstrap,
            **security_of(self._bus.settings),
            client_id=f"usageflow-{self._bus.service}",
            group_id=None,
            auto_offset_reset="none",
            enable_auto_commit=False,
            request_timeout_ms=_REQUEST_TIMEOUT_MS,
        )


async def _is_set_within(event: asyncio.Event, seconds: float) -> bool:
    try:
        async with asyncio.timeout(seconds):
            return await event.wait()
    except TimeoutError:
        return False
