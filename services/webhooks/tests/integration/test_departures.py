"""When an organization ends, nothing more is sent for it."""

from __future__ import annotations

import asyncio
from typing import Any

from webhooks_tenant import Tenant

from usageflow_common.clock import Clock
from usageflow_common.kafka import Bus, Producer
from usageflow_common.testing.databases import ServiceDatabase
from usageflow_common.testing.eventually import eventually
from usageflow_common.testing.organizations import announcement_of, organization_record
from usageflow_common.topics import ORGANIZATIONS_CHANGED
from usageflow_webhooks.departures import Departures

URL = "http://127.0.0.1:9/hooks"


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
        await producer.send(announcement_of(organization_record(tenant.org_id)))
        await producer.send(announcement_of(organization_record(neighbour.org_id)))
        await producer.send(announcement_of(organization_record(tenant.org_id, status="deleted", version=2)))

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
