"""The steps of the schema lead to what the code declares, and keep what was there."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime

import asyncpg
from alembic import command
from alembic.config import Config
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from usageflow_aggregator.tables import SCHEMA
from usageflow_common import migrations
from usageflow_common.ids import new_id
from usageflow_common.testing import assert_matches_metadata
from usageflow_common.testing.databases import empty_database, service_url

_EVENT = """
INSERT INTO aggregator.usage_events (org_id, partition, log_offset, event_id, idempotency_key, metric, metric_ids, amount, customer_id,
       occurred_at, occurred_at_given, properties, salt, event_hash, received_at, appended_at)
VALUES ($1, 2, $2, $3, 'call', 'API_CALL', ARRAY[]::uuid[], 1.50, 'user_123', $4, true, '{"a": 1.0}', $5, $5, $4, $6)"""
_KEY = """
INSERT INTO aggregator.event_keys (org_id, event_id, generation, payload_hash, partition, log_offset, received_on)
VALUES ($1, $2, 1, $3, 2, $4, '2026-05-01')"""


async def test_migrations_lead_to_the_declared_tables(postgres_url):
    await assert_matches_metadata(SCHEMA, postgres_url)


async def test_what_was_counted_before_the_days_lies_in_its_day_and_its_keys_say_so(postgres_url):
    org_id, proof = new_id(), bytes(range(32))
    occurred_at = datetime(2026, 4, 30, 23, 59, tzinfo=UTC)
    appended = [datetime(2026, 5, 1, 23, 59, tzinfo=UTC), datetime(2026, 5, 2, 0, 0, tzinfo=UTC)]
    async with empty_database(postgres_url) as owner_url:
        url = service_url(SCHEMA, owner_url)
        await _upgrade_to("0002", owner_url)
        owner = await asyncpg.connect(owner_url)
        try:
            for offset, appended_at in enumerate(appended):
                event_id = new_id()
                await owner.execute(_EVENT, org_id, offset, event_id, occurred_at, proof, appended_at)
                await owner.execute(_KEY, org_id, event_id, proof, offset)

            await asyncio.to_thread(migrations.upgrade, SCHEMA, owner_url=owner_url, service_url=url)

            events = await owner.fetch(
                "SELECT tableoid::regclass::text, * FROM aggregator.usage_events ORDER BY log_offset"
            )
            keys = await owner.fetch("SELECT log_offset, day FROM aggregator.event_keys ORDER BY log_offset")
            where = await owner.fetch("SELECT occurred_on, day FROM aggregator.event_days ORDER BY day")
        finally:
            await owner.close()
    assert [(row[0], row["appended_at"]) for row in events] == [
        ("aggregator.usage_events_20260501", appended[0]),
        ("aggregator.usage_events_20260502", appended[1]),
    ]
    assert [str(row["amount"]) for row in events] == ["1.50", "1.50"]
    assert [tuple(row) for row in keys] == [(0, date(2026, 5, 1)), (1, date(2026, 5, 2))]
    assert [tuple(row) for row in where] == [
        (date(2026, 4, 30), date(2026, 5, 1)),
        (date(2026, 4, 30), date(2026, 5, 2)),
    ]


async def _upgrade_to(revision, owner_url):
    """The first steps alone."""
    engine = create_async_engine(
        "postgresql+asyncpg://", async_creator=lambda: asyncpg.connect(owner_url), poolclass=NullPool
    )

    def run(connection):
        config = Config()
        config.set_main_option("script_location", str(SCHEMA.steps))
        config.set_main_option("path_separator", "os")
        config.attributes["connection"] = connection
        command.upgrade(config, revision)

    async with engine.connect() as connection:
        await connection.exec_driver_sql(f"CREATE SCHEMA {SCHEMA.service}")
        await connection.commit()
        await connection.run_sync(run)
    await engine.dispose()
