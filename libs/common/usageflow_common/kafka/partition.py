"""One assigned partition from its assignment to its revocation: ask the handler where to read, read on, hand over, obey the outcome.

What is handed over was read from exactly the position that the handler named last. A failure never moves that position: the handler
is asked again, and its database decides.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any, Final, assert_never

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import OffsetOutOfRangeError

from usageflow_common.kafka.backoff import Backoff
from usageflow_common.kafka.messages import Batch, Incoming
from usageflow_common.kafka.outcomes import Applied, Blocked, Halt, Outcome, PartitionHandler, Stale
from usageflow_common.kafka.reading import ask_bounds, incoming
from usageflow_common.logs import get_logger
from usageflow_common.metrics import CONSUMED, CONSUMER_ERRORS, HALTED_PARTITIONS

_READ_WAIT_MS: Final = 1_000
_READ_RECORDS: Final = 500  # bounds what is decoded at once, so that `bytes_max` is overshot by little
_BLOCKED_SECONDS: Final = 1.0
_HANDLE_SECONDS_MAX: Final = 120.0


@dataclass(frozen=True, slots=True)
class BatchLimits:
    """How much is handed over at once: the first limit that is reached closes a batch."""

    records_max: int
    bytes_max: int


class ReadingFailed(Exception):
    """The consumer itself cannot be used any more; nothing is wrong with this partition."""


class PartitionLoop:
    """The task of one assigned partition."""

    def __init__(
        self,
        consumer: AIOKafkaConsumer,
        partition: TopicPartition,
        handler: PartitionHandler,
        limits: BatchLimits,
        topic: str,
    ) -> None:
        self._consumer = consumer
        self._partition = partition
        self._handler = handler
        self._limits = limits
        self._topic = topic
        self._log = get_logger(__name__).bind(topic=topic, partition=partition.partition)
        self._backoff = Backoff()
        self._is_handling = False
        self._is_ending = False
        self.position: int | None = None
        """Where the handler stands; None before it said so."""
        self.standing: Halt | Blocked | None = None
        """Why nothing moves, if so."""
        self.task = asyncio.create_task(self._run(), name=f"{topic}/{partition.partition}")

    async def finish(self, seconds: float) -> None:
        """Hand over nothing more; a batch that is being handled may end within `seconds`, else its transaction is cut off."""
        self._is_ending = True
        if self._is_handling:
            await asyncio.wait({self.task}, timeout=seconds)
        if not self.task.done():
            self.task.cancel()
            await asyncio.wait({self.task}, timeout=seconds)
        if not self.task.done():
            self._log.error("partition_does_not_end")
        self._stand(None)

    async def _run(self) -> None:
        while not self._is_ending:
            try:
                await self._follow()
            except ReadingFailed:
                raise
            except OffsetOutOfRangeError:
                self._log.warning("position_out_of_range", position=self.position)
            except Exception:  # noqa: BLE001 the loop's boundary: nothing happened, and the handler is asked again
                self._log.exception("batch_failed", position=self.position)
                CONSUMER_ERRORS.labels(self._topic).inc()
            if not self._is_ending:
                await self._backoff.pause()

    async def _follow(self) -> None:
        """From the handler's position on, until the end or an exception."""
        resumed = await self._ask_position()
        if isinstance(resumed, Halt):
            await self._stand_still(resumed)
            return
        self._go_to(resumed)
        while not self._is_ending:
            batch = await self._next_batch(resumed)
            if batch is None:
                continue
            match await self._hand_over(batch):
                case Applied(next=position):
                    CONSUMED.labels(self._topic).inc(len(batch.records))
                    self._backoff.reset()
                    resumed = self.position = position
                    if position != batch.after:
                        self._go_to(position)
                case Stale(seek_to=position):
                    self._log.info("position_was_stale", asked=batch.asked, seek_to=position)
                    resumed = position
                    self._go_to(position)
                case Halt() as halt:
                    await self._stand_still(halt)
                case Blocked():
                    return  # only at the end: as long as it is blocked, the same batch is tried again
                case never:
                    assert_never(never)

    async def _ask_position(self) -> int | Halt:
        """Where to read on. A halt is believed at the second look only.

        Bounds are older than the position that is compared with them: another worker may have counted meanwhile, beyond what was the end.
        """
        number = self._partition.partition
        resumed = await self._handler.resume(number, await ask_bounds(self._consumer, self._partition))
        if isinstance(resumed, Halt):
            resumed = await self._handler.resume(number, await ask_bounds(self._consumer, self._partition))
        return resumed

    def _go_to(self, position: int) -> None:
        """Read from there. aiokafka drops what it has fetched, or is fetching, from anywhere else."""
        self._consumer.seek(self._partition, position)
        self._consumer.resume(self._partition)
        self.position = position

    async def _next_batch(self, asked: int) -> Batch | None:
        """What is there from `asked` on; None when nothing came for a while."""
        records: list[Incoming] = []
        size = 0
        wait_ms = _READ_WAIT_MS
        while len(records) < self._limits.records_max and size < self._limits.bytes_max:
            read = await self._read(wait_ms, min(_READ_RECORDS, self._limits.records_max - len(records)))
            if not read:
                break
            for record in read:
                if records and record.offset != (after := records[-1].offset + 1):
                    # A hole ends the batch, so it only ever lies in front of one. What was read behind it is read again.
                    self._consumer.seek(self._partition, after)
                    return Batch(self._partition.partition, asked, tuple(records))
                if record.offset >= asked:
                    records.append(incoming(record))
                    size += len(record.key or b"") + len(record.value or b"")
            wait_ms = 0  # what else has arrived; a batch never waits for more
            await asyncio.sleep(
                0
            )  # what is there is read without a pause: let heartbeats and other partitions have their turn
        return Batch(self._partition.partition, asked, tuple(records)) if records else None

    async def _read(self, wait_ms: int, records_max: int) -> list[Any]:
        try:
            read = await self._consumer.getmany(self._partition, timeout_ms=wait_ms, max_records=records_max)
        except OffsetOutOfRangeError:
            raise
        except Exception as error:
            raise ReadingFailed(repr(error)) from error
        records: list[Any] = read.get(self._partition, [])
        return records

    async def _hand_over(self, batch: Batch) -> Outcome:
        while True:
            self._is_handling = True
            try:
                async with asyncio.timeout(_HANDLE_SECONDS_MAX):
                    outcome = await self._handler.handle(batch)
            finally:
                self._is_handling = False
            if not isinstance(outcome, Blocked) or self._is_ending:
                break
            self._consumer.pause(self._partition)
            self._stand(outcome)
            await asyncio.sleep(_BLOCKED_SECONDS)
        if self.standing is not None:
            self._stand(None)
            self._consumer.resume(self._partition)
        return outcome

    async def _stand_still(self, halt: Halt) -> None:
        """Until the partition is assigned anew or the process restarts: a person must look first."""
        self._consumer.pause(self._partition)
        self._stand(halt)
        await asyncio.Event().wait()

    def _stand(self, standing: Halt | Blocked | None) -> None:
        """Raise, change or end the alarm."""
        if standing == self.standing:
            return
        if self.standing is not None:
            HALTED_PARTITIONS.labels(self._topic, _reason(self.standing)).dec()
        if standing is not None:
            HALTED_PARTITIONS.labels(self._topic, _reason(standing)).inc()
            detail = standing.detail if isinstance(standing, Halt) else standing.reason
            self._log.error("partition_stands_still", reason=_reason(standing), detail=detail, position=self.position)
        self.standing = standing


def _reason(standing: Halt | Blocked) -> str:
    return standing.reason if isinstance(standing, Halt) else "blocked"
