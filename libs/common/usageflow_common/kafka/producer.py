"""Sends facts, one by one or in order: acknowledged by all in-sync replicas before our own deadline, or SendFailed.

An idempotent producer of aiokafka retries for ever, so a message that failed here may still be appended later, before anything that
is sent after it to the same partition.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import partial
from typing import Any, Final

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError, KafkaTimeoutError, MessageSizeTooLargeError, UnknownTopicOrPartitionError

from usageflow_common.kafka.bus import Bus
from usageflow_common.kafka.connection import ProducerConnection
from usageflow_common.kafka.messages import Outgoing, Placement, SendFailed

_BATCH_BYTES: Final = 64 * 1024
_FLUSH_SECONDS: Final = 5.0

_Pending = asyncio.Future[Any] | SendFailed
_Lane = tuple[str, int | bytes]
"""A topic with a partition or a key: behind a message that was not handed over, nothing else of its lane may be."""


class Producer:
    """Sends with acks=all and idempotence, zstd, and a deadline of its own; replaced by a fresh one after a non-retriable error."""

    def __init__(self, bus: Bus, *, timeout_seconds: float = 10.0) -> None:
        self._bus = bus
        self._timeout_seconds = timeout_seconds
        self._connection = ProducerConnection(bus, batch_bytes=_BATCH_BYTES)

    async def start(self) -> None:
        """Does not fail when Kafka is away: sends fail until it is there."""
        self._connection.start()

    async def stop(self) -> None:
        """Flush what is under way, bounded, and close."""
        await self._connection.stop(flush_seconds=min(_FLUSH_SECONDS, self._timeout_seconds))

    async def send(self, message: Outgoing) -> Placement:
        """Send one message. SendFailed when it is not acknowledged in time."""
        [result] = await self.send_all([message])
        if isinstance(result, SendFailed):
            raise result
        return result

    async def send_all(self, messages: Sequence[Outgoing]) -> list[Placement | SendFailed]:
        """Send in the given order (per partition); one result for each.

        A failure that comes from the way to Kafka fails what follows in its partition; a message that is too large only its own key's.
        """
        deadline = asyncio.get_running_loop().time() + self._timeout_seconds
        try:
            async with asyncio.timeout_at(deadline):
                producer = await self._connection.live()
        except TimeoutError:
            return [SendFailed("Kafka cannot be reached.") for _ in messages]
        # 1. Hand everything over in order, without waiting for acknowledgements.
        closed: set[_Lane] = set()
        pending = [await self._hand_over(producer, message, closed, deadline) for message in messages]
        # 2. Wait once for all of it.
        acknowledgements = {each for each in pending if not isinstance(each, SendFailed)}
        if acknowledgements:
            await asyncio.wait(acknowledgements, timeout=deadline - asyncio.get_running_loop().time())
        return [_result(each) for each in pending]

    async def _hand_over(
        self, producer: AIOKafkaProducer, message: Outgoing, closed: set[_Lane], deadline: float
    ) -> _Pending:
        """Queue a message with aiokafka. What was not queued by then will never be sent."""
        topic = message.topic
        partition = message.partition
        if partition is None:
            partition = self._bus.partition_of(topic, message.key)
        if (topic.name, partition) in closed or (topic.name, message.key) in closed:
            return SendFailed("A message before it in the same partition failed.")
        try:
            async with asyncio.timeout_at(deadline):
                return await self._queue(producer, message, partition)
        except MessageSizeTooLargeError as error:
            closed.add((topic.name, message.key))
            return SendFailed(str(error))
        except (KafkaError, TimeoutError) as error:
            closed.add((topic.name, partition))
            if not (isinstance(error, TimeoutError | KafkaTimeoutError) or error.retriable):
                self._connection.discard(producer, error)
            return SendFailed(f"Not handed over: {error!r}")

    async def _queue(self, producer: AIOKafkaProducer, message: Outgoing, partition: int) -> asyncio.Future[Any]:
        name = self._bus.name(message.topic)
        if partition not in await producer.partitions_for(name):
            raise UnknownTopicOrPartitionError(f"{name} has no partition {partition}.")
        acknowledgement: asyncio.Future[Any] = await producer.send(
            name, message.value, key=message.key, partition=partition, headers=self._bus.headers(message)
        )
        acknowledgement.add_done_callback(partial(self._discard_if_failed, producer))
        return acknowledgement

    def _discard_if_failed(self, producer: AIOKafkaProducer, acknowledgement: asyncio.Future[Any]) -> None:
        """Also when nobody waits for it any more: the producer cannot be used again."""
        if not acknowledgement.cancelled() and (error := acknowledgement.exception()) is not None:
            self._connection.discard(producer, error)


def _result(pending: _Pending) -> Placement | SendFailed:
    if isinstance(pending, SendFailed):
        return pending
    if not pending.done():
        return SendFailed("Not acknowledged in time.")
    if (error := pending.exception()) is not None:
        return SendFailed(f"Not acknowledged: {error!r}")
    written = pending.result()
    if written.log_start_offset is not None and written.log_start_offset < 0:
        # The broker has it already and no longer knows where: the only way to learn its place is to send it again.
        return SendFailed("Appended, but the broker does not know where.")
    return Placement(written.partition, written.offset)
