"""What is made by SQL for a measurement is what counting would have left."""

from __future__ import annotations

from datetime import date

import asyncpg
import pytest

from bench.store import older_keys, stored_month
from usageflow_aggregator.tables import SCHEMA
from usageflow_common.ids import new_id


@pytest.fixture
async def owner(service_database):
    """An owner's connection to a migrated database."""
    database = await service_database(SCHEMA)
    connection = await asyncpg.connect(database.owner_url)
    yield connection
    await connection.close()


async def test_older_keys_fill_frozen_generations_and_a_new_one_takes_keys(owner, monkeypatch):
    monkeypatch.setattr(older_keys, "GENERATION_KEYS", 1_000)

    generations = await older_keys.fill(owner, new_id(), 2_500)

    rows = await owner.fetch(
        "SELECT generation, count(*), count(DISTINCT event_id) FROM aggregator.event_keys GROUP BY 1 ORDER BY 1"
    )
    assert generations == 3
    assert [tuple(row) for row in rows] == [(1, 1_000, 1_000), (2, 1_000, 1_000), (3, 500, 500)]
    assert await owner.fetchval("SELECT max(generation) FROM aggregator.key_generations") == 4


async def test_a_stored_month_has_as_much_in_its_windows_as_in_its_events(owner):
    org_id, metric_id, month = new_id(), new_id(), date(2026, 2, 1)

    await stored_month.fill(owner, org_id, metric_id, month, range(1))
    await stored_month.fill(owner, org_id, metric_id, month, range(1, 2))

    windows = await owner.fetch(
        "SELECT customer_id, sum(event_count), sum(total), count(*) FROM aggregator.aggregated_usage GROUP BY 1 ORDER BY 1"
    )
    events = await owner.fetch(
        "SELECT customer_id, count(*), sum(amount), count(DISTINCT day) FROM aggregator.usage_events GROUP BY 1 ORDER BY 1"
    )
    assert [tuple(row)[:3] for row in windows] == [tuple(row)[:3] for row in events]
    assert [(row[0], row[1], row[3]) for row in events] == [("stored-0", 10_000, 28), ("stored-1", 10_000, 28)]
    assert [row[3] for row in windows] == [2_688, 2_688]
    assert await owner.fetchval("SELECT count(*) FROM aggregator.event_days WHERE org_id = $1", org_id) == 28
