"""The hot path into one topic: callers wait for a future, one task fills batches and has one or two under way for each partition.

A message is under way until it is acknowledged, or until nobody waits for it any more and it was not handed to aiokafka.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Sequence
from typing import Final
from uuid import UUID

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError
from aiokafka.producer.message_accumulator import BatchBuilder

from usageflow_common.errors import Overloaded, Unavailable
from usageflow_common.kafka.admission import EMPTY, Admission, Load
from usageflow_common.kafka.bus import Bus
from usageflow_common.kafka.connection import ProducerConnection
from usageflow_common.kafka.messages import MESSAGE_BYTES_MAX, Outgoing
from usageflow_common.logs import get_logger
from usageflow_common.metrics import FUNNEL_MESSAGES
from usageflow_common.topics import Topic

_BATCH_BYTES: Final = 512 * 1024
_BATCHES_UNDER_WAY: Final = 2  # for each partition: one at the broker, one that waits in aiokafka for its place
_AGAIN_SECONDS: Final = 0.1
_FLUSH_SECONDS: Final = 3.0
_RECORD_OVERHEAD_BYTES: Final = 512  # headers and framing


class Submission:
    """One caller's messages. `acknowledged` is resolved with the last of them; `is_abandoned` when nobody waits any more."""

    __slots__ = ("acknowledged", "is_abandoned", "left", "org_id")

    def __init__(self, org_id: UUID, left: int) -> None:
        self.org_id = org_id
        self.left = left
        self.is_abandoned = False
        self.acknowledged: asyncio.Future[None] = asyncio.get_running_loop().create_future()


class _Run:
    """Messages of one submission for one partition, in order. They enter, are sent and leave together where a batch holds them all."""

    __slots__ = ("bytes", "messages", "submission")

    def __init__(self, submission: Submission, messages: list[Outgoing], size: int) -> None:
        self.submission = submission
        self.messages = messages
        self.bytes = size

    def cut(self, count: int) -> _Run:
        """Take the first `count` messages out, as a run of their own."""
        first = self.messages[:count]
        size = sum(map(_size, first))
        self.messages = self.messages[count:]
        self.bytes -= size
        return _Run(self.submission, first, size)


class Funnel:
    """Takes messages for one topic until they are acknowledged: bounded, and one organization may fill a quarter of it."""

    def __init__(
        self,
        bus: Bus,
        topic: Topic,
        *,
        capacity_messages: int = 50_000,
        capacity_bytes: int = 64 * 2**20,
        timeout_seconds: float = 10.0,
    ) -> None:
        self._bus = bus
        self._topic = topic
        self._timeout_seconds = timeout_seconds
        self._admission = Admission(Load(capacity_messages, capacity_bytes))
        self._queues: list[deque[_Run]] = [deque() for _ in range(bus.partitions(topic))]
        self._under_way = [0] * bus.partitions(topic)
        self._connection = ProducerConnection(bus, batch_bytes=_BATCH_BYTES)
        self._work = asyncio.Event()
        self._empty = asyncio.Event()
        self._empty.set()
        self._senders: set[asyncio.Task[None]] = set()
        self._gauge = FUNNEL_MESSAGES.labels(topic.name)
        self._log = get_logger(__name__).bind(topic=topic.name)

    async def submit(self, org_id: UUID, messages: Sequence[Outgoing]) -> None:
        """Return when every message is acknowledged by all in-sync replicas.

        Overloaded: nothing was sent. Unavailable at the deadline: the outcome is unknown, the caller must retry with the same keys.
        """
        if not messages:
            return
        submission = self._admit(org_id, messages)
        try:
            async with asyncio.timeout(self._timeout_seconds):
                await submission.acknowledged
        except TimeoutError:
            raise Unavailable("Not acknowledged in time: retry with the same keys.") from None
        finally:
            submission.is_abandoned = True
            self._drop_abandoned()

    async def run(self) -> None:
        """The task. Ends when cancelled, or by raising what nobody can mend."""
        self._connection.start()
        try:
            while True:
                await self._work.wait()
                producer = await self._connection.live()
                self._work.clear()
                for partition, queue in enumerate(self._queues):
                    while queue and self._under_way[partition] < _BATCHES_UNDER_WAY:
                        self._send_next(producer, partition)
        finally:
            await self._connection.stop(flush_seconds=_FLUSH_SECONDS)
            if self._senders:
                await asyncio.wait(self._senders)

    async def drain(self, seconds: float) -> None:
        """Wait until nothing is queued or under way, at most so long."""
        try:
            async with asyncio.timeout(seconds):
                await self._empty.wait()
        except TimeoutError:
            self._log.warning("funnel_not_drained", messages=self._admission.inside.messages)

    def _admit(self, org_id: UUID, messages: Sequence[Outgoing]) -> Submission:
        sizes = list(map(_size, messages))
        if max(sizes) > MESSAGE_BYTES_MAX - _RECORD_OVERHEAD_BYTES:
            raise ValueError("A message is larger than what a broker takes.")
        if not self._admission.admit(org_id, Load(len(messages), sum(sizes))):
            raise Overloaded("The queue to Kafka is full.")
        submission = Submission(org_id, len(messages))
        runs: dict[int, _Run] = {}
        for message, size in zip(messages, sizes, strict=True):
            partition = message.partition
            if partition is None:
                partition = self._bus.partition_of(self._topic, message.key)
            run = runs.get(partition)
            if run is None:
                runs[partition] = _Run(submission, [message], size)
            else:
                run.messages.append(message)
                run.bytes += size
        for partition, run in runs.items():
            self._queues[partition].append(run)
        self._empty.clear()
        self._work.set()
        self._gauge.set(self._admission.inside.messages)
        return submission

    def _send_next(self, producer: AIOKafkaProducer, partition: int) -> None:
        """Fill a batch from the partition's queue and send it in a task of its own."""
        batch = producer.create_batch()
        taken: list[_Run] = []
        abandoned: list[_Run] = []
        queue = self._queues[partition]
        while queue:
            run = queue[0]
            if run.submission.is_abandoned:
                abandoned.append(queue.popleft())
                continue
            fitted = self._append(batch, run.messages)
            if fitted < len(run.messages):  # full
                if fitted:
                    taken.append(run.cut(fitted))
                break
            taken.append(queue.popleft())
        self._leave(abandoned)
        if taken:
            batch.close()
            self._under_way[partition] += 1
            sender = asyncio.create_task(self._send(producer, partition, batch, taken))
            self._senders.add(sender)
            sender.add_done_callback(self._senders.discard)

    def _append(self, batch: BatchBuilder, messages: Sequence[Outgoing]) -> int:
        """As many as fit, and how many those are. Messages of one submission mostly share their headers, which are rendered once."""
        now_ms = time.time_ns() // 1_000_000  # the broker replaces it by its own; the format wants one
        shared, headers = None, []
        for place, message in enumerate(messages):
            if message.headers is not shared:
                shared, headers = message.headers, self._bus.headers(message)
            if batch.append(timestamp=now_ms, key=message.key, value=message.value, headers=headers) is None:
                return place
        return len(messages)

    async def _send(self, producer: AIOKafkaProducer, partition: int, batch: BatchBuilder, taken: list[_Run]) -> None:
        try:
            acknowledgement = await producer.send_batch(batch, self._bus.name(self._topic), partition=partition)
            await acknowledgement
        except (KafkaError, AssertionError) as error:  # AssertionError: aiokafka does not know the partition
            # What failed leaves a gap in the sequence numbers: this producer can send no more to the partition.
            self._connection.discard(producer, error)
            self._log.warning(
                "batch_not_acknowledged",
                partition=partition,
                messages=sum(len(run.messages) for run in taken),
                error=repr(error),
            )
            self._queues[partition].extendleft(reversed(taken))
            await asyncio.sleep(_AGAIN_SECONDS)
        else:
            self._leave(taken)
        finally:
            self._under_way[partition] -= 1
            self._work.set()

    def _drop_abandoned(self) -> None:
        """All callers wait equally long, so what nobody waits for any more stands in front: an outage does not fill the queue."""
        abandoned: list[_Run] = []
        for queue in self._queues:
            while queue and queue[0].submission.is_abandoned:
                abandoned.append(queue.popleft())
        if abandoned:
            self._leave(abandoned)

    def _leave(self, done: list[_Run]) -> None:
        """Acknowledged or abandoned: make room, and tell whoever has nothing left under way."""
        for run in done:
            submission = run.submission
            self._admission.leave(submission.org_id, Load(len(run.messages), run.bytes))
            submission.left -= len(run.messages)
            if submission.left == 0 and not submission.acknowledged.done():
                submission.acknowledged.set_result(None)
        self._gauge.set(self._admission.inside.messages)
        if self._admission.inside == EMPTY:
            self._empty.set()


def _size(message: Outgoing) -> int:
    return len(message.key) + len(message.value)
