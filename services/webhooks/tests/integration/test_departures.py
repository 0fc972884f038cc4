"""When an organization ends, nothing more is sent for it."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

from conftest import Tenant

from usageflow_common.clock import Clock
from usageflow_common.kafka import Bus, Outgoing, Producer
from usageflow_common.records import OrganizationRecord
from usageflow_common.testing.databases import ServiceDatabase
from usageflow_common.testing.eventually import eventually
from usageflow_common.topics import ORGANIZATIONS_CHANGED, encode, tenant_key
from usageflow_webhooks.departures import Departures

URL = "http://127.0.0.1:9/hooks"


def record(tenant: Tenant, status: Any, version: int) -> Outgoing:
    organization = OrganizationRecord(
        org_id=tenant.org_id,
        name="Acme",
        mode="live",
        status=status,
        time_zone="UTC",
        default_currency="USD",
        grace_hours=1,
        auto_finalize=True,
        invoice_number_prefix="INV-",
        payment_term_days=14,
        max_event_age_days=35,
        issuer={},
        spread=1,
        created_at=datetime(2026, 1, 1, tzinfo=UTC),
        version=version,
        deleted_at=datetime(2026, 2, 1, tzinfo=UTC) if status == "deleted" else None,
    )
    return Outgoing(ORGANIZATIONS_CHANGED, tenant_key(tenant.org_id), encode(organization))


async def test_the_endpoints_of_an_organization_end_with_it(
    tenant: Tenant, database: ServiceDatabase, bus: Bus, topics: Any
):
    await topics(ORGANIZATIONS_CHANGED)
    neighbour = Tenant(tenant.http, tenant.keys, tenant.database)
    for each in (tenant, neighbour):
        await each.endpoint(URL)
        await each.happens()
    producer = Producer(bus)
    await producer.start()
    departures = Departures(bus, database.engine, Clock())
    tasks = [asyncio.create_task(departures.follow()), asyncio.create_task(departures.run())]
    try:
        await producer.send(record(tenant, "active", 1))
        await producer.send(record(neighbour, "active", 1))
        await producer.send(record(tenant, "deleted", 2))

        async def ended() -> bool:
            return await tenant.list("/endpoints") == []

        await eventually(ended)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await producer.stop()
    assert [one["status"] for one in await tenant.list("/dispatches")] == ["discarded"]
    assert [one["status"] for one in await neighbour.list("/dispatches")] == ["pending"]
    await tenant.happens()
    assert len(await tenant.list("/dispatches")) == 1
    assert len(await neighbour.list("/endpoints")) == 1
