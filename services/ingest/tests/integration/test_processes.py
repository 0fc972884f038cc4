"""Ingest as it runs: migrated twice at once, then an API and a worker as processes of their own."""

from __future__ import annotations

import base64
import json
import os
import secrets
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
from tracked_tenant import Tenant, announce

from usageflow_common.kafka import Bus, Producer
from usageflow_common.settings import BusSettings
from usageflow_common.testing.callers import TokenKeys
from usageflow_common.testing.databases import empty_database, service_url
from usageflow_common.testing.eventually import eventually
from usageflow_common.testing.organizations import organization_record
from usageflow_common.topics import CLOCKS_CHANGED, ORGANIZATIONS_CHANGED, tenant_key
from usageflow_ingest.tables import SCHEMA
from usageflow_local.ports import any_free_port
from usageflow_local.process import Command, GuardedProcess

METRIC = {"code": "API_CALL", "name": "API calls", "aggregation": "SUM"}
EVENT = {"metric": "API_CALL", "customerId": "user_123"}


def start(word: str, environment: dict[str, str], folder: Path) -> GuardedProcess:
    """Behind a guardian: it ends with the tests, however they end."""
    arguments = [sys.executable, "-m", "usageflow_ingest", word]
    return GuardedProcess(Command(arguments, dict(os.environ) | environment, folder, folder / f"{word}.log"))


@asynccontextmanager
async def running(word: str, environment: dict[str, str], port: int, folder: Path) -> AsyncIterator[GuardedProcess]:
    process = start(word, environment | {"USAGEFLOW_PORT": str(port)}, folder)
    try:
        async with httpx.AsyncClient() as client:

            async def is_ready() -> bool:
                try:
                    return (await client.get(f"http://127.0.0.1:{port}/ready")).status_code == 200
                except httpx.TransportError:
                    return False

            await eventually(is_ready, timeout_seconds=40)
        yield process
    finally:
        process.kill()


async def test_processes_migrate_serve_survive_kill_9_and_drain(
    postgres_url: str, bus_settings: BusSettings, token_keys: TokenKeys, tmp_path: Path
) -> None:
    settings = bus_settings.model_copy(update={"topic_prefix": f"t{secrets.token_hex(5)}."})
    bus = Bus(settings, "test")
    async with empty_database(postgres_url) as owner_url:
        environment = {
            "USAGEFLOW_DATABASE_URL": service_url(SCHEMA, owner_url),
            "USAGEFLOW_OWNER_DATABASE_URL": owner_url,
            "USAGEFLOW_KAFKA_BOOTSTRAP": settings.kafka_bootstrap,
            "USAGEFLOW_TOPIC_PREFIX": settings.topic_prefix,
            "USAGEFLOW_EVENT_PARTITIONS": str(settings.event_partitions),
            "USAGEFLOW_PORT": "8081",
            "USAGEFLOW_TOKEN_PUBLIC_KEYS": json.dumps(token_keys.setting),
            "USAGEFLOW_CURSOR_SECRET": base64.b64encode(secrets.token_bytes(32)).decode(),
        }
        # 1. Two migrations at once, and one more: all succeed.
        both = [start("migrate", environment, tmp_path) for _ in range(2)]
        assert [await each.ended() for each in both] == [0, 0]
        assert await start("migrate", environment, tmp_path).ended() == 0
        await bus.ensure_topics([ORGANIZATIONS_CHANGED, CLOCKS_CHANGED])

        api_port, worker_port = any_free_port(), any_free_port()
        async with (
            running("api", environment, api_port, tmp_path) as api,
            httpx.AsyncClient(base_url=f"http://127.0.0.1:{api_port}", timeout=30) as client,
        ):
            tenant = Tenant(client, token_keys, bus)
            producer = Producer(bus)
            await producer.start()
            await announce(
                producer, ORGANIZATIONS_CHANGED, tenant_key(tenant.org_id), organization_record(tenant.org_id)
            )
            await producer.stop()

            # 2. The worker is killed: nobody relays, so a metric is made but not promised. The same key waits for the next one.
            async with running("worker", environment, worker_port, tmp_path) as worker:
                worker.kill()
                unknown = await tenant.mutate("/api/metrics", METRIC, key="make")
                assert (unknown.status_code, unknown.json()["code"]) == (503, "unavailable")
            async with running("worker", environment, worker_port, tmp_path) as worker:
                made = await tenant.mutate("/api/metrics", METRIC, key="make")
                assert (made.status_code, made.headers["idempotent-replayed"]) == (201, "true")
                assert (await tenant.track(EVENT, key="call-1")).status_code == 202
                os.kill(worker.pid, signal.SIGTERM)
                assert await worker.ended() == 0
            assert [event.idempotency_key for event in await tenant.events()] == ["call-1"]

            # 3. A signal ends the API with nothing to complain about.
            os.kill(api.pid, signal.SIGTERM)
            assert await api.ended() == 0
