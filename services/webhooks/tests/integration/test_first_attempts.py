"""A fact for an endpoint of which nothing waits is leased with it, within the same limits as any turn; all others go the usual way."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from dying_worker import TOPIC, WITH_FACT
from receiver import Receiver, answers, hangs
from webhooks_tenant import LOCAL, Nowhere, Tenant, delivering

from usageflow_common.clock import Clock
from usageflow_common.database import transaction
from usageflow_common.ids import Prefix, new_id, parse_public_id
from usageflow_common.testing.databases import ServiceDatabase
from usageflow_common.testing.eventually import eventually
from usageflow_common.topics import BILLING_EVENTS, Topic
from usageflow_webhooks.client import DeliveryClient
from usageflow_webhooks.deliverer import Deliverer
from usageflow_webhooks.domain.circuit import FIRST_PLACES, Circuit
from usageflow_webhooks.domain.events import Fact
from usageflow_webhooks.intake import Intake
from usageflow_webhooks.resolver import Resolver
from usageflow_webhooks.service.facts import Span, Stored, apply_facts
from usageflow_webhooks.service.turns import LEASE, take_turns
from usageflow_webhooks.store.endpoints import lock_circuit, lock_endpoint, write_circuit
from usageflow_webhooks.vault import Vault

URL = "http://127.0.0.1:9/hooks"
PLACES = 100
PROGRAM = Path(__file__).with_name("dying_worker.py")


@dataclass(slots=True)
class Reading:
    """A partition of the tenant's own, read from its beginning on."""

    database: ServiceDatabase
    tenant: Tenant
    position: int = 0
    topic: Topic = field(init=False)

    def __post_init__(self) -> None:
        self.topic = topic_of(self.tenant)

    async def facts(self, count: int = 1, *, places: int = PLACES) -> Stored:
        facts = [fact_of(self.tenant) for _ in range(count)]
        span = Span(self.topic, 0, self.position, self.position + count)
        self.position = span.after
        return await apply_facts(self.database.engine, Clock(), [(span, facts)], places)


def topic_of(tenant: Tenant) -> Topic:
    return Topic(f"{TOPIC}.{tenant.org_id}", 1, BILLING_EVENTS.record, ("invoicer",), ("webhooks",), None)


def fact_of(tenant: Tenant) -> Fact:
    return Fact(tenant.org_id, new_id(), "invoice.paid", Clock().wall(), "user_123", b"{}")


@pytest.fixture
def reading(database: ServiceDatabase, tenant: Tenant) -> Reading:
    return Reading(database, tenant)


@pytest.fixture
async def owner(database: ServiceDatabase) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(database.owner_url)
    await connection.execute("SET search_path = webhooks")
    yield connection
    await connection.close()


async def hints(owner: asyncpg.Connection, tenant: Tenant) -> int:
    rows = await owner.fetch("SELECT value FROM outbox WHERE topic = 'webhook.dispatch'")
    return sum(json.loads(row["value"])["org_id"] == str(tenant.org_id) for row in rows)


async def test_where_nothing_waits_the_first_attempt_is_leased_with_the_fact_and_nobody_is_told(
    reading: Reading, tenant: Tenant, database: ServiceDatabase, owner: asyncpg.Connection
):
    made = await tenant.endpoint(URL)
    stored = await reading.facts(2)
    assert (stored.moved, stored.waits, len(stored.work)) == ([True], False, 2)
    rows = await owner.fetch(
        "SELECT dispatch_id, lease_id, lease_until - leased_at AS long FROM webhook_dispatches WHERE org_id = $1",
        tenant.org_id,
    )
    leases = [work.lease for work in stored.work]
    assert {(row["dispatch_id"], row["lease_id"]) for row in rows} == {
        (one.dispatch_id, one.lease_id) for one in leases
    }
    assert {row["long"] for row in rows} == {LEASE}
    for work in stored.work:
        assert json.loads(work.body)["id"] == f"evt_{work.lease.event_id.hex}"
        assert [secret.endpoint_id for secret in work.secrets] == [parse_public_id(Prefix.ENDPOINT, made["id"])]
    assert await hints(owner, tenant) == 0
    mine = [work for work in (await take_turns(database.engine, Clock(), PLACES)).work if work.lease in leases]
    assert mine == []


async def waits_already(reading: Reading, _endpoint: dict[str, Any]) -> None:
    await reading.facts(places=0)


async def has_failed(reading: Reading, endpoint: dict[str, Any]) -> None:
    ids = reading.tenant.org_id, parse_public_id(Prefix.ENDPOINT, endpoint["id"])
    async with transaction(reading.database.engine) as tx:
        await lock_endpoint(tx, *ids)
        await lock_circuit(tx, *ids)
        await write_circuit(tx, *ids, Circuit(failures=1))


async def has_little_room(reading: Reading, _endpoint: dict[str, Any]) -> None:
    assert len((await reading.facts(FIRST_PLACES - 1)).work) == FIRST_PLACES - 1


async def has_used_its_rate(reading: Reading, endpoint: dict[str, Any]) -> None:
    changed = await reading.tenant.call("PATCH", f"/endpoints/{endpoint['id']}", {"ratePerSecond": 1}, version=1)
    assert changed.status_code == 200, changed.text
    assert len((await reading.facts()).work) == 1


@pytest.mark.parametrize("before", [waits_already, has_failed, has_little_room, has_used_its_rate])
async def test_what_has_no_room_or_others_before_it_is_told_and_waits_for_a_turn(
    before: Any, reading: Reading, tenant: Tenant, owner: asyncpg.Connection
):
    endpoint = await tenant.endpoint(URL)
    await before(reading, endpoint)
    told = await hints(owner, tenant)
    stored = await reading.facts(2)
    assert (stored.moved, stored.work, stored.waits) == ([True], [], True)
    assert await hints(owner, tenant) == told + 1
    due = await owner.fetchval("SELECT next_due_at FROM endpoint_state WHERE org_id = $1", tenant.org_id)
    assert due is not None


async def test_the_worker_has_no_more_under_way_than_its_places(reading: Reading, tenant: Tenant):
    for _ in range(3):
        await tenant.endpoint(URL)
    stored = await reading.facts(2, places=5)
    assert (len(stored.work), stored.waits) == (4, True)


async def test_an_endpoint_that_a_look_holds_is_not_waited_for(
    reading: Reading, tenant: Tenant, database: ServiceDatabase, owner: asyncpg.Connection
):
    await tenant.endpoint(URL)
    async with owner.transaction():
        await owner.execute("SELECT FROM endpoint_state WHERE org_id = $1 FOR UPDATE", tenant.org_id)
        telling = asyncio.create_task(reading.facts())
        done, _ = await asyncio.wait({telling}, timeout=0.3)
        assert not done, "it announces what waits, when the look has ended"
    stored = await telling
    assert (stored.work, stored.waits) == ([], True)


async def test_a_disabled_endpoint_collects(reading: Reading, tenant: Tenant):
    endpoint = await tenant.endpoint(URL)
    await tenant.post(f"/endpoints/{endpoint['id']}/disable")
    stored = await reading.facts()
    assert (stored.work, stored.waits) == ([], False)
    assert [one["status"] for one in await tenant.list("/dispatches")] == ["parked"]


async def test_what_was_read_goes_out_and_nothing_more_once_the_worker_ends(
    tenant: Tenant, receiver: Receiver, database: ServiceDatabase, vault: Vault
):
    await tenant.endpoint(receiver.url("/hook"))
    resolver = Resolver(LOCAL)
    deliverer = Deliverer(database.engine, DeliveryClient(resolver), vault, Clock(), asyncio.Event(), places=10)
    with deliverer.reserved() as places:
        assert places == 0, "it does not run yet"
    running = asyncio.create_task(deliverer.run())
    await deliverer.opened.wait()
    intake = Intake(database.engine, Clock(), deliverer)
    assert await intake.take(Span(topic_of(tenant), 0, 0, 1), [fact_of(tenant)])
    await tenant.attempts(1)
    await eventually(lambda: not deliverer._running)

    receiver.behaviours["/hook"] = answers("200 OK")
    with deliverer.reserved() as places:
        assert places == 5, "half of what is free"
        stored = await apply_facts(
            database.engine, Clock(), [(Span(topic_of(tenant), 0, 1, 2), [fact_of(tenant)])], places
        )
        running.cancel()
        await eventually(lambda: not deliverer.opened.is_set())
        with deliverer.reserved() as more:
            assert more == 0, "it is ending"
        deliverer.begin(stored.work)
    await asyncio.wait({running})
    resolver.close()
    assert len(receiver.at("/hook")) == len(await tenant.attempts(2)) == 2


# The step → what the log holds in the end, how often the receiver was asked, and whether the fact is read again.
DEATHS = {
    "leased with its fact, not committed": ([None], 1, True),
    "leased with its fact, nothing sent": (["interrupted", None], 1, False),
    "sent with its fact, no answer yet": (["interrupted", None], 2, False),
}


def test_every_step_has_its_case():
    assert set(DEATHS) == set(WITH_FACT)


@pytest.mark.parametrize("step", DEATHS)
async def test_a_fact_survives_the_death_of_the_worker_that_stores_and_sends_it(
    step: str, tenant: Tenant, receiver: Receiver, database: ServiceDatabase, vault: Vault
):
    codes, asked, read_again = DEATHS[step]
    await tenant.endpoint(receiver.url("/hook"))
    receiver.behaviours["/hook"] = hangs
    fact = fact_of(tenant)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, str(PROGRAM), step), stdin=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
    )
    assert process.stdin is not None
    given = {"url": database.url, "key": (b"s" * 32).hex(), "org": str(fact.org_id), "fact": str(fact.event_id)}
    process.stdin.write(json.dumps(given).encode() + b"\n")
    try:
        if asked == 2:
            await eventually(lambda: receiver.at("/hook"), timeout_seconds=60)
            process.kill()
        assert await asyncio.wait_for(process.wait(), 60) == -signal.SIGKILL
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()

    receiver.behaviours["/hook"] = answers("204 No Content")
    again = Intake(database.engine, Clock(), Nowhere())
    assert await again.take(Span(topic_of(tenant), 0, 0, 1), [fact]) is read_again
    async with delivering(database, vault, ahead=2 * LEASE):
        logged = await tenant.attempts(len(codes))
    [dispatch] = await tenant.list("/dispatches")
    assert (dispatch["status"], dispatch["attempts"]) == ("delivered", len(codes))
    assert [one["errorCode"] for one in logged] == codes
    assert [one.headers["webhook-id"] for one in receiver.at("/hook")] == [fact.webhook_id] * asked
