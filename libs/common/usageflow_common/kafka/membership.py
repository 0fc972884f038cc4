"""One membership in a consumer group: a loop for each partition that the group assigns, for as long as it assigns them.

aiokafka swallows what a rebalance callback raises, and hands out records while an asynchronous `on_partitions_assigned` still runs:
so that callback is synchronous, pauses first, and reports its failures to `serve`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition
from aiokafka.errors import IllegalStateError, KafkaError

from usageflow_common.kafka.closing import close_consumer
from usageflow_common.kafka.outcomes import Blocked, Halt, PartitionHandler
from usageflow_common.kafka.partition import BatchLimits, PartitionLoop
from usageflow_common.kafka.reading import check_fetching
from usageflow_common.logs import get_logger
from usageflow_common.metrics import CONSUMER_LAG

_LOOK_SECONDS: Final = 1.0
_REPORT_SECONDS: Final = 5.0
_COMMIT_SECONDS: Final = 2.0
_LEAVE_SECONDS: Final = 5.0


@dataclass(frozen=True, slots=True)
class Followed:
    """What is followed, and by whom. `topic` is its name in metrics, `log_name` its name on the broker."""

    topic: str
    log_name: str
    handler: PartitionHandler
    limits: BatchLimits
    drain_seconds: float


class Membership(ConsumerRebalanceListener):  # type: ignore[misc]  # aiokafka is untyped
    """The member's partitions; ends with the first failure of the consumer itself."""

    def __init__(self, consumer: AIOKafkaConsumer, followed: Followed) -> None:
        self._consumer = consumer
        self._followed = followed
        self._log = get_logger(__name__).bind(topic=followed.topic)
        self._loops: dict[TopicPartition, PartitionLoop] = {}
        self._committed: dict[TopicPartition, int] = {}
        self._is_leaving = False
        self._failure: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    @property
    def standing(self) -> Mapping[int, Halt | Blocked]:
        """Partitions that stand still."""
        return {at.partition: loop.standing for at, loop in self._loops.items() if loop.standing is not None}

    async def serve(self) -> None:
        """Follow the group's assignments until cancelled; raises when the consumer is of no more use."""
        try:
            await self._consumer.start()
            self._consumer.subscribe([self._followed.log_name], listener=self)
            reported_at = 0.0
            while True:
                await self._look()
                if (now := asyncio.get_running_loop().time()) >= reported_at + _REPORT_SECONDS:
                    reported_at = now
                    self._report_lag()
                    await self._commit()
        finally:
            self._is_leaving = True
            await self._finish(list(self._loops))
            await close_consumer(self._consumer, seconds=_LEAVE_SECONDS)
            if not self._failure.cancel():
                self._failure.exception()  # retrieved: the membership ends anyhow

    def on_partitions_assigned(self, assigned: set[TopicPartition]) -> None:
        """Called by aiokafka, and not a coroutine: nothing is read in between."""
        try:
            for partition in assigned:
                self._consumer.pause(partition)
                if self._is_leaving:  # the group had not heard of it yet, and nobody would end the loop
                    continue
                # Any position: without one aiokafka would look for a committed offset, and start there.
                self._consumer.seek(partition, 0)
                self._loops[partition] = PartitionLoop(
                    self._consumer, partition, self._followed.handler, self._followed.limits, self._followed.topic
                )
            self._log.info("partitions_assigned", partitions=sorted(each.partition for each in assigned))
        except Exception as error:  # noqa: BLE001 a callback's boundary: aiokafka would only log it
            self._fail(error)

    async def on_partitions_revoked(self, revoked: set[TopicPartition]) -> None:
        """Called by aiokafka, which goes on sending heartbeats meanwhile."""
        try:
            await self._finish(list(revoked))
        except Exception as error:  # noqa: BLE001 as above
            self._fail(error)

    def _fail(self, error: Exception) -> None:
        if not self._failure.done():
            self._failure.set_exception(error)

    async def _look(self) -> None:
        """Wait a moment; raise what ended a loop, a callback or one of aiokafka's own tasks."""
        loops = {loop.task for loop in self._loops.values()}
        done, _ = await asyncio.wait(
            {self._failure, *loops}, timeout=_LOOK_SECONDS, return_when=asyncio.FIRST_EXCEPTION
        )
        for each in done:
            if not each.cancelled():
                each.result()
        # The coordinator tells its errors only to who reads, and all partitions may be standing still.
        nothing = TopicPartition(self._followed.log_name, -1)
        try:
            async with asyncio.timeout(_LOOK_SECONDS):
                await self._consumer.getmany(nothing)
        except TimeoutError:
            pass  # a rebalance is under way
        check_fetching(self._consumer)

    async def _finish(self, partitions: list[TopicPartition]) -> None:
        """Let what is being handled end, tell Kafka about it, and forget these partitions."""
        loops = {at: loop for at in partitions if (loop := self._loops.get(at)) is not None}
        await asyncio.gather(*(loop.finish(self._followed.drain_seconds) for loop in loops.values()))
        await self._commit()
        for at, loop in loops.items():
            if loop.task.done() and not loop.task.cancelled() and (error := loop.task.exception()) is not None:
                self._log.warning("partition_ended", partition=at.partition, error=repr(error))
            self._committed.pop(at, None)
            if self._loops.pop(at, None) is not None:
                CONSUMER_LAG.remove(self._followed.topic, str(at.partition))

    def _report_lag(self) -> None:
        for at, loop in self._loops.items():
            try:
                end = self._consumer.highwater(at)
            except AssertionError:  # aiokafka: not assigned any more
                continue
            if end is not None and loop.position is not None:
                lag = max(end - loop.position, 0)
                CONSUMER_LAG.labels(self._followed.topic, str(at.partition)).set(lag)

    async def _commit(self) -> None:
        """Tell Kafka, which scales by lag, where the handlers stand. Nobody ever starts from there."""
        moved = {
            at: loop.position
            for at, loop in self._loops.items()
            if loop.position is not None and loop.position != self._committed.get(at)
        }
        if not moved:
            return
        try:
            async with asyncio.timeout(_COMMIT_SECONDS):
                await self._consumer.commit(moved)
        except (KafkaError, IllegalStateError, TimeoutError) as error:
            self._log.debug("offsets_not_committed", error=repr(error))
        else:
            self._committed.update(moved)
