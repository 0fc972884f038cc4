"""Entries from every service get one place each in their organization's chain, and nobody changes them unseen."""

import asyncio
import contextlib
import json
from datetime import UTC, datetime
from uuid import UUID

import msgspec
import pytest
import sqlalchemy as sa

from usageflow_common.clock import Clock
from usageflow_common.database import connect, transaction
from usageflow_common.dead_letters import DeadLetters, dead_letter_topic
from usageflow_common.ids import Prefix, new_id, public_id
from usageflow_common.kafka import Applied, Bus, Halt, LogReader, Outgoing, PartitionConsumer, Producer, Stale
from usageflow_common.outbox import Relay
from usageflow_common.records import ActorRecord, AuditRecord
from usageflow_common.testing import assert_fenced, eventually
from usageflow_common.topics import AUDIT_RECORDED, ORGANIZATIONS_CHANGED, encode, tenant_key
from usageflow_gateway.consumer import AuditHandler
from usageflow_gateway.domain.audit_chain import Broken, Head
from usageflow_gateway.service import audit as service
from usageflow_gateway.tables import SCHEMA


def record(org_id: UUID, number: int = 1, **changes) -> AuditRecord:
    values = {
        "org_id": org_id,
        "entry_id": new_id(),
        "at": datetime(2026, 3, 1, 12, 0, 0, number, tzinfo=UTC),
        "actor": ActorRecord(type="user", id=str(UUID(int=7)), name="Ada", role="ADMIN"),
        "action": "invoice.voided",
        "target": {"type": "invoice", "id": str(UUID(int=9))},
        "outcome": "done",
        "before": {"status": "open", "count": 2**60},
        "after": {"status": "void", "rate": 1},
        "user_agent": "a\x00b",
    }
    return AuditRecord(**{**values, **changes})


class Feed:
    """Batches of one partition, each behind the one before, as a consumer would hand them over."""

    def __init__(self, engine, partition):
        self.engine, self.partition, self.position = engine, partition, 0

    async def chain(self, *records, asked=None):
        asked = self.position if asked is None else asked
        outcome = await service.chain_entries(self.engine, self.partition, asked, asked + max(1, len(records)), records)
        if isinstance(outcome, Applied):
            self.position = outcome.next
        return outcome


@pytest.fixture
def feed(database, request):
    """A partition that no other test of this module uses."""
    numbers = {name: number for number, name in enumerate(sorted(item.nodeid for item in request.session.items))}
    return Feed(database.engine, 1_000 + numbers[request.node.nodeid])


async def chained(database, org_id):
    return await service.audit_page(database.engine, org_id, service.AuditFilter(), before_sequence=None, limit=200)


async def test_entries_of_each_organization_form_a_chain_of_their_own(database, feed):
    one, two = new_id(), new_id()
    await feed.chain(record(one, 1), record(two, 2), record(one, 3))
    await feed.chain(record(one, 4))
    assert [entry.sequence for entry in await chained(database, one)] == [3, 2, 1]
    assert [entry.sequence for entry in await chained(database, two)] == [1]
    assert await service.verify_chain(database.engine, one) == Head(3, (await chained(database, one))[0].hash)
    assert (await service.verify_chain(database.engine, two)).sequence == 1


async def test_ids_are_shown_and_values_made_plain_when_an_entry_is_chained(database, feed):
    org_id = new_id()
    await feed.chain(record(org_id))
    (entry,) = await chained(database, org_id)
    assert entry.entry.actor["id"] == public_id(Prefix.USER, UUID(int=7))
    assert entry.entry.target == {"type": "invoice", "id": public_id(Prefix.INVOICE, UUID(int=9))}
    assert entry.entry.before == {"status": "open", "count": str(2**60)}
    assert entry.entry.user_agent == "a\u2400b"
    assert entry.entry.at == datetime(2026, 3, 1, 12, 0, 0, 1, tzinfo=UTC)


async def test_the_entries_about_one_object_are_read_page_by_page(database, feed):
    org_id, about = new_id(), {"type": "customer", "id": "user_123"}
    others = [record(org_id, number) for number in (2, 4)]
    await feed.chain(*(record(org_id, number, target=about) for number in (1, 3, 5)), *others)
    wanted = service.AuditFilter(target_type="customer", target_id="user_123")
    page = await service.audit_page(database.engine, org_id, wanted, before_sequence=None, limit=2)
    rest = await service.audit_page(database.engine, org_id, wanted, before_sequence=page[-1].sequence, limit=2)
    assert [entry.entry.at.microsecond for entry in (*page, *rest)] == [5, 3, 1]
    assert {entry.entry.target["id"] for entry in (*page, *rest)} == {"user_123"}
    assert await service.audit_page(database.engine, new_id(), wanted, before_sequence=None, limit=2) == []


async def test_an_entry_that_comes_again_keeps_its_place(database, feed):
    org_id = new_id()
    first, second = record(org_id, 1), record(org_id, 2)
    await feed.chain(first, first)
    await feed.chain(first, second)
    assert [entry.entry.entry_id for entry in await chained(database, org_id)] == [second.entry_id, first.entry_id]


async def test_a_batch_that_was_taken_is_not_taken_again(database, feed):
    org_id = new_id()
    await feed.chain(record(org_id))
    assert await feed.chain(record(org_id, 2), asked=0) == Stale(seek_to=1)
    assert len(await chained(database, org_id)) == 1


async def test_a_position_without_a_row_is_an_alarm(database, feed):
    assert await feed.chain(record(new_id()), asked=5) == Halt("position_unknown")


async def test_two_workers_on_one_chain_leave_no_gap_and_no_fork(database, feed):
    org_id = new_id()
    other = Feed(database.engine, feed.partition + 100_000)
    await asyncio.gather(
        *(one.chain(record(org_id, number)) for number, one in enumerate((feed, other), 1)),
    )
    for number in range(3, 13):
        await asyncio.gather(feed.chain(record(org_id, number)), other.chain(record(org_id, number)))
    assert (await service.verify_chain(database.engine, org_id)).sequence == 22


async def test_a_transaction_that_is_cancelled_leaves_nothing(database, feed):
    org_id = new_id()
    await feed.chain(record(org_id))
    async with transaction(database.engine) as tx:
        await tx.execute(sa.text("SELECT FROM audit_heads WHERE org_id = :org FOR UPDATE"), {"org": org_id})
        waiting = asyncio.create_task(feed.chain(record(org_id, 2)))
        await asyncio.sleep(0.2)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
    assert len(await chained(database, org_id)) == 1
    assert await service.position_of(database.engine, feed.partition) == 1
    assert await feed.chain(record(org_id, 2)) == Applied(2)


TAMPERING = {
    'UPDATE gateway.audit_logs SET after = \'{"status": "paid"}\' WHERE org_id = $1 AND sequence = 2': 2,
    "UPDATE gateway.audit_logs SET at = at + interval '1 second' WHERE org_id = $1 AND sequence = 1": 1,
    "DELETE FROM gateway.audit_logs WHERE org_id = $1 AND sequence = 2": 2,
    "DELETE FROM gateway.audit_logs WHERE org_id = $1 AND sequence = 4": 4,
    "UPDATE gateway.audit_logs SET sequence = 9 WHERE org_id = $1 AND sequence = 3": 3,
}


@pytest.mark.parametrize(("statement", "broken"), TAMPERING.items())
async def test_tampering_is_found_where_it_was_done(database, feed, statement, broken):
    org_id = new_id()
    await feed.chain(*(record(org_id, number) for number in range(1, 5)))
    owner = await connect(database.owner_url, application_name="test")
    try:
        with pytest.raises(Exception, match="append-only"):
            await owner.execute(statement, org_id)
        async with owner.transaction():
            await owner.execute("ALTER TABLE gateway.audit_logs DISABLE TRIGGER USER")
            await owner.execute(statement, org_id)
            await owner.execute("ALTER TABLE gateway.audit_logs ENABLE TRIGGER USER")
    finally:
        await owner.close()
    assert await service.verify_chain(database.engine, org_id) == Broken(broken)


async def test_the_log_is_listed_filtered_and_paged(gateway, feed):
    actions = ["invoice.voided", "plan.created", "invoice.voided", "metric.created", "invoice.voided"]
    await feed.chain(*(record(gateway.org_id, number, action=action) for number, action in enumerate(actions, 1)))
    _, _, body = await gateway.send("GET", "/api/audit-logs?limit=2")
    page = json.loads(body)
    sequences = [entry["sequence"] for entry in page["data"]]
    while page["nextCursor"]:
        _, _, body = await gateway.send("GET", f"/api/audit-logs?limit=2&cursor={page['nextCursor']}")
        page = json.loads(body)
        sequences += [entry["sequence"] for entry in page["data"]]
    assert sequences == list(range(len(sequences), 0, -1))
    _, _, body = await gateway.send("GET", "/api/audit-logs?action=invoice.voided,plan.created&outcome=done")
    found = json.loads(body)["data"]
    assert [entry["action"] for entry in found] == ["invoice.voided"] * 2 + ["plan.created", "invoice.voided"]
    status, _, body = await gateway.send("GET", f"/api/audit-logs/{found[0]['id']}")
    assert (status, json.loads(body)) == (200, found[0])
    assert found[0]["previousHash"] != found[0]["hash"]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/api/audit-logs?limit=0", 422),
        ("/api/audit-logs?limit=201", 422),
        ("/api/audit-logs?colour=red", 422),
        ("/api/audit-logs?cursor=forged", 400),
        ("/api/audit-logs?createdFrom=yesterday", 422),
        ("/api/audit-logs/aud_1", 404),
        (f"/api/audit-logs/aud_{'0' * 32}", 404),
        (f"/api/audit-logs/inv_{'0' * 32}", 404),
    ],
)
async def test_what_cannot_be_asked_is_a_problem(gateway, path, status):
    answered, headers, _ = await gateway.send("GET", path)
    assert (answered, headers["Content-Type"]) == (status, "application/problem+json")


async def test_another_organizations_entry_is_not_there(gateway, feed):
    other = record(new_id())
    await feed.chain(other)
    status, _, _ = await gateway.send("GET", f"/api/audit-logs/{public_id(Prefix.AUDIT_ENTRY, other.entry_id)}")
    assert status == 404


@pytest.fixture
async def consuming(database, bus, topics):
    """Relay and consumer of a worker, on real topics."""
    await topics(AUDIT_RECORDED, ORGANIZATIONS_CHANGED)
    producer = Producer(bus)
    await producer.start()
    relay = Relay(database.engine, database.url, producer, schema="gateway")
    consumer = PartitionConsumer(
        bus,
        AUDIT_RECORDED,
        AuditHandler(database.engine, DeadLetters(AUDIT_RECORDED, producer, Clock())),
        group="gateway-audit",
    )
    tasks = [asyncio.create_task(relay.run()), asyncio.create_task(consumer.run())]
    yield producer
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    with contextlib.suppress(TimeoutError):
        await producer.stop()


async def dead_letters(bus: Bus) -> list[bytes]:
    """Values of all dead letters."""
    topic = dead_letter_topic(AUDIT_RECORDED)
    reader = LogReader(bus, topic)
    await reader.start()
    found = []
    try:
        for partition in range(bus.partitions(topic)):
            bounds = await reader.bounds(partition)
            found += [await reader.read_at(partition, offset) for offset in range(bounds.start, bounds.end)]
    finally:
        await reader.stop()
    return [message.value for message in found if message is not None]


async def test_what_an_operator_does_ends_in_the_chain_and_rubbish_in_the_dead_letters(
    consuming, gateway, database, bus
):
    rubbish = Outgoing(AUDIT_RECORDED, tenant_key(gateway.org_id), b"not a record")
    await consuming.send(rubbish)
    later = record(gateway.org_id, action="after.rubbish")
    await consuming.send(msgspec.structs.replace(rubbish, value=encode(later)))

    async def actions():
        found = {entry.entry.action for entry in await chained(database, gateway.org_id)}
        return found >= {"organization.created", "api_key.created", "after.rubbish"}

    await eventually(actions, 30)
    assert isinstance(await service.verify_chain(database.engine, gateway.org_id), Head)
    entry = next(e for e in await chained(database, gateway.org_id) if e.entry.action == "api_key.created")
    assert entry.entry.actor["type"] == "operator"
    assert entry.entry.target["id"].startswith("key_")
    assert gateway.secret not in json.dumps(entry.entry.after)
    assert await dead_letters(bus) == [b"not a record"]


async def test_readers_see_the_log_of_one_organization_alone(database, feed):
    both = [new_id(), new_id()]
    await feed.chain(*(record(org_id) for org_id in both))
    await assert_fenced(database, SCHEMA, both)
