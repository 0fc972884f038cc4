"""The migration, and the tables that it makes."""

import asyncio

import asyncpg

from usageflow_common.kafka import Bus
from usageflow_common.settings import BusSettings, MigrationSettings
from usageflow_common.testing import assert_matches_metadata
from usageflow_common.testing.databases import empty_database, service_url
from usageflow_common.testing.plugin import Topics
from usageflow_invoicer.migrate import migrate
from usageflow_invoicer.tables import SCHEMA


async def test_migrating_from_empty_gives_the_tables_of_the_metadata(postgres_url: str):
    await assert_matches_metadata(SCHEMA, postgres_url)


async def test_migrate_is_safe_to_repeat_and_to_run_twice_at_once(
    postgres_url: str, bus_settings: BusSettings, bus: Bus, topics: Topics
):
    async with empty_database(postgres_url) as owner_url:
        parts = bus_settings.model_dump() | {"event_partitions": 2}
        url = service_url(SCHEMA, owner_url)
        settings = MigrationSettings(**parts, database_url=url, owner_database_url=owner_url)
        await asyncio.gather(migrate(settings), migrate(settings))
        owner = await asyncpg.connect(owner_url)
        try:
            await owner.execute("UPDATE invoicer.applied_offsets SET applied = 7 WHERE partition = 1")
            await migrate(settings)
            rows = await owner.fetch("SELECT partition, generation, applied, position FROM invoicer.applied_offsets")
            assert sorted(tuple(row) for row in rows) == [(0, 1, 0, 0), (1, 1, 7, 0)]
        finally:
            await owner.close()
