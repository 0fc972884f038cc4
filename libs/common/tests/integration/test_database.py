"""Transactions that have really begun, exact values, and errors by their names."""

import asyncio
from collections.abc import AsyncIterator
from decimal import Decimal
from uuid import UUID

import asyncpg
import pytest
import sqlalchemy as sa
from sqlalchemy import exc
from sqlalchemy.ext.asyncio import AsyncEngine
from usageflow_sample.tables import SCHEMA, things

from usageflow_common.database import (
    Transaction,
    connect,
    constraint_of,
    create_engine,
    is_unavailable,
    json_text,
    raw,
    retry_conflicts,
    sqlstate_of,
    transaction,
)
from usageflow_common.ids import new_id
from usageflow_common.testing import ServiceDatabase
from usageflow_common.testing.plugin import MigratedDatabases


@pytest.fixture(scope="module")
async def database(service_database: MigratedDatabases) -> ServiceDatabase:
    return await service_database(SCHEMA)


@pytest.fixture(scope="module")
def engine(database: ServiceDatabase) -> AsyncEngine:
    return database.engine


@pytest.fixture
async def org_id(engine: AsyncEngine) -> AsyncIterator[UUID]:
    return new_id()


async def insert_thing(tx: Transaction, org_id: UUID, name: str, size: int = 1) -> None:
    connection = await raw(tx)
    await connection.execute("INSERT INTO things (org_id, name, size) VALUES ($1, $2, $3)", org_id, name, size)


async def names(engine: AsyncEngine, org_id: UUID) -> list[str]:
    async with transaction(engine, read_only=True) as tx:
        query = sa.select(things.c.name).where(things.c.org_id == org_id).order_by(things.c.name)
        return list((await tx.scalars(query)).all())


async def test_a_raw_first_statement_is_rolled_back_with_the_rest(engine: AsyncEngine, org_id: UUID) -> None:
    async def fail() -> None:
        async with transaction(engine) as tx:
            await insert_thing(tx, org_id, "raw")
            raise LookupError

    with pytest.raises(LookupError):
        await fail()
    assert await names(engine, org_id) == []


async def test_the_dialect_alone_would_have_committed_it(engine: AsyncEngine, org_id: UUID) -> None:
    """Why `transaction` begins by a statement: the trap it closes is still there."""
    async with engine.connect() as connection, connection.begin() as begun:
        driver = (await connection.get_raw_connection()).driver_connection
        await driver.execute("INSERT INTO things (org_id, name, size) VALUES ($1, 'raw', 1)", org_id)
        await begun.rollback()
    assert await names(engine, org_id) == ["raw"]


async def test_raw_refuses_to_work_outside_a_transaction(engine: AsyncEngine) -> None:
    async with engine.connect() as connection:
        with pytest.raises(RuntimeError, match="outside a transaction"):
            await raw(connection)


async def test_raw_and_core_statements_share_one_transaction(engine: AsyncEngine, org_id: UUID) -> None:
    async with transaction(engine) as tx:
        await insert_thing(tx, org_id, "raw")
        await tx.execute(sa.insert(things).values(org_id=org_id, name="core", size=1))
        assert await names(engine, org_id) == []
    assert await names(engine, org_id) == ["core", "raw"]


async def test_a_cancelled_body_leaves_nothing(engine: AsyncEngine, org_id: UUID) -> None:
    inserted = asyncio.Event()

    async def work() -> None:
        async with transaction(engine) as tx:
            await insert_thing(tx, org_id, "cancelled")
            inserted.set()
            await tx.execute(sa.text("SELECT pg_sleep(20)"))

    task = asyncio.create_task(work())
    await inserted.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await names(engine, org_id) == []


async def test_repeatable_read_sees_one_moment(engine: AsyncEngine, org_id: UUID) -> None:
    count = sa.select(sa.func.count()).select_from(things).where(things.c.org_id == org_id)
    async with transaction(engine, "REPEATABLE READ") as snapshot:
        # Begun, but nothing read yet: the snapshot is taken by the first statement of the body.
        async with transaction(engine) as tx:
            await insert_thing(tx, org_id, "before")
        assert (await snapshot.execute(count)).scalar_one() == 1
        async with transaction(engine) as tx:
            await insert_thing(tx, org_id, "after")
        assert (await snapshot.execute(count)).scalar_one() == 1
    async with transaction(engine) as tx:
        assert (await tx.execute(sa.text("SHOW transaction_isolation"))).scalar_one() == "read committed"


async def test_a_read_only_transaction_writes_nothing(engine: AsyncEngine, org_id: UUID) -> None:
    with pytest.raises(asyncpg.ReadOnlySQLTransactionError):
        async with transaction(engine, read_only=True) as tx:
            await insert_thing(tx, org_id, "never")
    async with transaction(engine) as tx:
        await insert_thing(tx, org_id, "the next one may")


async def test_numbers_come_back_exactly(engine: AsyncEngine) -> None:
    value = {"price": Decimal("0.10"), "count": 3, "large": 2**70, "tiny": Decimal("0.000000000001"), "text": "1.5"}
    async with transaction(engine) as tx:
        connection = await raw(tx)
        assert await connection.fetchval("SELECT $1::jsonb", json_text(value)) == value
        assert (await tx.execute(sa.select(sa.literal(value, sa.JSON)))).scalar_one() == value
        assert str(await connection.fetchval("SELECT 12345678901234567890.120::numeric")) == "12345678901234567890.120"


async def test_a_session_has_the_limits_of_the_house(engine: AsyncEngine) -> None:
    async with transaction(engine) as tx:
        for name, value in (
            ("timezone", "UTC"),
            ("transaction_timeout", "30s"),
            ("lock_timeout", "10s"),
            ("search_path", "sample"),
            ("application_name", "test sample"),
        ):
            assert (await tx.execute(sa.text(f"SHOW {name}"))).scalar_one() == value


async def test_the_name_of_a_broken_constraint_is_known(engine: AsyncEngine, org_id: UUID) -> None:
    with pytest.raises(exc.IntegrityError) as by_core:
        async with transaction(engine) as tx:
            await tx.execute(sa.insert(things).values(org_id=org_id, name="a", size=-1))
    with pytest.raises(asyncpg.CheckViolationError) as by_raw:
        async with transaction(engine) as tx:
            await insert_thing(tx, org_id, "a", size=-1)
    assert {constraint_of(by_core.value), constraint_of(by_raw.value)} == {"ck_things_size_not_negative"}
    assert not is_unavailable(by_core.value)


async def test_a_connection_that_died_in_the_pool_is_replaced(database: ServiceDatabase) -> None:
    engine = create_engine(database.url, application_name="test dying", pool_size=2)
    owner = await connect(database.owner_url, application_name="test")
    try:
        async with transaction(engine) as first, transaction(engine) as second:
            pids = [(await tx.execute(sa.text("SELECT pg_backend_pid()"))).scalar_one() for tx in (first, second)]
        for pid in pids:
            await owner.execute("SELECT pg_terminate_backend($1)", pid)
        # At once, so that the loop has not seen the end of the connections yet; and then again, when it has.
        for _ in range(2):
            async with transaction(engine) as tx:
                assert (await tx.execute(sa.text("SELECT pg_backend_pid()"))).scalar_one() not in pids
    finally:
        await owner.close()
        await engine.dispose()


async def test_a_transaction_whose_connection_dies_fails_as_unavailable(
    database: ServiceDatabase, engine: AsyncEngine, org_id: UUID
) -> None:
    async def lose_connection() -> None:
        async with transaction(engine) as tx:
            await insert_thing(tx, org_id, "lost")
            pid = (await tx.execute(sa.text("SELECT pg_backend_pid()"))).scalar_one()
            await owner.execute("SELECT pg_terminate_backend($1)", pid)
            await tx.execute(sa.text("SELECT 1"))

    owner = await connect(database.owner_url, application_name="test")
    try:
        with pytest.raises((exc.DBAPIError, asyncpg.PostgresError)) as died:
            await lose_connection()
    finally:
        await owner.close()
    assert is_unavailable(died.value)
    assert await names(engine, org_id) == []


async def test_a_server_that_is_not_there_is_unavailable() -> None:
    engine = create_engine("postgresql://nobody:nothing@127.0.0.1:1/none", application_name="test")
    with pytest.raises(OSError, match="Connect call failed") as refused:
        async with transaction(engine):
            pass
    assert is_unavailable(refused.value)


async def test_a_lost_race_is_run_again(engine: AsyncEngine, org_id: UUID) -> None:
    async with transaction(engine) as tx:
        await insert_thing(tx, org_id, "counter", size=0)
    barrier = asyncio.Barrier(2)
    attempts = 0

    async def increment() -> None:
        nonlocal attempts
        attempts += 1
        async with transaction(engine, "REPEATABLE READ") as tx:
            size = (await tx.execute(sa.select(things.c.size).where(things.c.org_id == org_id))).scalar_one()
            if attempts <= 2:
                await barrier.wait()
            await tx.execute(sa.update(things).where(things.c.org_id == org_id).values(size=size + 1))

    await asyncio.gather(retry_conflicts(increment), retry_conflicts(increment))
    async with transaction(engine) as tx:
        assert (await tx.execute(sa.select(things.c.size).where(things.c.org_id == org_id))).scalar_one() == 2
    assert attempts == 3


async def test_a_race_that_is_always_lost_is_told(engine: AsyncEngine) -> None:
    attempts = 0

    async def lose() -> None:
        nonlocal attempts
        attempts += 1
        async with transaction(engine) as tx:
            await tx.exec_driver_sql("DO $$ BEGIN RAISE EXCEPTION 'lost' USING ERRCODE = '40P01'; END $$")

    with pytest.raises(exc.DBAPIError) as lost:
        await retry_conflicts(lose, attempts=3)
    assert (attempts, sqlstate_of(lost.value)) == (3, "40P01")
