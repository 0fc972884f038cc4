"""Billing through the storm: each customer has a month that has ended; some are closed while it rages, the others when it is over."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from chaos.api import Api, StormFailed
from chaos.traffic import BILLED_METRIC, CUSTOMERS, METRICS

_RUN_SECONDS_MAX: Final = 120.0
_POLL_SECONDS: Final = 0.25
_CHARGE: Final = {"metric": BILLED_METRIC, "name": "Calls", "model": "per_unit", "unitPrice": "0.01"}
_PLAN: Final = {
    "code": "STORM",
    "name": "Storm",
    "currency": "USD",
    "publish": True,
    "draft": {
        "interval": "month",
        "intervalCount": 1,
        "basePrice": "100.00",
        "billing": "arrears",
        "charges": [_CHARGE],
    },
}


@dataclass(frozen=True, slots=True)
class Checked:
    """An issued invoice and what its verification said; `quantity`: of its usage line."""

    invoice_id: str
    customer_id: str
    quantity: str
    event_count: int
    verdict: str
    detail: str
    period_start_at: str
    period_end_at: str


async def prepare(api: Api) -> None:
    """Metrics, a plan and customers."""
    for metric in METRICS:
        await api.post("/api/metrics", metric.body)
    await api.post("/api/plans", _PLAN)
    for customer_id in CUSTOMERS:
        await api.post("/api/customers", {"customerId": customer_id, "name": customer_id})


async def close(api: Api, customer_ids: Sequence[str], today: datetime) -> None:
    """Subscribe customers from 32 days ago on, so that a month has ended, and close it. StormFailed unless every period is billed.

    The system closes ended periods by itself as well, so a subscription is made only when its events are there.
    """
    plan = (await api.get("/api/plans", {"code": "STORM"}))["data"][0]
    start_at = (today - timedelta(days=32)).strftime("%Y-%m-%dT%H:%M:%SZ")
    subscription_ids = []
    for customer_id in customer_ids:
        body = {"customerId": customer_id, "planId": plan["id"], "startAt": start_at}
        subscription_ids.append(str((await api.post("/api/subscriptions", body))["id"]))
    run = await api.post("/api/billing-runs", {"subscriptionIds": subscription_ids}, seconds=_RUN_SECONDS_MAX)
    try:
        async with asyncio.timeout(_RUN_SECONDS_MAX):
            while run["status"] not in {"completed", "failed"}:
                await asyncio.sleep(_POLL_SECONDS)
                run = await api.get(f"/api/billing-runs/{run['id']}", seconds=_RUN_SECONDS_MAX)
    except TimeoutError:
        raise StormFailed(f"billing run {run['id']} is still {run['status']}") from None
    if run["status"] != "completed" or run["failures"]:
        raise StormFailed(f"billing run {run['id']} {run['status']}: {run['failures']}")


async def verify_all(api: Api) -> list[Checked]:
    """Verify every issued invoice of the storm's customers."""
    found: list[Checked] = []
    for customer_id in CUSTOMERS:
        invoices = (await api.get("/api/invoices", {"customerId": customer_id}))["data"]
        issued = [invoice["id"] for invoice in invoices if invoice["number"] is not None]
        found += [await _verify(api, customer_id, invoice_id) for invoice_id in issued]
    return found


async def _verify(api: Api, customer_id: str, invoice_id: str) -> Checked:
    report = await api.post(f"/api/invoices/{invoice_id}/verify", {})
    while report["status"] == "running":
        await asyncio.sleep(_POLL_SECONDS)
        report = await api.get(f"/api/invoices/{invoice_id}/verifications/{report['id']}")
    invoice: Any = await api.get(f"/api/invoices/{invoice_id}")
    line = next(each for each in invoice["lines"] if each["metric"] == BILLED_METRIC)
    return Checked(
        invoice_id=invoice_id,
        customer_id=customer_id,
        quantity=line["quantity"],
        event_count=line["eventCount"],
        verdict=report["status"],
        detail="" if report["status"] == "passed" else str(report)[:600],
        period_start_at=line["period"]["start"],
        period_end_at=line["period"]["end"],
    )
