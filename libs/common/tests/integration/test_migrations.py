"""Schemas, roles and rights as a service finds them after `migrate`."""

import asyncio
import sys
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from urllib.parse import quote

import asyncpg
import pytest
from usageflow_sample.tables import SCHEMA, metadata

from usageflow_common.database import connect, constraint_of, create_engine
from usageflow_common.migrations import ServiceSchema, upgrade
from usageflow_common.migrations.roles import Role
from usageflow_common.testing import ServiceDatabase, assert_matches_metadata
from usageflow_common.testing.databases import empty_database, new_name, service_url
from usageflow_common.testing.plugin import MigratedDatabases


@pytest.fixture(scope="module")
async def database(service_database: MigratedDatabases) -> ServiceDatabase:
    return await service_database(SCHEMA)


@pytest.fixture
async def owner(database: ServiceDatabase) -> AsyncIterator[asyncpg.Connection]:
    connection = await connect(database.owner_url, application_name="test")
    yield connection
    await connection.close()


@pytest.fixture
async def service(database: ServiceDatabase) -> AsyncIterator[asyncpg.Connection]:
    connection = await connect(database.url, application_name="test")
    yield connection
    await connection.close()


async def test_upgrading_from_empty_equals_the_metadata(postgres_url: str) -> None:
    await assert_matches_metadata(SCHEMA, postgres_url)


async def test_a_difference_from_the_metadata_is_named(postgres_url: str) -> None:
    other = metadata.naming_convention
    changed = type(metadata)(schema="sample", naming_convention=other)
    for table in metadata.tables.values():
        table.to_metadata(changed)
    changed.tables["sample.things"].c.size.nullable = True
    with pytest.raises(AssertionError, match=r"only declared: column things\.size numeric identity"):
        await assert_matches_metadata(ServiceSchema("sample", changed, append_only=("facts",)), postgres_url)


async def test_upgrading_again_changes_nothing(database: ServiceDatabase, service: asyncpg.Connection) -> None:
    await service.execute("INSERT INTO things VALUES (gen_random_uuid(), 'kept', 1)")
    await asyncio.to_thread(upgrade, SCHEMA, owner_url=database.owner_url, service_url=database.url)
    assert await service.fetchval("SELECT count(*) FROM things WHERE name = 'kept'") == 1


async def test_two_processes_may_upgrade_at_once(postgres_url: str) -> None:
    code = (
        "import sys; from usageflow_sample.tables import SCHEMA; from usageflow_common.migrations import upgrade\n"
        "upgrade(SCHEMA, owner_url=sys.argv[1], service_url=sys.argv[2])"
    )
    environment: Mapping[str, str] = {"PYTHONPATH": str(Path(__file__).parent / "sample")}
    async with empty_database(postgres_url) as owner_url:
        arguments = (sys.executable, "-c", code, owner_url, service_url(SCHEMA, owner_url))
        processes = [await asyncio.create_subprocess_exec(*arguments, env=environment) for _ in range(3)]
        assert [await process.wait() for process in processes] == [0, 0, 0]
        connection = await connect(service_url(SCHEMA, owner_url), application_name="test")
        try:
            assert await connection.fetchval("SELECT version_num FROM schema_version") == "0002"
        finally:
            await connection.close()


async def test_a_role_logs_in_with_the_password_it_was_given_last(database: ServiceDatabase) -> None:
    # A role of its own: those of services are shared by all runs on this server.
    name = f"usageflow_{new_name('role')}"
    url = f"postgresql://{name}:{{}}@{database.owner_url.rpartition('@')[2]}"
    engine = create_engine(database.owner_url, application_name="test")
    try:
        for password in ("first, with spaces", "second"):
            async with engine.connect() as connection:
                await Role(name, password).ensure(connection, search_path="sample")
            role = await connect(url.format(quote(password)), application_name="test")
            assert await role.fetchval("SHOW search_path") == "sample"
            await role.close()
        with pytest.raises(asyncpg.InvalidPasswordError):
            await connect(url.format(quote("first, with spaces")), application_name="test")
    finally:
        async with engine.begin() as connection:
            await connection.exec_driver_sql(f"DROP ROLE {name}")
        await engine.dispose()


async def test_a_url_of_another_role_is_refused(database: ServiceDatabase) -> None:
    with pytest.raises(ValueError, match="must name the role usageflow_sample"):
        upgrade(SCHEMA, owner_url=database.owner_url, service_url=database.owner_url)


async def test_the_role_works_in_its_own_schema(service: asyncpg.Connection) -> None:
    await service.execute("INSERT INTO things VALUES (gen_random_uuid(), 'a', 1.5)")
    await service.execute("UPDATE things SET size = 2 WHERE name = 'a'")
    await service.execute("DELETE FROM things WHERE name = 'a'")
    await service.execute("INSERT INTO facts DEFAULT VALUES")


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE public.mine ()",
        "CREATE TABLE sample.mine ()",
        "DROP TABLE sample.things",
        "UPDATE sample.facts SET id = DEFAULT",
        "DELETE FROM sample.facts",
        "TRUNCATE sample.facts",
        "TRUNCATE sample.things",
        "UPDATE sample.schema_version SET version_num = '0001'",
        "SELECT * FROM strange.things",
    ],
)
async def test_the_role_may_do_nothing_else(
    owner: asyncpg.Connection, service: asyncpg.Connection, statement: str
) -> None:
    await owner.execute("CREATE SCHEMA IF NOT EXISTS strange")
    await owner.execute("CREATE TABLE IF NOT EXISTS strange.things ()")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await service.execute(statement)


@pytest.mark.parametrize(
    "statement", ["UPDATE sample.facts SET id = DEFAULT", "DELETE FROM sample.facts", "TRUNCATE sample.facts"]
)
async def test_not_even_the_owner_changes_what_is_append_only(owner: asyncpg.Connection, statement: str) -> None:
    await owner.execute("INSERT INTO sample.facts DEFAULT VALUES")
    with pytest.raises(asyncpg.RestrictViolationError, match="facts is append-only") as refused:
        await owner.execute(statement)
    assert constraint_of(refused.value) == "append_only_facts"
