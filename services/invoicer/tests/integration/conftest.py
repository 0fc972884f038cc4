"""A migrated database for a module, and a new organization for each test."""

import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from usageflow_common.ids import new_id
from usageflow_common.records import MetricRecord
from usageflow_common.testing import ServiceDatabase
from usageflow_common.testing.plugin import MigratedDatabases
from usageflow_invoicer.service.upkeep import add_partitions
from usageflow_invoicer.tables import SCHEMA

sys.path.insert(0, str(Path(__file__).parent))

from invoicer_billing import PARTITIONS, Billing, organization
from invoicer_log import Log, at


@pytest.fixture(scope="module")
async def database(service_database: MigratedDatabases) -> ServiceDatabase:
    """The invoicer's schema with a row for each partition."""
    database = await service_database(SCHEMA)
    await add_partitions(database.engine, PARTITIONS)
    return database


@pytest.fixture(scope="module")
def log(database: ServiceDatabase) -> Log:
    """What the aggregator has counted."""
    return Log(database.engine)


@pytest.fixture
async def billing(database: ServiceDatabase, log: Log) -> AsyncIterator[Billing]:
    """One organization with a metric."""
    owner = organization()
    metric = MetricRecord(
        org_id=owner.org_id,
        metric_id=new_id(),
        code="API_CALL",
        event_name="API_CALL",
        aggregation="SUM",
        value_property=None,
        filters=(),
        group_by=(),
        status="active",
        active_from=at("2026-01-01"),
        created_at=at("2026-01-01"),
        version=1,
    )
    billing = Billing(database.engine, database.owner_url, log, owner, metric)
    yield billing
    await billing.fetch("UPDATE billing_runs SET status = 'failed' WHERE status IN ('waiting', 'closing')")
    await billing.acknowledge()
