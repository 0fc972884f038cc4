"""PostgreSQL is killed and comes back: what was committed is there, and work goes on by itself."""

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError
from usageflow_sample.tables import SCHEMA

from usageflow_common.database import is_unavailable, transaction
from usageflow_common.kafka import Bus, Outgoing, Producer
from usageflow_common.outbox import Relay, enqueue, wait_delivered
from usageflow_common.testing import ServiceDatabase
from usageflow_common.testing.databases import migrated_database
from usageflow_common.testing.plugin import Topics
from usageflow_common.topics import AUDIT_RECORDED
from usageflow_local.postgres import LocalPostgres


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalPostgres]:
    """A server of one's own: the run's is never killed."""
    with LocalPostgres(tmp_path_factory.mktemp("postgres"), throwaway=True) as server:
        yield server


@pytest.fixture(scope="module")
async def database(server: LocalPostgres) -> AsyncIterator[ServiceDatabase]:
    async with migrated_database(SCHEMA, server.url("postgres")) as database:
        yield database


async def test_the_first_transaction_after_a_restart_works(server: LocalPostgres, database: ServiceDatabase) -> None:
    async with transaction(database.engine) as tx:
        await tx.execute(sa.text("INSERT INTO things VALUES (gen_random_uuid(), 'kept', 1)"))
    server.kill()
    with pytest.raises((OSError, DBAPIError)) as away:
        async with transaction(database.engine):
            pass
    assert is_unavailable(away.value)
    await asyncio.to_thread(server.start)
    async with transaction(database.engine) as tx:
        assert (await tx.execute(sa.text("SELECT count(*) FROM things WHERE name = 'kept'"))).scalar_one() == 1


async def test_the_relay_survives_a_restart(
    server: LocalPostgres, database: ServiceDatabase, bus: Bus, topics: Topics
) -> None:
    await topics(AUDIT_RECORDED)
    producer = Producer(bus)
    await producer.start()
    relay = asyncio.create_task(Relay(database.engine, database.url, producer, schema="sample").run())
    try:
        for value in (b"before", b"after"):
            async with transaction(database.engine) as tx:
                ids = await enqueue(tx, [Outgoing(AUDIT_RECORDED, b"key", value)])
            await wait_delivered(database.engine, ids)
            server.kill()
            await asyncio.to_thread(server.start)
    finally:
        relay.cancel()
        await asyncio.wait({relay})
        await producer.stop()
    assert relay.cancelled()
