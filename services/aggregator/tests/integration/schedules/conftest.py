"""One migrated database for all schedules; each begins by emptying it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from schedule_stage import Stage

from usageflow_aggregator.tables import SCHEMA


@pytest.fixture(scope="module")
async def stage(service_database):
    """Two workers' engines, stepped, and the owner's connection."""
    database = await service_database(SCHEMA)
    stage = await Stage.open(database)
    yield stage
    await stage.close()
