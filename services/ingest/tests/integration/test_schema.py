"""The schema that migrations make."""

from __future__ import annotations

from usageflow_common.testing import assert_matches_metadata
from usageflow_ingest.tables import SCHEMA


async def test_upgrading_from_empty_equals_the_metadata(postgres_url: str) -> None:
    await assert_matches_metadata(SCHEMA, postgres_url)
