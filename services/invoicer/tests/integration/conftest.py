"""A migrated database for a module, and a new organization for each test."""

import base64
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import httpx
import pytest

from usageflow_common.ids import new_id
from usageflow_common.kafka import Bus, PartitionConsumer, Producer
from usageflow_common.records import MetricRecord
from usageflow_common.settings import BusSettings
from usageflow_common.testing import ServiceDatabase, TokenKeys, eventually
from usageflow_common.testing.plugin import MigratedDatabases, Topics
from usageflow_common.tokens import TokenVerifier
from usageflow_common.topics import (
    AUDIT_RECORDED,
    BILLING_EVENTS,
    CLOCKS_CHANGED,
    EVENTS_RAW,
    INVOICE_CREATED,
    METRICS_CHANGED,
    ORGANIZATIONS_CHANGED,
    USAGE_AGGREGATED,
)
from usageflow_invoicer.app import build_app
from usageflow_invoicer.service.upkeep import add_partitions
from usageflow_invoicer.settings import InvoicerSettings
from usageflow_invoicer.tables import SCHEMA

sys.path.insert(0, str(Path(__file__).parent))

from invoicer_billing import PARTITIONS, Billing, organization
from invoicer_log import Log, at
from invoicer_running import Peer, Service, announce, serve_peer


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


@pytest.fixture
async def service(
    database: ServiceDatabase, log: Log, bus_settings: BusSettings, bus: Bus, topics: Topics, token_keys: TokenKeys
) -> AsyncIterator[Service]:
    """The running service with its worker and the aggregator's part played."""
    await topics(
        EVENTS_RAW,
        USAGE_AGGREGATED,
        INVOICE_CREATED,
        BILLING_EVENTS,
        AUDIT_RECORDED,
        ORGANIZATIONS_CHANGED,
        METRICS_CHANGED,
        CLOCKS_CHANGED,
    )
    async with AsyncExitStack() as stack:
        producer = Producer(bus)
        await producer.start()
        stack.push_async_callback(producer.stop)
        peer = Peer(log, producer, TokenVerifier(token_keys.public_keys, "aggregator"))
        url = await serve_peer(stack, peer)
        settings = InvoicerSettings(
            **bus_settings.model_dump(),
            database_url=database.url,
            port=1,
            token_public_keys=token_keys.setting,
            cursor_secret=base64.b64encode(b"c" * 32),
            token_private_key=base64.b64encode(token_keys.private_keys["usageflow-invoicer"]),
            token_key_id=token_keys.key_id,
            aggregator_url=url,
        )
        owner = organization()
        metric = await announce(producer, owner)
        app = build_app(settings)
        counting = PartitionConsumer(bus, EVENTS_RAW, peer, group="peer")
        app.state.supervisor.start_later("peer", counting.run)
        await stack.enter_async_context(app.router.lifespan_context(app))
        worker = await stack.enter_async_context(AsyncExitStack())
        transport = httpx.ASGITransport(app=app)
        http = await stack.enter_async_context(
            httpx.AsyncClient(transport=transport, base_url="http://invoicer", timeout=30)
        )

        async def is_ready() -> bool:
            return (await http.get("/ready")).status_code == 200

        await eventually(is_ready)
        service = Service(http, producer, token_keys, owner.org_id, metric, settings, worker)
        await service.start_worker()
        yield service
