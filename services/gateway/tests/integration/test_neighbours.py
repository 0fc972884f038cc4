"""One organization that asks for everything at once takes its own share of a service, and leaves the others theirs."""

from __future__ import annotations

import asyncio

from starlette.responses import Response

from usageflow_common.clock import Clock
from usageflow_gateway.service import organizations as organization_service

FLOOD = 300
SLOW_SECONDS = 0.2


async def test_a_flood_of_one_organization_holds_up_no_other(open_gateway):
    async with open_gateway() as gateway:
        under_way, most, begun = 0, 0, asyncio.Event()

        async def answer(request):
            nonlocal under_way, most
            if "slow" not in request.scope["query_string"].decode():
                return None
            under_way += 1
            begun.set()
            most = max(most, under_way)
            await asyncio.sleep(SLOW_SECONDS)
            under_way -= 1
            return Response(b"{}", media_type="application/json")

        gateway.service.answer = answer
        founded = await organization_service.create_organization(
            gateway.database.engine, Clock(), name="Neighbour", mode="live", owner_email=None
        )
        quiet = (await gateway.key(org_id=founded.organization.org_id)).secret
        flood = [asyncio.ensure_future(gateway.send("GET", "/api/invoices?slow")) for _ in range(FLOOD)]
        await begun.wait()
        for _ in range(20):
            status, _, _ = await gateway.send("GET", "/api/invoices", secret=quiet)
            assert status == 200
        assert not all(each.done() for each in flood), "the neighbour had to wait until the flood was over"
        statuses = {status for status, _, _ in await asyncio.gather(*flood)}
        assert statuses <= {200, 429, 503}
        assert most <= gateway.settings.connections_per_service // 4
