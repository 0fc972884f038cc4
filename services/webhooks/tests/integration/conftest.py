"""The webhooks service over a real PostgreSQL, with a receiver beside it."""

from __future__ import annotations

import base64
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from usageflow_common.settings import BusSettings
from usageflow_common.testing.callers import TokenKeys
from usageflow_common.testing.databases import ServiceDatabase
from usageflow_common.testing.plugin import MigratedDatabases
from usageflow_webhooks.app import build_app
from usageflow_webhooks.settings import WebhooksSettings
from usageflow_webhooks.tables import SCHEMA
from usageflow_webhooks.vault import Vault
from usageflow_webhooks.wiring import make_vault

sys.path.insert(0, str(Path(__file__).parent))

from receiver import Receiver, open_receiver
from webhooks_tenant import Tenant


@pytest.fixture(scope="module")
async def database(service_database: MigratedDatabases) -> ServiceDatabase:
    return await service_database(SCHEMA)


@pytest.fixture(scope="module")
def settings(database: ServiceDatabase, bus_settings: BusSettings, token_keys: TokenKeys) -> WebhooksSettings:
    return WebhooksSettings(
        **bus_settings.model_dump(),
        database_url=database.url,
        port=1,
        token_public_keys=token_keys.setting,
        cursor_secret=base64.b64encode(b"c" * 32),
        secrets_key=base64.b64encode(b"s" * 32),
        webhook_allowed_networks=["127.0.0.0/8", "::1/128"],
    )


@pytest.fixture(scope="module")
def vault(settings: WebhooksSettings) -> Vault:
    return make_vault(settings)


@pytest.fixture(scope="module")
async def http(settings: WebhooksSettings) -> AsyncIterator[httpx.AsyncClient]:
    app = build_app(settings)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://webhooks") as client,
    ):
        yield client


@pytest.fixture
def tenant(http: httpx.AsyncClient, token_keys: TokenKeys, database: ServiceDatabase) -> Tenant:
    return Tenant(http, token_keys, database)


@pytest.fixture
def other_tenant(http: httpx.AsyncClient, token_keys: TokenKeys, database: ServiceDatabase) -> Tenant:
    return Tenant(http, token_keys, database)


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with open_receiver() as opened:
        yield opened
