"""Billing through the storm: each customer has a month that has ended; some are closed while it rages, the others when it is over."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from chaos.api import Api, StormFailed, until
from chaos.traffic import BILLED_METRIC, CUSTOMERS, METRICS, PAYMENT_METHODS

PLAN: Final = "STORM"
OTHER_PLAN: Final = "CALM"
PRICES: Final[Mapping[str, tuple[str, str]]] = {PLAN: ("100.00", "0.01"), OTHER_PLAN: ("250.00", "0.03")}
"""Plan → base price a month, price of a call."""

_RUN_SECONDS_MAX: Final = 120.0
_CLOCK_SECONDS_MAX: Final = 180.0
_POLL_SECONDS: Final = 0.25


@dataclass(frozen=True, slots=True)
class Billed:
    """An issued invoice as the API shows it, its payments, and what its verification said."""

    invoice: Mapping[str, Any]
    payments: Sequence[Mapping[str, Any]]
    report: Mapping[str, Any]

    @property
    def customer_id(self) -> str:
        """Whose it is."""
        return str(self.invoice["customerId"])


async def prepare(api: Api) -> None:
    """Metrics, two plans and customers."""
    for metric in METRICS:
        await api.post("/api/metrics", metric.body)
    for code, (base_price, unit_price) in PRICES.items():
        charge = {"metric": BILLED_METRIC, "name": "Calls", "model": "per_unit", "unitPrice": unit_price}
        draft = {"interval": "month", "basePrice": base_price, "billing": "arrears", "charges": [charge]}
        plan = {"code": code, "name": code.title(), "currency": "USD", "publish": True, "draft": draft}
        await api.post("/api/plans", plan)
    for customer_id in CUSTOMERS:
        method = PAYMENT_METHODS[customer_id]
        await api.post("/api/customers", {"customerId": customer_id, "name": customer_id, "paymentMethod": method})


async def plan_id(api: Api, code: str) -> str:
    """Of one of the two."""
    return str((await api.get("/api/plans", {"code": code}))["data"][0]["id"])


async def close(api: Api, customer_ids: Sequence[str], today: datetime) -> None:
    """Subscribe customers from 32 days ago on, so that a month has ended, and close it. StormFailed unless every period is billed.

    The system closes ended periods by itself as well, so a subscription is made only when its events are there.
    """
    plan = await plan_id(api, PLAN)
    start_at = (today - timedelta(days=32)).strftime("%Y-%m-%dT%H:%M:%SZ")
    subscription_ids = []
    for customer_id in customer_ids:
        body = {"customerId": customer_id, "planId": plan, "startAt": start_at}
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


async def advance(api: Api, to: datetime) -> None:
    """Move the organization's clock, and wait until everything is done that falls due on the way."""
    await api.post("/api/test-clock/advance", {"to": to.strftime("%Y-%m-%dT%H:%M:%SZ")})

    async def is_there() -> bool:
        return (await api.get("/api/test-clock"))["target"] is None

    await until(f"the clock's arrival at {to}", is_there, _CLOCK_SECONDS_MAX)


async def issued(api: Api, customer_id: str) -> list[Any]:
    """The customer's invoices, in the order of their numbers."""
    query = {"customerId": customer_id, "sort": "number"}
    found = (await api.get("/api/invoices", query))["data"]
    return [invoice for invoice in found if invoice["number"] is not None]


async def verify_all(api: Api) -> list[Billed]:
    """Every issued invoice of the storm's customers, verified."""
    return [
        await _verify(api, invoice["id"]) for customer_id in CUSTOMERS for invoice in await issued(api, customer_id)
    ]


async def _verify(api: Api, invoice_id: str) -> Billed:
    report = await api.post(f"/api/invoices/{invoice_id}/verify", {})
    while report["status"] == "running":
        await asyncio.sleep(_POLL_SECONDS)
        report = await api.get(f"/api/invoices/{invoice_id}/verifications/{report['id']}")
    payments = (await api.get("/api/payments", {"invoiceId": invoice_id}))["data"]
    return Billed(await api.get(f"/api/invoices/{invoice_id}"), payments, report)
