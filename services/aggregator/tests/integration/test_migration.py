"""The schema that migrations build, and what it refuses."""

from __future__ import annotations

import asyncpg
import pytest

from usageflow_aggregator.tables import SCHEMA
from usageflow_common.testing import assert_matches_metadata


async def test_migrations_lead_to_the_declared_tables(postgres_url: str) -> None:
    await assert_matches_metadata(SCHEMA, postgres_url)
