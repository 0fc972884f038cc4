"""A client of the API over a test's world."""

from __future__ import annotations

import base64
from contextlib import asynccontextmanager

import httpx

from usageflow_aggregator.app import build_app
from usageflow_aggregator.settings import AggregatorSettings
from usageflow_common.testing import eventually


@asynccontextmanager
async def open_api(world, token_keys):
    """The client; wait `until_ready` before the first question."""
    app = build_app(_settings_of(world, token_keys))
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://aggregator", timeout=30) as client:
            yield client


async def until_ready(client):
    """The API has read its catalogs to their present end."""
    await eventually(lambda: _is_ready(client), 30)


def _settings_of(world, token_keys):
    return AggregatorSettings(
        database_url=world.database.url,
        kafka_bootstrap=world.bus.settings.kafka_bootstrap,
        topic_prefix=world.bus.settings.topic_prefix,
        event_partitions=2,
        port=8082,
        token_public_keys=token_keys.setting,
        cursor_secret=base64.b64encode(b"c" * 32),
        digest_key=base64.b64encode(bytes(range(32))),
    )


async def _is_ready(client):
    return (await client.get("/ready")).status_code == 200
