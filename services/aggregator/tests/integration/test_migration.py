"""The schema that migrations build."""

from __future__ import annotations

from usageflow_aggregator.tables import SCHEMA
from usageflow_common.testing import assert_matches_metadata


async def test_migrations_lead_to_the_declared_tables(postgres_url):
    await assert_matches_metadata(SCHEMA, postgres_url)
