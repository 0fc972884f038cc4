"""What is made by SQL for a measurement is what counting would have left."""

from __future__ import annotations

from datetime import date

import asyncpg
import pytest

from bench.store import many_keys, older_keys, stored_month, told_facts
from usageflow_aggregator.tables import SCHEMA
from usageflow_common.clock import Clock
from usageflow_common.ids import new_id
from usageflow_gateway.service import keys, organizations
from usageflow_gateway.tables import SCHEMA as GATEWAY
from usageflow_webhooks.tables import SCHEMA as WEBHOOKS


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


async def test_many_keys_are_followed_like_the_one_that_was_there(service_database):
    database = await service_database(GATEWAY)
    founded = await organizations.create_organization(
        database.engine, Clock(), name="Acme", mode="live", owner_email=None
    )
    await keys.create_key(
        database.engine, Clock(), org_id=founded.organization.org_id, name="k", scopes="*", pepper=b"p" * 32
    )
    owner = await asyncpg.connect(database.owner_url)
    try:
        assert await many_keys.fill(owner, 20, 3) == 61
    finally:
        await owner.close()
    snapshot = await keys.load_keys(database.engine)
    assert len({key.secret_hash for key in snapshot.keys if key.usable}) == 61
    assert len({key.org_id for key in snapshot.keys}) == 21


async def test_facts_are_made_for_organizations_of_their_own(service_database):
    database = await service_database(WEBHOOKS)
    owner = await asyncpg.connect(database.owner_url)
    try:
        named = await told_facts.add_facts(owner, 3, 4)
        rows = await owner.fetch("SELECT org_id, count(*), max(sequence) FROM webhooks.webhook_events GROUP BY 1")
    finally:
        await owner.close()
    assert {tuple(row) for row in rows} == {(org_id, 4, 4) for org_id, _ in named}
