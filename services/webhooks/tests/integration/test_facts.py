"""From Kafka to webhook events: one fact, one event, whatever the topic repeats."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from typing import Any
from uuid import UUID

import asyncpg
import msgspec
import pytest
from webhooks_tenant import Nowhere, Tenant, delivering

from usageflow_common.clock import Clock
from usageflow_common.database import transaction
from usageflow_common.dead_letters import DeadLetters, dead_letter_topic
from usageflow_common.ids import Prefix, new_id, parse_public_id, public_id
from usageflow_common.kafka import (
    Applied,
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
from usageflow_common.migrations import ServiceSchema
from usageflow_common.outbox import Relay
from usageflow_common.records import BillingFact
from usageflow_common.testing.databases import ServiceDatabase
from usageflow_common.testing.eventually import eventually
from usageflow_common.testing.plugin import Topics
from usageflow_common.testing.schemas import assert_matches_metadata
from usageflow_common.topics import BILLING_EVENTS, INVOICE_CREATED, WEBHOOK_DISPATCH, Topic, encode, tenant_key
from usageflow_webhooks.consumer import FactHandler, HintHandler
from usageflow_webhooks.intake import Intake
from usageflow_webhooks.tables import SCHEMA
from usageflow_webhooks.vault import Vault


def fact(org_id: UUID, event_id: UUID | None = None, event_type: str = "invoice.created", **data: Any) -> BillingFact:
    return BillingFact(
        org_id=org_id,
        event_id=event_id or new_id(),
        type=event_type,
        occurred_at=Clock().wall(),
        customer_id="user_123",
        subscription_id=None,
        invoice_id=None,
        version=1,
        webhook_data=data,
    )


def message(record: BillingFact, topic: Topic = INVOICE_CREATED, partition: int | None = None) -> Outgoing:
    return Outgoing(topic, tenant_key(record.org_id, record.customer_id), encode(record), partition)


@pytest.fixture(scope="module")
async def producer(bus: Bus, topics: Topics) -> AsyncIterator[Producer]:
    await topics(INVOICE_CREATED, BILLING_EVENTS, WEBHOOK_DISPATCH)
    started = Producer(bus)
    await started.start()
    yield started
    await started.stop()


@asynccontextmanager
async def running(*tasks: Callable[[], Awaitable[None]]) -> AsyncIterator[None]:
    started = [asyncio.ensure_future(task()) for task in tasks]
    try:
        yield
    finally:
        for task in started:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task


def fact_handler(database: ServiceDatabase, producer: Producer, topic: Topic = INVOICE_CREATED) -> FactHandler:
    clock = Clock()
    intake = Intake(database.engine, clock, Nowhere())
    return FactHandler(database.engine, intake, DeadLetters(topic, producer, clock), topic)


def consumers(bus: Bus, database: ServiceDatabase, producer: Producer) -> list[Callable[[], Awaitable[None]]]:
    return [
        PartitionConsumer(bus, topic, fact_handler(database, producer, topic), group=f"webhooks.{topic.name}").run
        for topic in (INVOICE_CREATED, BILLING_EVENTS)
    ]


async def test_migrations_lead_to_the_declared_tables(postgres_url: str):
    schema: ServiceSchema = SCHEMA
    await assert_matches_metadata(schema, postgres_url)


@pytest.mark.parametrize("table", SCHEMA.append_only)
@pytest.mark.parametrize("change", ["UPDATE {} SET org_id = org_id", "DELETE FROM {}", "TRUNCATE {} CASCADE"])
async def test_facts_and_attempts_cannot_be_changed_even_by_the_owner(
    table: str, change: str, database: ServiceDatabase, tenant: Tenant, vault: Vault
):
    await tenant.endpoint("http://127.0.0.1:9/")
    await tenant.happens()
    async with delivering(database, vault):
        await tenant.attempts(1)
    owner = await asyncpg.connect(database.owner_url)
    try:
        await owner.execute("SET search_path = webhooks")
        with pytest.raises(asyncpg.RestrictViolationError):
            await owner.execute(change.format(table))
    finally:
        await owner.close()


async def test_one_fact_that_comes_twice_is_one_event(
    bus: Bus, producer: Producer, database: ServiceDatabase, tenant: Tenant
):
    await tenant.endpoint("http://127.0.0.1:9/", "invoice.created")
    await tenant.endpoint("http://127.0.0.1:9/", "*")
    await tenant.endpoint("http://127.0.0.1:9/", "invoice.paid")
    record = fact(tenant.org_id, n=1)
    async with running(*consumers(bus, database, producer)):
        for _ in range(2):
            await producer.send(message(record))
        await producer.send(message(fact(tenant.org_id, event_type="invoice.paid"), BILLING_EVENTS))
        await producer.send(message(record, BILLING_EVENTS))
        last = fact(tenant.org_id, n=2)
        await producer.send(message(last))
        await eventually(lambda: _has(tenant, 3))
    events = await tenant.list("/events", sort="sequence")
    assert [event["sequence"] for event in events] == [1, 2, 3]
    assert sorted(event["id"] for event in events if event["type"] == "invoice.created") == sorted(
        public_id(Prefix.WEBHOOK_EVENT, one.event_id) for one in (record, last)
    )
    assert len(await tenant.list("/dispatches")) == 6


async def _has(tenant: Tenant, count: int) -> bool:
    return len(await tenant.list("/events")) >= count


async def test_numbers_are_given_without_gaps_when_two_workers_make_events_at_once(tenant: Tenant):
    await asyncio.gather(*(tenant.happens() for _ in range(25)))
    events = await tenant.list("/events", sort="sequence", limit=200)
    assert [event["sequence"] for event in events] == list(range(1, 26))


async def test_a_fact_that_nobody_chose_is_an_event_all_the_same(tenant: Tenant):
    await tenant.endpoint("http://127.0.0.1:9/", "ping")
    await tenant.happens("subscription.created")
    assert len(await tenant.list("/events")) == 1
    assert await tenant.list("/dispatches") == []


async def test_data_reaches_receivers_as_the_producer_wrote_it(
    bus: Bus, producer: Producer, database: ServiceDatabase, tenant: Tenant
):
    record = fact(tenant.org_id, placeholder=0)
    odd = b'{"b":1.10,"a":[1e2,12345678901234567890123],"t":"\\u00e9"}'
    value = encode(record).replace(b'{"placeholder":0}', odd)
    async with running(*consumers(bus, database, producer)):
        await producer.send(msgspec.structs.replace(message(record), value=value))
        await eventually(lambda: _has(tenant, 1))
    async with transaction(database.engine) as tx:
        body = (
            await tx.exec_driver_sql(f"SELECT body FROM webhook_events WHERE event_id = '{record.event_id}'")
        ).scalar_one()
    assert body.endswith(b'"data":' + odd + b"}")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"{", b"not json"),
        (b'"user_123"', b'"user\\u0000"'),
        (b'"invoice.created"', b'"invoice\\u0000created"'),
        (b'"occurred_at":"2', b'"occurred_at":"0001-01-01T00:00:00+05:00","former":"2'),
        (b'"occurred_at":"2', b'"occurred_at":"2026-01-01T00:00:00","former":"2'),
        (b'"webhook_data":', b'"former":'),
    ],
)
async def test_what_nobody_can_read_or_store_goes_to_the_dead_letters_and_the_rest_goes_on(
    old: bytes, new: bytes, bus: Bus, producer: Producer, database: ServiceDatabase, tenant: Tenant
):
    record = fact(tenant.org_id)
    poisoned = msgspec.structs.replace(message(record), value=encode(record).replace(old, new, 1))
    partition = bus.partition_of(INVOICE_CREATED, poisoned.key)
    reader = LogReader(bus, dead_letter_topic(INVOICE_CREATED))
    await reader.start()
    before = (await reader.bounds(partition)).end
    async with running(*consumers(bus, database, producer)):
        await producer.send(poisoned)
        await producer.send(message(record))
        await eventually(lambda: _has(tenant, 1))
        buried = await reader.read_at(partition, before)
    await reader.stop()
    assert buried is not None
    assert buried.value == poisoned.value
    assert buried.headers["dlq_topic"] == b"invoice.created"
    assert buried.headers["schema"] == b"invoice.created/1"


async def test_an_unknown_schema_waits_after_all_that_can_be_read(
    bus: Bus, producer: Producer, database: ServiceDatabase, tenant: Tenant
):
    handler = fact_handler(database, producer)
    good = fact(tenant.org_id)
    newer = Outgoing(replace(INVOICE_CREATED, version=2), b"k", b"{}", 3)
    first = await producer.send(message(good, partition=3))
    second = await producer.send(newer)
    reader = LogReader(bus, INVOICE_CREATED)
    await reader.start()
    records = [await reader.read_at(3, place.offset) for place in (first, second)]
    await reader.stop()
    assert all(records)
    batch = Batch(3, first.offset, tuple(record for record in records if record))
    assert await handler.handle(batch) == Applied(second.offset)
    assert await tenant.list("/events") != []
    rest = Batch(3, second.offset, batch.records[1:])
    assert await handler.handle(rest) == Blocked("unknown schema invoice.created/2")
    # a worker that is behind is told where to go on, and makes nothing
    assert await handler.handle(replace(batch, records=batch.records[:1])) == Stale(second.offset)
    assert len(await tenant.list("/events")) == 1


@pytest.mark.parametrize(
    ("log", "expected"),
    [
        (LogBounds(0, 5), 0),
        (LogBounds(3, 5), Halt("position_unknown", "the log starts at 3")),
    ],
)
async def test_a_partition_that_was_never_read_is_read_from_its_beginning_or_not_at_all(
    log: LogBounds, expected: object, database: ServiceDatabase, producer: Producer
):
    handler = fact_handler(database, producer)
    assert await handler.resume(99, log) == expected


async def test_each_due_dispatch_is_hinted_at_through_the_outbox(
    bus: Bus, producer: Producer, database: ServiceDatabase, tenant: Tenant
):
    wake = asyncio.Event()
    relay = Relay(database.engine, database.url, producer, schema=SCHEMA.service)
    hints = PartitionConsumer(bus, WEBHOOK_DISPATCH, HintHandler(wake), group="webhooks.hints")
    endpoint = await tenant.endpoint("http://127.0.0.1:9/")
    reader = LogReader(bus, WEBHOOK_DISPATCH)
    await reader.start()
    endpoint_id = parse_public_id(Prefix.ENDPOINT, endpoint["id"])
    partition = bus.partition_of(WEBHOOK_DISPATCH, str(endpoint_id).encode())

    async def relayed() -> bool:
        await tenant.happens()  # again and again: the group takes a moment to begin, and hints are not repeated
        return wake.is_set() and (await reader.bounds(partition)).end > 0

    async with running(relay.run, hints.run):
        await eventually(relayed)
    await reader.stop()
