"""The protocol's actors over the real code: a log in memory, two workers that step through real transactions, and disasters.

Each method `do_*` is one atomic step; it returns False when it is not possible now. Whatever the steps' arguments are, they are reduced
to what there is, so that any list of steps can be played.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from uuid import UUID, uuid5

from schedule_gate import Gate
from schedule_log import NOON, MemoryReader, NoCatalog, metrics_of, plan_of
from schedule_stage import Stage

from usageflow_aggregator.consumer import EventsRawHandler
from usageflow_aggregator.domain.anchor import Remembered
from usageflow_aggregator.metric_book import MetricBook
from usageflow_aggregator.service.rebuild import Mandate
from usageflow_aggregator.service.republish import republish
from usageflow_aggregator.store import keys, positions, upkeep
from usageflow_common.clock import Clock
from usageflow_common.database import raw, sqlstate_of, transaction
from usageflow_common.ids import correction_id
from usageflow_common.kafka import Applied, Batch, Halt, Incoming, LogBounds, Stale
from usageflow_common.outbox.rows import delete_rows, read_page
from usageflow_common.records import ActorRecord, Barrier, MetricRecord, UsageAggregated, UsageEvent, VoidEvent
from usageflow_common.topics import EVENTS_RAW, USAGE_AGGREGATED, decode, encode

DIGEST_KEY = bytes(range(32))
GENERATION = 1
MANDATE = Mandate(ActorRecord(type="operator", id="ada"), "a schedule")
_QUIET_SECONDS = 0.01
_CLOCK_SECONDS = 0.002


class Violation(Exception):
    """An invariant does not hold."""


@dataclass(frozen=True)
class Config:
    """What a world is made of."""

    events: int = 6
    partitions: int = 2
    restores: bool = False
    metrics: int = 2


@dataclass
class Worker:
    """One process that counts. `task` is the batch that it is handling."""

    gate: Gate
    handler: EventsRawHandler
    partition: int | None = None
    position: int = 0
    batch: Batch | None = None
    task: asyncio.Task | None = None
    is_blocked: bool = False


@dataclass
class World:
    """Everything that there is. `logs` is events.raw, `told` is usage.aggregated as the relay sent it, by partition."""

    stage: Stage
    config: Config
    org_id: UUID
    book: MetricBook
    plan: list[UsageEvent] = field(default_factory=list)
    logs: list[list[Incoming]] = field(default_factory=list)
    told: list[list[UsageAggregated]] = field(default_factory=list)
    workers: list[Worker] = field(default_factory=list)
    backup: dict | None = None
    is_restored: bool = False
    republished: int = 0
    rotations: int = 0
    backup_rotations: int = 0

    @classmethod
    async def make(cls, stage: Stage, seed: int, config: Config) -> World:
        """An empty database, partitions that have begun, and the clients' plan."""
        await stage.empty()
        org_id = uuid5(UUID(int=seed), "organization")
        book = MetricBook()
        for each in metrics_of(org_id, config.metrics):
            book.take(each)
        chance = Random(f"plan {seed}")  # noqa: S311 -- to replay, not secrecy
        world = cls(stage, config, org_id, book, plan_of(chance, org_id, config.events, config.metrics))
        world.workers = [Worker(gate, world.new_handler(number)) for number, gate in enumerate(stage.gates)]
        async with transaction(stage.quiet) as tx:
            for partition in range(config.partitions):
                world.logs.append([])
                world.told.append([])
                world.append(partition, Barrier(barrier_id=UUID(int=0), partition=partition, produced_at=NOON))
                await positions.add_partition(tx, partition, GENERATION, Remembered(0, world.logs[partition][0].hash))
        return world

    def new_handler(self, worker: int) -> EventsRawHandler:
        """What a process that starts has in its memory."""
        return EventsRawHandler(self.stage.engines[worker], MemoryReader(self.logs), NoCatalog(), self.book, DIGEST_KEY)

    def append(self, partition: int, record: object) -> None:
        """Write a record at the end of a partition's log, as Kafka would hand it over later."""
        log = self.logs[partition]
        appended_at = NOON + timedelta(milliseconds=sum(map(len, self.logs)))
        log.append(Incoming(len(log), appended_at, b"key", encode(record), {"schema": EVENTS_RAW.schema.encode()}))

    # ---- clients and billing ---------------------------------------------------------------------------------------

    async def do_send(self, event: int, partition: int) -> bool:
        """A client sends, or repeats, an event; its spread may have changed since, so any partition will do."""
        self.append(partition % self.config.partitions, self.plan[event % len(self.plan)])
        return True

    async def do_void(self, event: int, partition: int) -> bool:
        """A void, wherever its event was counted, or whether it was at all: its reader knows, or forwards it, or takes the key."""
        target = self.plan[event % len(self.plan)]
        void = VoidEvent(
            org_id=self.org_id,
            event_id=correction_id(self.org_id, str(target.event_id)),
            target_event_id=target.event_id,
            base_revision=1,
            reason="a schedule",
            actor=MANDATE.actor,
            received_at=NOON,
        )
        self.append(partition % self.config.partitions, void)
        return True

    async def do_mark(self, partition: int) -> bool:
        """A barrier's marker."""
        partition %= self.config.partitions
        self.append(
            partition, Barrier(barrier_id=UUID(int=len(self.logs[partition])), partition=partition, produced_at=NOON)
        )
        return True

    # ---- workers ---------------------------------------------------------------------------------------------------

    async def do_assign(self, worker: int, partition: int) -> bool:
        """A worker believes that it owns the partition, whoever else does."""
        it, partition = self.workers[worker % 2], partition % self.config.partitions
        if it.task is not None:
            return False
        resumed = await self._unstepped(it, it.handler.resume(partition, self.bounds(partition)))
        if isinstance(resumed, Halt):
            raise Violation(f"partition {partition} halts: {resumed}")
        it.partition, it.position, it.batch = partition, resumed, None
        return True

    async def do_fetch(self, worker: int, count: int) -> bool:
        """Read from the worker's own position, which may be stale; 7: from beyond it, as a callback that came too late."""
        it = self.workers[worker % 2]
        if it.partition is None or it.task is not None or it.batch is not None:
            return False
        asked = it.position + (count == 7)
        records = tuple(self.logs[it.partition][asked : asked + 1 + count % 4])
        if not records:
            return False
        it.batch = Batch(it.partition, asked, records)
        return True

    async def do_step(self, worker: int) -> bool:
        """Let the worker run up to its next statement; the first step begins its transaction."""
        it = self.workers[worker % 2]
        if it.task is None:
            if it.batch is None:
                return False
            it.task = asyncio.create_task(it.handler.handle(it.batch))
        elif it.is_blocked:
            return False
        else:
            it.gate.release()
        await self.settle()
        return True

    async def do_crash(self, worker: int) -> bool:
        """kill -9, between two statements or while one waits for a lock."""
        it = self.workers[worker % 2]
        if it.partition is None:
            return False
        await self._kill(it)
        it.handler = self.new_handler(worker % 2)
        await self.settle()
        return True

    async def settle(self) -> None:
        """Return when each worker stands in front of a statement, waits for a lock or is done."""
        while True:
            for it in self.workers:
                if it.task is not None:
                    it.is_blocked = not await self._is_quiet(it)
            if not all(it.task is not None and it.is_blocked for it in self.workers):
                break
            one, other = self.workers
            # At one instant: what was seen one after the other may have been a lock that is free by now, or a third one's.
            if await self.stage.block_each_other(one.gate, other.gate):
                raise Violation("deadlock: each worker waits for the other's lock")
            await asyncio.sleep(_QUIET_SECONDS)
        for it in self.workers:
            if it.task is not None and it.task.done():
                self._finish(it)

    async def _is_quiet(self, it: Worker) -> bool:
        """True: at its gate, or done. False: it waits for a lock."""
        assert it.task is not None
        arriving = asyncio.ensure_future(it.gate.arrived.wait())
        try:
            while True:
                await asyncio.wait({it.task, arriving}, timeout=_QUIET_SECONDS, return_when=asyncio.FIRST_COMPLETED)
                if it.task.done() or it.gate.arrived.is_set():
                    return True
                if await self.stage.is_blocked(it.gate):
                    return False
        finally:
            arriving.cancel()

    def _finish(self, it: Worker) -> None:
        """Obey the outcome, as the consumer's loop does."""
        task, it.task, it.batch = it.task, None, None
        assert task is not None
        if (error := task.exception()) is not None:
            if sqlstate_of(error) in {"40001", "40P01", "55P03"}:
                it.partition = None  # everything rolled back; asked again
                return
            raise Violation(f"counting fails: {error!r}") from error
        match task.result():
            case Applied(next=position) | Stale(seek_to=position):
                it.position = position
            case other:
                raise Violation(f"partition {it.partition} stands still: {other}")

    async def _kill(self, it: Worker) -> None:
        await self.stage.kill(it.gate)
        it.gate.refuse()
        if it.task is not None:
            await asyncio.wait({it.task}, timeout=20)
            assert it.task.done(), "a killed worker ends"
            it.task.exception()
        it.task, it.batch, it.partition, it.is_blocked = None, None, None, False

    async def _unstepped(self, it: Worker, work):
        """Run to the end at once."""
        task = asyncio.create_task(work)
        while not task.done():
            arriving = asyncio.ensure_future(it.gate.arrived.wait())
            await asyncio.wait({task, arriving}, return_when=asyncio.FIRST_COMPLETED)
            arriving.cancel()
            if it.gate.at is not None:
                it.gate.release()
        return task.result()

    # ---- relay, ledger, disasters ----------------------------------------------------------------------------------

    async def do_relay(self, rows: int, outcome: int) -> bool:
        """Send the oldest rows; 7: the relay dies before it deletes them."""
        page = await read_page(self.stage.owner, after_id=0, rows=1 + rows % 3)
        for row in page:
            partition, value = row.message.partition, row.message.value
            if partition is None:
                continue  # an audit entry
            if row.message.topic.name == EVENTS_RAW.name:
                self.append(partition, decode(EVENTS_RAW, value, EVENTS_RAW.schema.encode()))
            else:
                self.told[partition].append(decode(USAGE_AGGREGATED, value, USAGE_AGGREGATED.schema.encode()))
        if outcome != 7:
            await delete_rows(self.stage.owner, [row.id for row in page])
        return bool(page)

    async def do_rotate(self) -> bool:
        """A new generation of the key ledger, under its lock; not possible while somebody inserts keys."""
        if self.rotations >= 4:
            return False
        async with transaction(self.stage.quiet) as tx:
            # Where rotation would wait for a worker, it is not possible.
            if not await (await raw(tx)).fetchval("SELECT pg_try_advisory_xact_lock($1)", keys.GENERATION_LOCK):
                return False
            if not await upkeep.begin_generation(tx, 1 + self.rotations):
                raise Violation("the ledger's generation is another one than it was")
        self.rotations += 1
        return True

    async def do_back_up(self) -> bool:
        """Remember the schema as it is committed now."""
        if not self.config.restores or self.backup is not None:
            return False
        self.backup, self.backup_rotations = await self.stage.back_up(), self.rotations
        return True

    async def do_restore(self) -> bool:
        """Back to the backup, with its recovery: sessions end, and each partition gets a generation above all that ever were.

        The workers' memory survives: they wake up with batches, positions and generations of the lost timeline.
        """
        if self.backup is None or self.is_restored:
            return False
        self.is_restored = True
        for it in self.workers:
            memory = it.partition, it.position
            await self._kill(it)
            it.partition, it.position = memory
        await self.stage.restore(self.backup)
        self.rotations = self.backup_rotations
        for partition in range(self.config.partitions):
            await self._republish(partition)
        return True

    async def do_republish(self, partition: int) -> bool:
        """An operator has a whole shard told again; not possible while a worker counts there."""
        partition %= self.config.partitions
        if self.republished >= 3 or await self.stage.is_locked(partition):
            return False
        self.republished += 1
        await self._republish(partition)
        return True

    async def _republish(self, partition: int) -> None:
        await asyncio.sleep(_CLOCK_SECONDS)  # a generation is the wall time in milliseconds
        await republish(self.stage.quiet, Clock(), self.book.definition, partition, MANDATE)

    def bounds(self, partition: int) -> LogBounds:
        """Of the log."""
        return LogBounds(0, len(self.logs[partition]))

    async def end(self) -> None:
        """Leave nobody in the database."""
        for it in self.workers:
            if it.task is not None:
                await self._kill(it)

    @property
    def metrics(self) -> list[MetricRecord]:
        """Of the organization."""
        return metrics_of(self.org_id, self.config.metrics)

    async def drain(self) -> None:
        """Everything that can still happen does, in one worker."""
        for it in self.workers:
            await self._kill(it)
        it = self.workers[0]
        for _ in range(50):
            moved = False
            for partition in range(self.config.partitions):
                await self.do_assign(0, partition)
                while await self.do_fetch(0, 3):
                    moved = True
                    await self._unstepped(it, self._handle(it))
            while await self.do_relay(2, 0):
                moved = True
            if not moved:
                return
        raise Violation("it never comes to rest")

    async def _handle(self, it: Worker) -> None:
        assert it.batch is not None
        it.task = asyncio.create_task(it.handler.handle(it.batch))
        await asyncio.wait({it.task})
        self._finish(it)
