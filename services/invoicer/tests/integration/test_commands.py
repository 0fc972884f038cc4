"""The migrate command, and the tables that it makes."""

import argparse
import asyncio
import base64

import asyncpg
import pytest

from usageflow_common.kafka import Bus
from usageflow_common.settings import BusSettings
from usageflow_common.testing import assert_matches_metadata
from usageflow_common.testing.databases import empty_database, service_url
from usageflow_common.testing.plugin import Topics
from usageflow_invoicer.commands import run_migrate
from usageflow_invoicer.tables import SCHEMA


async def test_migrating_from_empty_gives_the_tables_of_the_metadata(postgres_url: str):
    await assert_matches_metadata(SCHEMA, postgres_url)


async def test_migrate_is_safe_to_repeat_and_to_run_twice_at_once(
    postgres_url: str, bus_settings: BusSettings, bus: Bus, topics: Topics, monkeypatch: pytest.MonkeyPatch
):
    async with empty_database(postgres_url) as owner_url:
        for name, value in {
            "DATABASE_URL": service_url(SCHEMA, owner_url),
            "OWNER_DATABASE_URL": owner_url,
            "KAFKA_BOOTSTRAP": bus_settings.kafka_bootstrap,
            "TOPIC_PREFIX": bus_settings.topic_prefix,
            "EVENT_PARTITIONS": "2",
            "PORT": "8083",
            "TOKEN_PUBLIC_KEYS": "{}",
            "CURSOR_SECRET": base64.b64encode(b"c" * 32).decode(),
        }.items():
            monkeypatch.setenv(f"USAGEFLOW_{name}", value)
        await asyncio.gather(run_migrate(argparse.Namespace()), run_migrate(argparse.Namespace()))
        owner = await asyncpg.connect(owner_url)
        try:
            await owner.execute("UPDATE invoicer.applied_offsets SET applied = 7 WHERE partition = 1")
            assert await run_migrate(argparse.Namespace()) == 0
            rows = await owner.fetch("SELECT partition, generation, applied, position FROM invoicer.applied_offsets")
            assert sorted(tuple(row) for row in rows) == [(0, 1, 0, 0), (1, 1, 7, 0)]
        finally:
            await owner.close()
