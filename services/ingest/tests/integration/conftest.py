"""Ingest over a real PostgreSQL and a real Kafka: the API and the worker in this process, spoken to over HTTP."""

from __future__ import annotations

import base64
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import httpx
import pytest

from usageflow_common.kafka import Bus, Producer
from usageflow_common.settings import BusSettings
from usageflow_common.testing.callers import TokenKeys
from usageflow_common.testing.databases import ServiceDatabase
from usageflow_common.testing.eventually import eventually
from usageflow_common.testing.organizations import organization_record
from usageflow_common.testing.plugin import MigratedDatabases, Topics
from usageflow_common.topics import ORGANIZATIONS_CHANGED, tenant_key
from usageflow_ingest.app import build_app
from usageflow_ingest.settings import IngestSettings
from usageflow_ingest.tables import SCHEMA
from usageflow_ingest.worker import build_worker

# Test folders are no packages: this makes the module beside this file importable.
sys.path.insert(0, str(Path(__file__).parent))

from tracked_tenant import TOPICS, Tenant, announce


def settings_of(bus_settings: BusSettings, database: ServiceDatabase, keys: TokenKeys) -> IngestSettings:
    return IngestSettings.model_validate(
        bus_settings.model_dump()
        | {
            "database_url": database.url,
            "port": 8081,
            "token_public_keys": keys.setting,
            "cursor_secret": base64.b64encode(b"a secret for tests of cursors").decode(),
            "pool_size": 4,
        }
    )


@pytest.fixture(scope="module")
async def database(service_database: MigratedDatabases) -> ServiceDatabase:
    return await service_database(SCHEMA)


@pytest.fixture(scope="module")
def settings(bus_settings: BusSettings, database: ServiceDatabase, token_keys: TokenKeys) -> IngestSettings:
    return settings_of(bus_settings, database, token_keys)


@pytest.fixture(scope="module")
async def producer(bus: Bus, topics: Topics) -> AsyncIterator[Producer]:
    await topics(*TOPICS)
    producer = Producer(bus)
    await producer.start()
    yield producer
    await producer.stop()


@pytest.fixture(scope="module")
async def worker(settings: IngestSettings, producer: Producer) -> AsyncIterator[None]:
    app = build_worker(settings)
    async with app.router.lifespan_context(app):
        yield


@pytest.fixture(scope="module")
async def client(settings: IngestSettings, producer: Producer, worker: None) -> AsyncIterator[httpx.AsyncClient]:
    app = build_app(settings)
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(app.router.lifespan_context(app))
        client = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://ingest", timeout=30)
        await stack.enter_async_context(client)

        async def is_ready() -> bool:
            return (await client.get("/ready")).status_code == 200

        await eventually(is_ready)
        yield client


@pytest.fixture
async def tenant(client: httpx.AsyncClient, token_keys: TokenKeys, bus: Bus, producer: Producer) -> Tenant:
    tenant = Tenant(client, token_keys, bus)
    await announce(producer, ORGANIZATIONS_CHANGED, tenant_key(tenant.org_id), organization_record(tenant.org_id))
    return tenant
