"""How long it takes to prove a line of many events: explained, its events listed, and the whole invoice verified from raw events."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from typing import Any, Final

import aiohttp
from msgspec.structs import replace

from bench.bodies import METRIC
from bench.figures import Figure, Wanted, series
from bench.measurements.plan import Plan
from bench.stage import MeasurementFailed, Stage, client_of
from usageflow_common.clock import Clock, instant_text

_CUSTOMER: Final = "customer-0"
_DAYS: Final = 35
_REPORT_SECONDS_MAX: Final = 600


async def measure_proofs(stage: Stage, plan: Plan) -> list[Figure]:
    """In an organization of its own with a test clock, so that a month ends."""
    api_key = await asyncio.to_thread(stage.system.found_test_organization, "Bench")
    async with client_of(stage.system.gateway_url, api_key) as http:
        await _sell(http)
        left = plan.proved_events
        while left > 0:
            job = replace(stage.batches(left, customers=1), api_key=api_key)
            left -= (await stage.load(job)).requests * job.events_per_request
        await stage.until_applied()
        await _advance(http, stage)
        [invoice] = (await _get(http, "/api/invoices"))["data"]
        here = f"/api/invoices/{invoice['id']}"
        line = (await _get(http, here))["lines"][-1]
        events = int(line["eventCount"])
        explained = [await _seconds(_get(http, f"{here}/lines/{line['id']}/explain")) for _ in range(plan.repeats)]
        listed = [await _seconds(_get(http, f"{here}/lines/{line['id']}/events")) for _ in range(plan.repeats)]
        verified = [events / await _seconds(_verify(http, here)) for _ in range(plan.repeats)]
    return [
        Figure(
            name="explain",
            what=f"a line of {events:,} events is explained: counted again, first page of its windows",
            unit="ms",
            series=series(each * 1e3 for each in explained),
            wanted=Wanted(at_most=100.0),
        ),
        Figure(
            name="line_events",
            what=f"the first page of the {events:,} events behind it",
            unit="ms",
            series=series(each * 1e3 for each in listed),
        ),
        Figure(
            name="verify",
            what=f"an invoice over {events:,} events is verified, every event hashed again",
            unit="events/s",
            series=series(verified),
            wanted=Wanted(at_least=100_000),
        ),
    ]


async def _sell(http: aiohttp.ClientSession) -> None:
    await _post(http, "/api/metrics", {"code": METRIC, "name": "Calls", "aggregation": "SUM"})
    charge = {"metric": METRIC, "model": "per_unit", "unitPrice": "0.0001"}
    draft = {"interval": "month", "basePrice": "10", "charges": [charge]}
    body = {"code": "PROVED", "name": "Proved", "currency": "USD", "publish": True, "draft": draft}
    plan_id = (await _post(http, "/api/plans", body))["id"]
    await _post(http, "/api/customers", {"customerId": _CUSTOMER})
    start_at = instant_text(Clock().wall() - timedelta(days=1))
    await _post(http, "/api/subscriptions", {"customerId": _CUSTOMER, "planId": plan_id, "startAt": start_at})


async def _advance(http: aiohttp.ClientSession, stage: Stage) -> None:
    await _post(http, "/api/test-clock/advance", {"to": instant_text(Clock().wall() + timedelta(days=_DAYS))})

    async def is_there() -> bool:
        return (await _get(http, "/api/test-clock"))["target"] is None

    await stage.until("the end of the month", is_there)


async def _verify(http: aiohttp.ClientSession, here: str) -> None:
    report = await _post(http, f"{here}/verify", {})
    async with asyncio.timeout(_REPORT_SECONDS_MAX):
        while report["status"] == "running":
            await asyncio.sleep(0.05)
            report = await _get(http, f"{here}/verifications/{report['id']}")
    if report["status"] != "passed":
        raise MeasurementFailed(f"the verification {report['status']}: {json.dumps(report)[:500]}")


async def _seconds(work: Any) -> float:
    clock = asyncio.get_running_loop().time
    began_at = clock()
    await work
    return clock() - began_at


async def _get(http: aiohttp.ClientSession, path: str) -> Any:
    async with http.get(path) as response:
        return await _answer(response)


async def _post(http: aiohttp.ClientSession, path: str, body: Any) -> Any:
    key = f"{path}-{asyncio.get_running_loop().time()}"
    async with http.post(path, json=body, headers={"Idempotency-Key": key}) as response:
        return await _answer(response)


async def _answer(response: aiohttp.ClientResponse) -> Any:
    if not response.ok:
        raise MeasurementFailed(f"{response.method} {response.url.path}: {response.status} {await response.text()}")
    return await response.json()
