"""Nothing leaves before it is committed, nothing committed is missed, and order is kept where it was asked for."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import pytest
import sqlalchemy as sa
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from sqlalchemy.ext.asyncio import AsyncEngine
from usageflow_sample.tables import SCHEMA

from usageflow_common.database import Transaction, connect, raw, transaction
from usageflow_common.errors import Unavailable
from usageflow_common.kafka import Bus, Outgoing, Placement, Producer, SendFailed
from usageflow_common.outbox import Relay, enqueue, oldest_age_seconds, wait_delivered
from usageflow_common.outbox.rows import read_page
from usageflow_common.settings import BusSettings
from usageflow_common.testing import ServiceDatabase, eventually
from usageflow_common.testing.plugin import MigratedDatabases, Topics
from usageflow_common.topics import AUDIT_RECORDED, BILLING_EVENTS, Topic


@dataclass(frozen=True, slots=True)
class Office:
    """A service's outbox, the topics it goes to, and the hands that carry it."""

    database: ServiceDatabase
    bus: Bus
    producer: Producer

    @property
    def engine(self) -> AsyncEngine:
        return self.database.engine

    async def post(self, *messages: Outgoing, lane: str | None = None) -> list[int]:
        async with transaction(self.engine) as tx:
            return await enqueue(tx, messages, lane=lane)

    async def waiting(self) -> list[bytes]:
        async with transaction(self.engine, read_only=True) as tx:
            return list((await tx.scalars(sa.text("SELECT value FROM outbox ORDER BY id"))).all())

    async def is_empty(self) -> bool:
        return not await self.waiting()

    @asynccontextmanager
    async def relay(self, producer: Producer | None = None) -> AsyncIterator[Relay]:
        relay = Relay(self.engine, self.database.url, producer or self.producer, schema="sample", batch_rows=50)
        task = asyncio.create_task(relay.run())
        try:
            yield relay
        finally:
            task.cancel()
            await asyncio.wait({task})
            assert task.cancelled()

    async def arrived(self, topic: Topic) -> list[ConsumerRecord]:
        """Everything that stands in the topic, by append time and partition."""
        consumer = AIOKafkaConsumer(bootstrap_servers=self.bus.settings.kafka_bootstrap, enable_auto_commit=False)
        await consumer.start()
        try:
            places = [TopicPartition(self.bus.name(topic), each) for each in range(self.bus.partitions(topic))]
            consumer.assign(places)
            await consumer.seek_to_beginning(*places)
            ends = await consumer.end_offsets(places)
            records: list[ConsumerRecord] = []
            while len(records) < sum(ends.values()):
                batches = await consumer.getmany(timeout_ms=200)
                records += [record for batch in batches.values() for record in batch]
            return sorted(records, key=lambda record: (record.timestamp, record.partition, record.offset))
        finally:
            await consumer.stop()

    async def values(self, topic: Topic, prefix: str) -> list[str]:
        texts = [record.value.decode() for record in await self.arrived(topic)]
        return [text for text in texts if text.startswith(prefix)]


@pytest.fixture(scope="module")
async def office(service_database: MigratedDatabases, bus: Bus, topics: Topics) -> AsyncIterator[Office]:
    await topics(AUDIT_RECORDED, BILLING_EVENTS)
    producer = Producer(bus)
    await producer.start()
    yield Office(await service_database(SCHEMA), bus, producer)
    await producer.stop()


def messages(prefix: str, count: int, *, topic: Topic = AUDIT_RECORDED, key: bytes = b"key") -> list[Outgoing]:
    return [Outgoing(topic, key, f"{prefix} {number}".encode()) for number in range(count)]


async def test_committed_rows_arrive_in_order_and_are_forgotten(office: Office) -> None:
    async with office.relay():
        ids = await office.post(*messages("ordered", 120))
        assert ids == sorted(ids)
        await wait_delivered(office.engine, ids)
    assert await office.values(AUDIT_RECORDED, "ordered") == [f"ordered {number}" for number in range(120)]
    assert await office.is_empty()


async def test_a_message_arrives_as_it_was_written(office: Office) -> None:
    message = Outgoing(BILLING_EVENTS, b"\x00key", b"as written", 3, {"request_id": "req_1"})
    async with office.relay():
        await wait_delivered(office.engine, await office.post(message))
    [record] = [each for each in await office.arrived(BILLING_EVENTS) if each.value == b"as written"]
    assert (record.partition, record.key) == (3, b"\x00key")
    assert dict(record.headers) == {"schema": b"billing.events/1", "produced_by": b"test", "request_id": b"req_1"}


async def test_what_is_rolled_back_never_leaves(office: Office) -> None:
    async def fail() -> None:
        async with transaction(office.engine) as tx:
            await enqueue(tx, messages("rolled back", 1))
            raise LookupError

    async with office.relay():
        with pytest.raises(LookupError):
            await fail()
        await wait_delivered(office.engine, await office.post(*messages("after it", 1)))
    assert await office.values(AUDIT_RECORDED, "rolled back") == []


async def test_a_row_that_commits_late_is_not_missed(office: Office) -> None:
    async with office.relay(), AsyncExitStack() as late:
        tx: Transaction = await late.enter_async_context(transaction(office.engine))
        [late_id] = await enqueue(tx, messages("late", 1, key=b"late"))
        [early_id] = await office.post(*messages("early", 1, key=b"early"))
        await wait_delivered(office.engine, [early_id])
        assert late_id < early_id
        await late.aclose()
        await wait_delivered(office.engine, [late_id])
    assert await office.values(AUDIT_RECORDED, "late") == ["late 0"]


async def test_a_relay_that_reads_behind_the_last_id_would_miss_it(office: Office) -> None:
    """The obvious way, `id > last`, written out to see what it loses."""
    seen: list[bytes] = []
    last = 0

    async def naive_pass() -> None:
        nonlocal last
        connection = await connect(office.database.url, application_name="naive")
        try:
            for row in await read_page(connection, after_id=last, rows=50):
                seen.append(row.message.value)
                last = row.id
        finally:
            await connection.close()

    async with transaction(office.engine) as tx:
        await enqueue(tx, messages("slow", 1))
        await office.post(*messages("fast", 1))
        await naive_pass()
    await naive_pass()
    assert seen == [b"fast 0"]
    assert await office.waiting() == [b"slow 0", b"fast 0"]
    async with office.relay():
        await eventually(office.is_empty)
    assert await office.values(AUDIT_RECORDED, "slow") == ["slow 0"]


async def test_a_row_does_not_overtake_one_that_commits_late_behind_the_page(office: Office) -> None:
    """A pass that has gone by the id of a row before that row was visible must not send what was written after it."""
    async with AsyncExitStack() as late, AsyncExitStack() as page_one:
        tx: Transaction = await late.enter_async_context(transaction(office.engine))
        await enqueue(tx, messages("chain one", 1, key=b"chain"))
        ids = await office.post(*messages("page one", 1, key=b"another chain"))
        # Somebody holds the first page's row, so the relay stands between its first page and its second.
        holder: Transaction = await page_one.enter_async_context(transaction(office.engine))
        await holder.execute(sa.text("SELECT FROM outbox WHERE id = ANY(:ids) FOR UPDATE"), {"ids": ids})
        async with office.relay():
            await eventually(lambda: office.values(AUDIT_RECORDED, "page one"))
            await late.aclose()
            await office.post(*messages("chain two", 1, key=b"chain"))
            await page_one.aclose()
            await eventually(office.is_empty)
    assert await office.values(AUDIT_RECORDED, "chain") == ["chain one 0", "chain two 0"]


async def test_a_crash_between_sending_and_deleting_repeats_and_loses_nothing(office: Office) -> None:
    ids = await office.post(*messages("repeated", 3))
    async with transaction(office.engine) as tx:
        # Somebody holds the rows, so the relay can send them and cannot delete them. There it is cut off.
        await tx.execute(sa.text("SELECT FROM outbox WHERE id = ANY(:ids) FOR UPDATE"), {"ids": ids})
        async with office.relay():
            await eventually(lambda: office.values(AUDIT_RECORDED, "repeated 2"))
    assert len(await office.waiting()) == 3
    async with office.relay():
        await wait_delivered(office.engine, ids)
    once = [f"repeated {number}" for number in range(3)]
    assert await office.values(AUDIT_RECORDED, "repeated") == once + once


async def insert_impossible(office: Office, name: str, key: bytes, lane: str | None = None) -> None:
    """A row that Kafka never takes, written past the check of `enqueue`."""
    async with transaction(office.engine) as tx:
        statement = """INSERT INTO outbox (topic, topic_version, key, value, headers, lane)
                       VALUES ('audit.recorded', 1, $1, $2, '{}', $3)"""
        await (await raw(tx)).execute(statement, key, name.encode().ljust(2_000_000), lane)


async def forget_impossible(office: Office) -> None:
    async with transaction(office.engine) as tx:
        await tx.execute(sa.text("DELETE FROM outbox WHERE octet_length(value) > 1000000"))


async def test_a_failed_row_holds_back_its_key_and_nothing_else(office: Office) -> None:
    await insert_impossible(office, "stuck", b"stuck key")
    behind = await office.post(*messages("behind it", 60, key=b"stuck key"))
    others = await office.post(*messages("beside it", 60, key=b"another key"))
    async with office.relay():
        await wait_delivered(office.engine, others)
        assert await office.values(AUDIT_RECORDED, "behind it") == []
        await forget_impossible(office)
        await wait_delivered(office.engine, behind)
    assert await office.values(AUDIT_RECORDED, "behind it") == [f"behind it {number}" for number in range(60)]


async def test_a_failed_row_holds_back_its_lane_in_every_partition(office: Office) -> None:
    first, second = two_keys(office.bus, AUDIT_RECORDED)
    await insert_impossible(office, "stuck", first, lane="numbers")
    behind = await office.post(*messages("number", 1, key=second), lane="numbers")
    # Its key is held back too, although it is in no lane: it must not overtake the row before it.
    held = await office.post(*messages("no number", 1, key=second))
    others = await office.post(*messages("other lane", 1, key=b"third"), lane="others")
    async with office.relay():
        await wait_delivered(office.engine, others)
        assert await office.values(AUDIT_RECORDED, "number") == []
        assert await office.values(AUDIT_RECORDED, "no number") == []
        await forget_impossible(office)
        await wait_delivered(office.engine, [*behind, *held])


async def test_a_lane_goes_through_two_partitions_in_one_order(office: Office) -> None:
    keys = two_keys(office.bus, AUDIT_RECORDED)
    numbered = [Outgoing(AUDIT_RECORDED, keys[number % 2], f"lane {number:03}".encode()) for number in range(60)]
    async with office.relay():
        await wait_delivered(office.engine, await office.post(*numbered, lane="order"))
    records = [record for record in await office.arrived(AUDIT_RECORDED) if record.value.startswith(b"lane ")]
    assert len({record.partition for record in records}) == 2
    by_number = sorted(records, key=lambda record: record.value)
    times = [record.timestamp for record in by_number]
    assert len(times) == 60
    assert times == sorted(times)


async def test_a_lane_of_one_key_leaves_together_and_in_order(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    handed_over: list[int] = []
    send_all = office.producer.send_all

    async def counted(messages: Sequence[Outgoing]) -> list[Placement | SendFailed]:
        handed_over.append(len(messages))
        return await send_all(messages)

    monkeypatch.setattr(office.producer, "send_all", counted)
    ids = await office.post(*messages("together", 40, key=b"one key"), lane="together")
    ids += await office.post(*messages("afterwards", 1, key=b"a second key"), lane="together")
    async with office.relay():
        await wait_delivered(office.engine, ids)
    assert await office.values(AUDIT_RECORDED, "together") == [f"together {number}" for number in range(40)]
    assert handed_over == [40, 1]


async def test_a_train_that_kafka_breaks_off_leaves_again_from_where_it_broke(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    send_all = office.producer.send_all

    async def broken(messages: Sequence[Outgoing]) -> list[Placement | SendFailed]:
        monkeypatch.setattr(office.producer, "send_all", send_all)
        acknowledged = await send_all(messages[:3])
        return [*acknowledged[:2], *[SendFailed("Not acknowledged.")] * (len(messages) - 2)]

    monkeypatch.setattr(office.producer, "send_all", broken)
    ids = await office.post(*messages("broken", 8, key=b"one key"), lane="broken")
    async with office.relay():
        await wait_delivered(office.engine, ids)
    found = [int(value.split()[1]) for value in await office.values(AUDIT_RECORDED, "broken")]
    assert found == [0, 1, 2, 2, 3, 4, 5, 6, 7], "all of them in order, one of them twice"


async def test_a_second_relay_waits_for_the_lease(office: Office) -> None:
    holders = sa.text("""
SELECT a.pid FROM pg_locks AS l JOIN pg_stat_activity AS a USING (pid)
 WHERE l.locktype = 'advisory' AND l.granted AND a.application_name = 'sample relay' AND a.datname = current_database()""")

    async def holding() -> Sequence[int]:
        async with transaction(office.engine, read_only=True) as tx:
            return (await tx.scalars(holders)).all()

    async with AsyncExitStack() as first, office.relay():
        await first.enter_async_context(office.relay())
        ids = await office.post(*messages("leased", 40))
        await wait_delivered(office.engine, ids)
        [holder] = await holding()
        await first.aclose()

        async def somebody() -> bool:
            return len(await holding()) == 1

        await eventually(somebody)
        await wait_delivered(office.engine, await office.post(*messages("leased again", 1)))
        assert holder > 0
    assert await office.values(AUDIT_RECORDED, "leased ") == [
        *(f"leased {number}" for number in range(40)),
        "leased again 0",
    ]


async def test_a_relay_that_loses_its_connection_goes_on_with_another(office: Office) -> None:
    owner = await connect(office.database.owner_url, application_name="test")
    try:
        async with office.relay():
            await wait_delivered(office.engine, await office.post(*messages("connected", 1)))
            killed = await owner.fetchval(
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
                " WHERE application_name = 'sample relay' AND datname = current_database()"
            )
            assert killed == 1
            await wait_delivered(office.engine, await office.post(*messages("connected again", 1)))
    finally:
        await owner.close()


async def test_rows_wait_while_kafka_is_away(office: Office) -> None:
    nowhere = Producer(Bus(BusSettings(kafka_bootstrap="127.0.0.1:1"), "test"), timeout_seconds=0.2)
    await nowhere.start()
    try:
        async with office.relay(nowhere):
            ids = await office.post(*messages("patient a", 5, key=b"a"), *messages("patient b", 5, key=b"b"))
            with pytest.raises(Unavailable, match="same key"):
                await wait_delivered(office.engine, ids, timeout_seconds=1.0)
    finally:
        await nowhere.stop()
    assert len(await office.waiting()) == 10
    assert await oldest_age_seconds(office.engine) > 1
    async with office.relay():
        await wait_delivered(office.engine, ids)
    for prefix in ("patient a", "patient b"):
        assert await office.values(AUDIT_RECORDED, prefix) == [f"{prefix} {number}" for number in range(5)]
    assert await oldest_age_seconds(office.engine) == 0


async def test_a_message_that_never_gets_through_does_not_make_the_others_late(office: Office) -> None:
    nowhere = Outgoing(AUDIT_RECORDED, b"nowhere", b"never", partition=99)
    ids = await office.post(nowhere)
    async with office.relay():
        for number in range(8):
            later = await office.post(Outgoing(AUDIT_RECORDED, b"somewhere", f"in time {number}".encode()))
            await wait_delivered(office.engine, later, timeout_seconds=1.5)
        assert await office.waiting() == [b"never"]
    async with transaction(office.engine) as tx:
        await tx.execute(sa.text("DELETE FROM outbox WHERE id = ANY(:ids)"), {"ids": ids})


async def test_a_page_is_bounded_by_bytes(office: Office) -> None:
    for number in range(20):
        await office.post(Outgoing(AUDIT_RECORDED, b"large", f"large {number}".encode().ljust(900_000)))
    connection = await connect(office.database.url, application_name="test")
    try:
        page = await read_page(connection, after_id=0, rows=50)
        assert len(page) == 19  # the one that passes 16 MiB is the last
    finally:
        await connection.close()
    async with office.relay():
        await eventually(office.is_empty)
    assert len(await office.values(AUDIT_RECORDED, "large")) == 20


async def test_a_message_that_kafka_never_takes_is_refused_at_once(office: Office) -> None:
    with pytest.raises(ValueError, match=r"too large for audit\.recorded"):
        await office.post(Outgoing(AUDIT_RECORDED, b"key", bytes(1_000_000)))
    assert await office.is_empty()


async def test_nothing_to_send_is_nothing_to_wait_for(office: Office) -> None:
    assert await office.post() == []
    await wait_delivered(office.engine, [])


def two_keys(bus: Bus, topic: Topic) -> tuple[bytes, bytes]:
    """Keys of two different partitions."""
    keys = {bus.partition_of(topic, key): key for key in (f"key {number}".encode() for number in range(64))}
    return keys[0], keys[1]
