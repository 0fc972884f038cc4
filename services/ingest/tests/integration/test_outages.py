"""Bad days: Kafka away is a 503 that may be repeated, PostgreSQL away is nobody's business on the hot path."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from uuid import UUID

import httpx
import pytest
from tracked_tenant import TOPICS, Tenant, announce

from usageflow_common.ids import event_id, new_id
from usageflow_common.kafka import Bus, Producer
from usageflow_common.records import MetricRecord
from usageflow_common.settings import BusSettings
from usageflow_common.testing.callers import TokenKeys
from usageflow_common.testing.eventually import eventually
from usageflow_common.testing.organizations import organization_record
from usageflow_common.topics import METRICS_CHANGED, ORGANIZATIONS_CHANGED, tenant_key
from usageflow_ingest.app import build_app
from usageflow_ingest.settings import IngestSettings
from usageflow_local.kafka import LocalKafka

EVENT = {"metric": "API_CALL", "customerId": "user_123"}
NO_DATABASE = "postgresql://usageflow_ingest:secret@127.0.0.1:9/usageflow"


@pytest.fixture(scope="module")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalKafka]:
    with LocalKafka(tmp_path_factory.mktemp("kafka"), throwaway=True) as kafka:
        yield kafka


@pytest.fixture(scope="module")
async def own_bus(kafka: LocalKafka) -> Bus:
    bus = Bus(BusSettings(kafka_bootstrap=kafka.bootstrap, event_partitions=2), "ingest")
    await bus.ensure_topics(TOPICS)
    return bus


@asynccontextmanager
async def serving(bus: Bus, keys: TokenKeys) -> AsyncIterator[httpx.AsyncClient]:
    """The API on this bus, and on a database that is not there."""
    settings = IngestSettings.model_validate(
        bus.settings.model_dump()
        | {
            "database_url": NO_DATABASE,
            "port": 8081,
            "token_public_keys": keys.setting,
            "cursor_secret": base64.b64encode(b"a secret for tests of cursors").decode(),
        }
    )
    app = build_app(settings)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://ingest", timeout=60) as client,
    ):

        async def is_ready() -> bool:
            return (await client.get("/ready")).status_code == 200

        await eventually(is_ready)
        yield client


async def introduce(bus: Bus, org_id: UUID) -> None:
    """The organization and its metric, as the gateway and another ingest would tell of them."""
    now = datetime.now(UTC)
    metric = MetricRecord(
        org_id=org_id,
        metric_id=new_id(),
        code="API_CALL",
        event_name="API_CALL",
        aggregation="SUM",
        value_property=None,
        filters=(),
        group_by=(),
        status="active",
        active_from=now,
        created_at=now,
        version=1,
    )
    producer = Producer(bus)
    await producer.start()
    try:
        await announce(producer, ORGANIZATIONS_CHANGED, tenant_key(org_id), organization_record(org_id))
        await announce(producer, METRICS_CHANGED, tenant_key(org_id, metric.metric_id), metric)
    finally:
        await producer.stop()


async def test_without_postgresql_events_are_accepted_and_only_control_routes_are_503(
    own_bus: Bus, token_keys: TokenKeys
) -> None:
    async with serving(own_bus, token_keys) as client:
        tenant = Tenant(client, token_keys, own_bus)
        await introduce(own_bus, tenant.org_id)
        assert (await tenant.track(EVENT, key="call-1")).status_code == 202
        for answer in (
            await tenant.get("/api/metrics"),
            await tenant.get("/api/rejected-events"),
            await tenant.mutate("/api/metrics", {"code": "A", "name": "A", "aggregation": "SUM"}),
        ):
            assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
            assert answer.headers["retry-after"] == "1"
        refused = await tenant.track(EVENT | {"metric": "NOBODY"}, key="call-2")
        assert refused.status_code == 422


async def test_without_kafka_the_same_key_is_503_then_202_and_one_event(
    kafka: LocalKafka, own_bus: Bus, token_keys: TokenKeys
) -> None:
    async with serving(own_bus, token_keys) as client:
        tenant = Tenant(client, token_keys, own_bus)
        await introduce(own_bus, tenant.org_id)
        assert (await tenant.track(EVENT, key="before")).status_code == 202

        await asyncio.to_thread(kafka.kill)
        lost, batch = await asyncio.gather(
            tenant.track(EVENT, key="during"),
            tenant.batch({"events": [EVENT, EVENT | {"amount": "x"}]}, key="many"),
        )
        for answer, key in ((lost, "during"), (batch, "many")):
            assert (answer.status_code, answer.json()["code"], answer.json()["idempotencyKey"]) == (
                503,
                "unavailable",
                key,
            )
            assert int(answer.headers["retry-after"]) >= 1
        assert batch.json()["resumeFrom"] == 0
        assert (await client.get("/health")).status_code == 200

        await asyncio.to_thread(kafka.start)

        async def accepted() -> bool:
            return (await tenant.track(EVENT, key="during")).status_code == 202

        await eventually(accepted, timeout_seconds=60)
        again = await tenant.batch({"events": [EVENT, EVENT | {"amount": "x"}]}, key="many")
        assert (again.status_code, again.json()["accepted"], again.json()["rejectedCount"]) == (202, 1, 1)

        events = await tenant.events()
        by_key = {event.idempotency_key: event.event_id for event in events}
        assert by_key.keys() == {"before", "during", "many:0"}
        assert {e.event_id for e in events if e.idempotency_key == "during"} == {event_id(tenant.org_id, "during")}
