"""What a consumer hands over was read from where its handler stands, whoever else reads, and whatever became of the log."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import pytest
from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete
from usageflow_sample.ledger import Ledger, Worker

from usageflow_common.kafka import (
    Batch,
    Blocked,
    Bus,
    Halt,
    LogBounds,
    LogReader,
    Outgoing,
    PartitionConsumer,
    Producer,
    Stale,
)
from usageflow_common.metrics import CONSUMER_ERRORS, CONSUMER_LAG, HALTED_PARTITIONS
from usageflow_common.testing import eventually
from usageflow_common.testing.plugin import Topics
from usageflow_common.topics import EVENTS_RAW

PARTITIONS = 2


@pytest.fixture
async def fresh_bus(bus: Bus, topics: Topics, request: pytest.FixtureRequest) -> Bus:
    """A topic for each test. Its prefix begins with the module's, at whose end it is deleted."""
    prefix = f"{bus.settings.topic_prefix}{abs(hash(request.node.name))}."
    fresh = Bus(bus.settings.model_copy(update={"topic_prefix": prefix}), "test")
    await fresh.ensure_topics([EVENTS_RAW])
    return fresh


@pytest.fixture
async def producer(fresh_bus: Bus) -> AsyncIterator[Producer]:
    producer = Producer(fresh_bus)
    await producer.start()
    yield producer
    await producer.stop()


@pytest.fixture
async def admin(fresh_bus: Bus) -> AsyncIterator[AIOKafkaAdminClient]:
    client = AIOKafkaAdminClient(bootstrap_servers=fresh_bus.settings.kafka_bootstrap)
    await client.start()
    yield client
    await client.close()


@asynccontextmanager
async def consuming(bus: Bus, worker: Worker, **limits: int) -> AsyncIterator[PartitionConsumer]:
    consumer = PartitionConsumer(bus, EVENTS_RAW, worker, group="test", session_timeout_seconds=3, **limits)
    task = asyncio.create_task(consumer.run())
    try:
        yield consumer
    finally:
        task.cancel()
        await asyncio.wait({task})


def events(count: int, first: int = 0) -> list[Outgoing]:
    return [
        Outgoing(EVENTS_RAW, f"c{n}".encode(), f"{n}".encode(), n % PARTITIONS) for n in range(first, first + count)
    ]


def numbers(count: int) -> Counter[bytes]:
    return Counter(f"{n}".encode() for n in range(count))


async def test_everything_is_handed_over_once_and_in_order(fresh_bus: Bus, producer: Producer):
    worker = Worker(Ledger())
    await producer.send_all(events(3_000))
    async with consuming(fresh_bus, worker, batch_records=400):
        await producer.send_all(events(3_000, first=3_000))
        await eventually(lambda: len(worker.ledger.counted) >= 6_000)

    assert Counter(worker.ledger.values()) == numbers(6_000)
    for partition in range(PARTITIONS):
        offsets = [offset for at, offset, _ in worker.ledger.counted if at == partition]
        assert offsets == list(range(3_000))
    assert max(len(batch.records) for batch in worker.batches) <= 400
    assert worker.ledger.skipped == 0


async def test_a_batch_is_bounded_by_bytes_too(fresh_bus: Bus, producer: Producer):
    worker = Worker(Ledger())
    await producer.send_all([Outgoing(EVENTS_RAW, b"c", b"x" * 1_000, 0) for _ in range(3_000)])
    async with consuming(fresh_bus, worker, batch_bytes=100_000):
        await eventually(lambda: len(worker.ledger.counted) == 3_000)

    assert max(len(batch.records) for batch in worker.batches) <= 600


async def test_workers_that_come_and_go_count_everything_once(fresh_bus: Bus, producer: Producer):
    ledger = Ledger()
    workers = [Worker(ledger) for _ in range(3)]
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(consuming(fresh_bus, workers[0], batch_records=50))
        for number in range(20):
            await producer.send_all(events(500, first=number * 500))
            if number == 5:
                await stack.enter_async_context(consuming(fresh_bus, workers[1], batch_records=50))
            if number == 10:
                async with consuming(fresh_bus, workers[2], batch_records=50):
                    await eventually(lambda: workers[2].resumed or workers[1].resumed)
        await eventually(lambda: workers[1].resumed)
        await producer.send_all(events(500, first=10_000))
        await eventually(lambda: len(ledger.counted) >= 10_500, 30)

    assert Counter(ledger.values()) == numbers(10_500)
    assert {partition for partition, _ in workers[1].resumed}


async def test_two_workers_on_one_partition_count_everything_once_because_of_the_compare_and_set(
    fresh_bus: Bus, producer: Producer
):
    # Two groups: Kafka gives every partition to both, as it may for a moment in any rebalance.
    ledger = Ledger()
    other = Bus(fresh_bus.settings, "other")
    consumers = [
        PartitionConsumer(each, EVENTS_RAW, Worker(ledger), group=name, batch_records=20)
        for each, name in ((fresh_bus, "a"), (other, "b"))
    ]
    tasks = [asyncio.create_task(consumer.run()) for consumer in consumers]
    await producer.send_all(events(4_000))

    await eventually(lambda: len(ledger.counted) >= 4_000)
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)

    assert Counter(ledger.values()) == numbers(4_000)


async def test_without_the_compare_and_set_two_workers_count_twice(fresh_bus: Bus, producer: Producer):
    ledger = Ledger()
    consumers = [
        PartitionConsumer(fresh_bus, EVENTS_RAW, Worker(ledger, checks_position=False), group=name, batch_records=20)
        for name in "ab"
    ]
    tasks = [asyncio.create_task(consumer.run()) for consumer in consumers]
    await eventually(lambda: len(ledger.positions) == PARTITIONS)
    await producer.send_all(events(4_000))

    await eventually(lambda: max(Counter(ledger.values()).values(), default=0) > 1)
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)


async def test_a_stale_worker_goes_on_where_the_other_one_stands(fresh_bus: Bus, producer: Producer):
    ledger = Ledger(positions={0: 0, 1: 0})
    worker = Worker(ledger)
    moved: list[Batch] = []

    def move_once(batch: Batch) -> Stale | None:
        if batch.partition == 0 and not moved:
            moved.append(batch)
            ledger.positions[0] = 70
            return Stale(70)
        return None

    worker.before_commit = move_once
    await producer.send_all(events(200))
    async with consuming(fresh_bus, worker, batch_records=30):
        await eventually(lambda: ledger.positions == {0: 100, 1: 100})

    assert [offset for at, offset, _ in ledger.counted if at == 0] == list(range(70, 100))


async def test_a_failure_means_that_nothing_happened_and_the_batch_is_read_again(fresh_bus: Bus, producer: Producer):
    worker = Worker(Ledger())
    failures = iter([RuntimeError("the database is away")] * 3)
    errors = CONSUMER_ERRORS.labels(EVENTS_RAW.name)._value
    before = errors.get()

    def fail_thrice(_: Batch) -> None:
        for failure in failures:
            raise failure

    worker.before_commit = fail_thrice
    await producer.send_all(events(300))
    async with consuming(fresh_bus, worker):
        await eventually(lambda: len(worker.ledger.counted) == 300)

    assert Counter(worker.ledger.values()) == numbers(300)
    assert errors.get() == before + 3
    assert len(worker.resumed) > PARTITIONS  # asked again after each failure


async def test_a_blocked_batch_is_tried_again_while_other_partitions_move(fresh_bus: Bus, producer: Producer):
    worker = Worker(Ledger())
    is_known = asyncio.Event()

    def wait_for_newer_code(batch: Batch) -> Blocked | None:
        return Blocked("schema events.raw/2") if batch.partition == 0 and not is_known.is_set() else None

    worker.before_commit = wait_for_newer_code
    alarm = HALTED_PARTITIONS.labels(EVENTS_RAW.name, "blocked")._value
    async with consuming(fresh_bus, worker) as consumer:
        await producer.send_all(events(100))
        await eventually(lambda: consumer.halted == {0: Blocked("schema events.raw/2")})
        await producer.send_all(events(100, first=100))
        await eventually(lambda: worker.ledger.positions.get(1) == 100)
        assert worker.ledger.positions[0] == 0
        assert alarm.get() == 1

        is_known.set()
        await eventually(lambda: worker.ledger.positions[0] == 100)
        assert consumer.halted == {}
        assert alarm.get() == 0

    assert Counter(worker.ledger.values()) == numbers(200)


async def test_a_halted_partition_stands_still_until_it_is_assigned_anew(fresh_bus: Bus, producer: Producer):
    worker = Worker(Ledger())
    gap = Halt("gap", "from 10, applied 5")
    worker.before_commit = lambda batch: gap if batch.partition == 1 else None
    await producer.send_all(events(100))
    async with consuming(fresh_bus, worker) as consumer:
        await eventually(lambda: consumer.halted == {1: gap})
        await producer.send_all(events(100, first=100))
        await eventually(lambda: worker.ledger.positions[0] == 100)
        assert worker.ledger.positions[1] == 0
        assert len([batch for batch in worker.batches if batch.partition == 1]) == 1
    assert HALTED_PARTITIONS.labels(EVENTS_RAW.name, "gap")._value.get() == 0

    worker.before_commit = lambda _: None
    async with consuming(fresh_bus, worker):
        await eventually(lambda: worker.ledger.positions[1] == 100)


async def test_a_position_that_another_worker_moves_beyond_the_end_that_was_told_halts_nobody(
    fresh_bus: Bus, producer: Producer
):
    class Overtaken(Worker):
        async def resume(self, partition: int, log: LogBounds) -> int | Halt:
            if partition == 0 and partition not in self.ledger.positions:
                await producer.send(Outgoing(EVENTS_RAW, b"c", b"counted by the other", partition))
                self.ledger.positions[partition] = log.end + 1
            return await super().resume(partition, log)

    worker = Overtaken(Ledger())
    await producer.send_all(events(10))
    async with consuming(fresh_bus, worker) as consumer:
        await eventually(lambda: worker.ledger.positions == {0: 6, 1: 5})
        assert consumer.halted == {}


async def test_what_was_deleted_before_it_was_read_halts(
    fresh_bus: Bus, producer: Producer, admin: AIOKafkaAdminClient
):
    worker = Worker(Ledger(positions={0: 3, 1: 3}))
    await producer.send_all(events(100))
    await admin.delete_records({TopicPartition(fresh_bus.name(EVENTS_RAW), 0): RecordsToDelete(10)})
    async with consuming(fresh_bus, worker) as consumer:
        await eventually(lambda: worker.ledger.positions[1] == 50)
        await eventually(lambda: {at: halt.reason for at, halt in consumer.halted.items()} == {0: "log_truncated"})

    assert worker.ledger.positions[0] == 3


async def test_a_topic_that_was_made_again_halts(fresh_bus: Bus, producer: Producer, admin: AIOKafkaAdminClient):
    worker = Worker(Ledger())
    await producer.send_all(events(100))
    async with consuming(fresh_bus, worker) as consumer:
        await eventually(lambda: worker.ledger.positions == {0: 50, 1: 50})

        await admin.delete_topics([fresh_bus.name(EVENTS_RAW)])
        await fresh_bus.ensure_topics([EVENTS_RAW])
        await producer.send_all(events(20))

        await eventually(
            lambda: {at: halt.reason for at, halt in consumer.halted.items()} == dict.fromkeys((0, 1), "log_recreated"),
            30,
        )
    assert len(worker.ledger.counted) == 100


async def test_a_position_that_is_stale_beyond_the_log_is_asked_for_again(fresh_bus: Bus, producer: Producer):
    worker = Worker(Ledger())
    sent_away: list[Batch] = []

    def send_away_once(batch: Batch) -> Stale | None:
        if sent_away:
            return None
        sent_away.append(batch)
        return Stale(10**6)

    worker.before_commit = send_away_once
    await producer.send_all(events(100))
    async with consuming(fresh_bus, worker):
        await eventually(lambda: worker.ledger.positions == {0: 50, 1: 50})

    assert Counter(worker.ledger.values()) == numbers(100)


async def test_a_hole_lies_in_front_of_a_batch_with_the_position_that_was_asked_for(fresh_bus: Bus, producer: Producer):
    # A transaction's mark takes an offset and can be read by nobody: a hole as it stays behind when a foreign producer was let in.
    name = fresh_bus.name(EVENTS_RAW)
    foreign = AIOKafkaProducer(bootstrap_servers=fresh_bus.settings.kafka_bootstrap, transactional_id=name)
    await foreign.start()
    for number in range(3):
        await producer.send(Outgoing(EVENTS_RAW, b"c", f"before-{number}".encode(), 0))
        async with foreign.transaction():
            await foreign.send_and_wait(name, f"within-{number}".encode(), key=b"c", partition=0)
    await foreign.stop()
    reader = LogReader(fresh_bus, EVENTS_RAW)

    async def marks_are_there() -> bool:
        return (await reader.bounds(0)).end == 9

    await eventually(marks_are_there)
    await reader.stop()
    await producer.send(Outgoing(EVENTS_RAW, b"c", b"last", 0))
    worker = Worker(Ledger())
    async with consuming(fresh_bus, worker):
        await eventually(lambda: worker.ledger.positions.get(0) == 10)

    assert worker.ledger.skipped == 3
    assert len(worker.ledger.counted) == 7
    for batch in worker.batches:
        offsets = [record.offset for record in batch.records]
        assert offsets == list(range(offsets[0], offsets[0] + len(offsets)))


async def test_the_batch_in_flight_ends_before_the_consumer_does(fresh_bus: Bus, producer: Producer):
    worker = Worker(Ledger())
    handling = asyncio.Event()

    class Slow(Worker):
        async def handle(self, batch: Batch):
            handling.set()
            await asyncio.sleep(0.3)
            return await super().handle(batch)

    slow = Slow(worker.ledger)
    await producer.send_all(events(100))
    async with consuming(fresh_bus, slow):
        await handling.wait()

    assert sum(worker.ledger.positions.values()) > 0
    assert len(slow.batches) <= PARTITIONS


async def test_positions_are_told_to_kafka_for_scaling_and_never_read_back(
    fresh_bus: Bus, producer: Producer, admin: AIOKafkaAdminClient
):
    worker = Worker(Ledger())
    await producer.send_all(events(100))
    async with consuming(fresh_bus, worker):
        await eventually(lambda: worker.ledger.positions == {0: 50, 1: 50})
    group = f"{fresh_bus.settings.topic_prefix}test"
    told = await admin.list_consumer_group_offsets(group)
    assert {at.partition: known.offset for at, known in told.items()} == {0: 50, 1: 50}

    restored = Worker(Ledger(positions={0: 20, 1: 20}))
    async with consuming(fresh_bus, restored):
        await eventually(lambda: restored.ledger.positions == {0: 50, 1: 50})
    assert len(restored.ledger.counted) == 60


async def test_a_member_with_a_name_of_its_own_comes_back_without_waiting_for_its_session_to_end(
    fresh_bus: Bus, producer: Producer
):
    named = Bus(fresh_bus.settings.model_copy(update={"instance_id": "worker-0"}), "test")
    worker = Worker(Ledger())
    for restart in range(3):
        consumer = PartitionConsumer(named, EVENTS_RAW, worker, group="named", session_timeout_seconds=30)
        task = asyncio.create_task(consumer.run())
        await producer.send_all(events(100, first=restart * 100))
        await eventually(lambda: len(worker.ledger.counted) == (restart + 1) * 100, 10)  # noqa: B023 awaited at once
        task.cancel()
        await asyncio.wait({task})

    assert Counter(worker.ledger.values()) == numbers(300)


async def test_the_lag_of_a_partition_that_stands_still_is_seen(fresh_bus: Bus, producer: Producer):
    worker = Worker(Ledger(), before_commit=lambda batch: Blocked("newer") if batch.partition == 0 else None)
    await producer.send_all(events(100))
    async with consuming(fresh_bus, worker, batch_records=10):
        lag = CONSUMER_LAG.labels(EVENTS_RAW.name, "0")._value
        await eventually(lambda: lag.get() == 50)
        assert CONSUMER_LAG.labels(EVENTS_RAW.name, "1")._value.get() == 0
