"""What is past its time goes, what is younger cannot; secrets follow a change of keys; nothing that waits is forgotten."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import asyncpg
import pytest
from receiver import Receiver
from webhooks_tenant import Later, Tenant, delivering

from usageflow_common.clock import Clock
from usageflow_common.database import transaction
from usageflow_common.testing.databases import ServiceDatabase
from usageflow_common.testing.eventually import eventually
from usageflow_webhooks.service.upkeep import Retention, Upkeep
from usageflow_webhooks.vault import Vault

URL = "http://127.0.0.1:9/hooks"


@pytest.fixture
async def owner(database: ServiceDatabase) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(database.owner_url)
    await connection.execute("SET search_path = webhooks")
    yield connection
    await connection.close()


def upkeep(database: ServiceDatabase, vault: Vault, *, ahead: timedelta = timedelta()) -> Upkeep:
    return Upkeep(database.engine, Later(ahead=ahead), vault, Retention())


async def grow_old(owner: asyncpg.Connection, tenant: Tenant, days: int) -> None:
    """As if everything of an organization had happened so many days ago."""
    for table, columns in (
        ("webhook_events", ["created_at"]),
        ("webhook_dispatches", ["created_at", "completed_at"]),
        ("webhook_deliveries", ["created_at"]),
        ("event_sequences", ["facts_from"]),
    ):
        moved = ", ".join(f"{column} = {column} - interval '{days} days'" for column in columns)
        await owner.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        await owner.execute(f"UPDATE {table} SET {moved} WHERE org_id = $1", tenant.org_id)
        await owner.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")


async def test_what_is_past_its_time_goes_from_the_oldest_on_and_the_feed_keeps_its_numbers(
    tenant: Tenant, receiver: Receiver, database: ServiceDatabase, vault: Vault, owner: asyncpg.Connection
):
    await tenant.endpoint(receiver.url("/hook"), "invoice.created")
    for _ in range(3):
        await tenant.happens()
    await tenant.happens("invoice.paid")  # chosen by nobody
    async with delivering(database, vault):
        await tenant.attempts(3)
    await grow_old(owner, tenant, 91)
    await tenant.happens()
    await upkeep(database, vault).purge()
    assert [one["sequence"] for one in await tenant.list("/events")] == [5]
    assert [one["status"] for one in await tenant.list("/dispatches")] == ["pending"]
    assert await tenant.list("/deliveries") == []


async def test_a_fact_stays_with_its_dispatch_and_goes_soon_after_it(
    tenant: Tenant, receiver: Receiver, database: ServiceDatabase, vault: Vault, owner: asyncpg.Connection
):
    await tenant.endpoint(receiver.url("/hook"))
    for _ in range(2):
        await tenant.happens()
    async with delivering(database, vault):
        await tenant.attempts(2)
    await grow_old(owner, tenant, 91)
    done = "UPDATE webhook_dispatches SET completed_at = completed_at + $1 WHERE org_id = $2"
    await owner.execute(done, timedelta(days=2), tenant.org_id)
    await upkeep(database, vault).purge()
    assert len(await tenant.list("/events")) == len(await tenant.list("/dispatches")) == 2
    await owner.execute(done, timedelta(days=-2), tenant.org_id)
    await upkeep(database, vault).purge()
    assert await tenant.list("/dispatches") == []
    assert len(await tenant.list("/events")) == 2, "looked at again in an hour"
    await upkeep(database, vault, ahead=timedelta(hours=2)).purge()
    assert await tenant.list("/events") == []


async def test_facts_go_a_bounded_number_at_a_time(
    tenant: Tenant, database: ServiceDatabase, owner: asyncpg.Connection
):
    for _ in range(5):
        await tenant.happens()
    await grow_old(owner, tenant, 91)
    gone = []
    for _ in range(4):
        async with transaction(database.engine) as tx:
            await tx.exec_driver_sql("SELECT webhooks.forget_log(now() - interval '90 days', 2)")
        gone.append(5 - len(await tenant.list("/events")))
    assert gone == [2, 4, 5, 5]


async def test_a_pass_that_has_nothing_to_forget_looks_at_no_organization(
    tenant: Tenant, receiver: Receiver, database: ServiceDatabase, vault: Vault, owner: asyncpg.Connection
):
    await tenant.endpoint(receiver.url("/hook"))
    await tenant.happens()
    async with delivering(database, vault):
        await tenant.attempts(1)
    async with owner.transaction():
        await owner.execute(
            "INSERT INTO event_sequences SELECT gen_random_uuid(), n FROM generate_series(1, 5000) AS n"
        )
        await owner.execute("ANALYZE event_sequences")
        forget = "SELECT forget_log(now() - interval '90 days', 1000)"
        while await owner.fetchval(forget):
            """What other tests left."""
        before = await rows_read(owner)
        assert await owner.fetchval(forget) == 0
        read = await rows_read(owner) - before
        assert read < 10, "the planner asks an index for its end, and that is all"
        await owner.execute("DELETE FROM event_sequences WHERE org_id <> ALL (SELECT org_id FROM webhook_endpoints)")


async def rows_read(owner: asyncpg.Connection) -> int:
    """Of organizations and facts in this transaction, one after the other and by way of an index."""
    read = """
SELECT sum(seq_tup_read + coalesce(idx_tup_fetch, 0)) FROM pg_stat_xact_user_tables
 WHERE schemaname = 'webhooks' AND relname IN ('event_sequences', 'webhook_events')"""
    return int(await owner.fetchval(read))


async def test_what_is_younger_than_the_policy_stays(
    tenant: Tenant, receiver: Receiver, database: ServiceDatabase, vault: Vault, owner: asyncpg.Connection
):
    await tenant.endpoint(receiver.url("/hook"))
    await tenant.happens()
    async with delivering(database, vault):
        await tenant.attempts(1)
    await grow_old(owner, tenant, 89)
    await upkeep(database, vault).purge()
    assert len(await tenant.list("/deliveries")) == len(await tenant.list("/events")) == 1


async def test_no_policy_reaches_what_is_younger_than_thirty_days(
    tenant: Tenant, receiver: Receiver, database: ServiceDatabase, vault: Vault, owner: asyncpg.Connection
):
    await tenant.endpoint(receiver.url("/hook"))
    await tenant.happens()
    async with delivering(database, vault):
        await tenant.attempts(1)
    await grow_old(owner, tenant, 29)
    async with transaction(database.engine) as tx:
        await tx.exec_driver_sql("SELECT webhooks.forget_log(now(), 1000)")
    assert len(await tenant.list("/deliveries")) == 1
    with pytest.raises(asyncpg.RestrictViolationError):
        await owner.execute("DELETE FROM webhook_deliveries WHERE org_id = $1", tenant.org_id)


async def test_what_a_disabled_endpoint_collects_is_dropped_after_its_time(
    tenant: Tenant, database: ServiceDatabase, vault: Vault
):
    made = await tenant.endpoint(URL, "invoice.created")
    await tenant.post(f"/endpoints/{made['id']}/disable")
    await tenant.happens()
    await upkeep(database, vault, ahead=timedelta(days=29)).purge()
    assert [one["status"] for one in await tenant.list("/dispatches")] == ["parked"]
    await upkeep(database, vault, ahead=timedelta(days=31)).purge()
    assert [one["status"] for one in await tenant.list("/dispatches")] == ["discarded"]


async def test_after_a_change_of_keys_everything_is_sealed_anew_and_the_old_key_is_not_needed(
    tenant: Tenant, receiver: Receiver, database: ServiceDatabase, vault: Vault, owner: asyncpg.Connection
):
    body = {"url": receiver.url("/hook"), "eventTypes": ["*"], "headers": {"Authorization": "Bearer t0ken"}}
    assert (await tenant.post("/endpoints", body)).status_code == 201
    newer = Vault(b"n" * 32, [b"s" * 32])
    while await upkeep(database, newer).seal_anew():
        pass
    assert await owner.fetchval("SELECT count(*) FROM endpoint_secrets WHERE key_id <> $1", newer.key_id) == 0
    await tenant.happens()
    async with delivering(database, Vault(b"n" * 32)):
        await eventually(lambda: receiver.at("/hook"))
    assert receiver.at("/hook")[0].headers["authorization"] == "Bearer t0ken"
    back = Vault(b"s" * 32, [b"n" * 32])
    while await upkeep(database, back).seal_anew():
        pass
    assert await owner.fetchval("SELECT count(*) FROM endpoint_secrets WHERE key_id <> $1", vault.key_id) == 0


async def test_what_nobody_announced_is_found(
    tenant: Tenant, receiver: Receiver, database: ServiceDatabase, vault: Vault, owner: asyncpg.Connection
):
    await tenant.endpoint(receiver.url("/hook"))
    await tenant.happens()
    await owner.execute("UPDATE endpoint_state SET next_due_at = NULL WHERE org_id = $1", tenant.org_id)
    await Upkeep(database.engine, Clock(), vault, Retention()).sweep()
    async with delivering(database, vault):
        await eventually(lambda: receiver.at("/hook"))


async def test_what_was_tampered_with_stops_no_neighbour_of_it(
    tenant: Tenant, other_tenant: Tenant, database: ServiceDatabase, vault: Vault, owner: asyncpg.Connection
):
    for each in (tenant, other_tenant):
        body = {"url": URL, "eventTypes": ["*"], "headers": {"Authorization": "Bearer t0ken"}}
        assert (await each.post("/endpoints", body)).status_code == 201
    mine = "WHERE org_id = $1"
    await owner.execute(f"UPDATE endpoint_secrets SET sealed = sealed || '\\x00' {mine}", tenant.org_id)
    await owner.execute(
        f"UPDATE webhook_endpoints SET headers_sealed = headers_sealed || '\\x00' {mine}", tenant.org_id
    )
    newer = Vault(b"m" * 32, [b"s" * 32])
    while await upkeep(database, newer).seal_anew():
        pass
    left = await owner.fetch("SELECT org_id FROM endpoint_secrets WHERE key_id <> $1", newer.key_id)
    assert [row["org_id"] for row in left] == [tenant.org_id]
    left = await owner.fetch("SELECT org_id FROM webhook_endpoints WHERE headers_key_id <> $1", newer.key_id)
    assert [row["org_id"] for row in left] == [tenant.org_id]
    while await upkeep(database, Vault(b"s" * 32, [b"m" * 32])).seal_anew():
        pass
