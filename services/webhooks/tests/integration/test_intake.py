"""Partitions that are read side by side: one transaction for what gathers, and none pays for another."""

from __future__ import annotations

import asyncio

import pytest
from webhooks_tenant import Nowhere, Tenant

from usageflow_common.clock import Clock
from usageflow_common.ids import new_id
from usageflow_common.testing.databases import ServiceDatabase
from usageflow_common.topics import BILLING_EVENTS, Topic
from usageflow_webhooks.domain.events import Fact
from usageflow_webhooks.intake import Intake
from usageflow_webhooks.service.facts import Span, apply_facts, stored_position

PARTITIONS = 6


def facts_of(tenant: Tenant, count: int) -> list[Fact]:
    return [Fact(tenant.org_id, new_id(), "invoice.paid", Clock().wall(), "user_123", b"{}") for _ in range(count)]


def topic_of(tenant: Tenant) -> Topic:
    """Positions are kept by the topic's name: each test has its own."""
    return Topic(f"facts.{tenant.org_id}", 1, BILLING_EVENTS.record, ("invoicer",), ("webhooks",), None)


async def test_what_gathers_goes_together_and_is_numbered_without_gaps(database: ServiceDatabase, tenant: Tenant):
    topic, intake = topic_of(tenant), Intake(database.engine, Clock(), Nowhere())

    async def read(partition: int) -> list[bool]:
        return [await intake.take(Span(topic, partition, at * 5, at * 5 + 5), facts_of(tenant, 5)) for at in range(4)]

    assert await asyncio.gather(*(read(partition) for partition in range(PARTITIONS))) == [[True] * 4] * PARTITIONS

    events = await tenant.list("/events", sort="sequence", limit=200)
    assert [event["sequence"] for event in events] == list(range(1, PARTITIONS * 20 + 1))
    together = {event["createdAt"] for event in events}
    assert len(together) <= 5, "the first alone, then what gathered meanwhile"
    assert [await stored_position(database.engine, topic, each) for each in range(PARTITIONS)] == [20] * PARTITIONS


async def test_a_partition_that_another_worker_has_moved_is_refused_and_the_others_are_taken(
    database: ServiceDatabase, tenant: Tenant
):
    topic, other = topic_of(tenant), Intake(database.engine, Clock(), Nowhere())
    assert await other.take(Span(topic, 1, 0, 3), facts_of(tenant, 3))
    intake = Intake(database.engine, Clock(), Nowhere())

    taken = await asyncio.gather(
        *(intake.take(Span(topic, partition, 0, 2), facts_of(tenant, 2)) for partition in range(3))
    )

    assert taken == [True, False, True]
    assert len(await tenant.list("/events")) == 3 + 2 + 2


async def test_partitions_that_two_workers_read_at_once_are_taken_once(database: ServiceDatabase, tenant: Tenant):
    """Both wait for the same rows, of which one comes to each first; nobody waits in a circle, and nothing is stored twice."""
    topic = topic_of(tenant)
    spans = [Span(topic, partition, at, at + 2) for at in range(0, 20, 2) for partition in range(3)]
    read = {span: facts_of(tenant, 2) for span in spans}

    async def worker() -> list[bool]:
        taken = []
        for at in range(0, len(spans), 3):
            together = [(span, read[span]) for span in spans[at : at + 3]]
            taken += (await apply_facts(database.engine, Clock(), together)).moved
        return taken

    one, other = await asyncio.gather(worker(), worker())

    assert [a + b for a, b in zip(one, other, strict=True)] == [1] * len(spans)
    assert len(await tenant.list("/events", limit=200)) == 2 * len(spans)


async def test_what_was_read_again_before_it_was_stored_is_stored_once(database: ServiceDatabase, tenant: Tenant):
    """A reader that gives up leaves what it read behind: the same span stands in the transaction twice."""
    span, later, facts = Span(topic_of(tenant), 0, 0, 2), Span(topic_of(tenant), 0, 2, 3), facts_of(tenant, 2)

    stored = await apply_facts(
        database.engine, Clock(), [(span, facts), (later, facts_of(tenant, 1)), (span, facts), (later, [])]
    )

    assert stored.moved == [True, True, False, False]
    assert len(await tenant.list("/events")) == 3


async def test_a_partition_that_cannot_be_stored_does_not_hold_up_the_others(database: ServiceDatabase, tenant: Tenant):
    topic, intake = topic_of(tenant), Intake(database.engine, Clock(), Nowhere())
    backwards = Span(topic, 1, 5, 5)

    first = asyncio.create_task(intake.take(Span(topic, 0, 0, 1), facts_of(tenant, 1)))
    broken = asyncio.create_task(intake.take(backwards, facts_of(tenant, 1)))
    third = asyncio.create_task(intake.take(Span(topic, 2, 0, 1), facts_of(tenant, 1)))

    assert [await first, await third] == [True, True]
    with pytest.raises(ValueError, match="only moves forward"):
        await broken
    assert len(await tenant.list("/events")) == 2
