"""A product backend as the tests play it: over HTTP only, with keys of its own, repeating what may not have arrived."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from uuid import uuid4

import httpx

R = TypeVar("R")
RETRIED = frozenset({409, 503, 504})
CALLS_AT_ONE_CENT = {
    "metric": "API_CALL",
    "name": "API calls",
    "model": "per_unit",
    "unitPrice": "0.01",
    "includedUnits": "10000",
}


async def eventually(what: str, ask: Callable[[], Awaitable[R | None]], timeout_seconds: float = 60.0) -> R:
    """The first answer that is not None."""
    deadline = asyncio.get_running_loop().time() + timeout_seconds
    while asyncio.get_running_loop().time() < deadline:
        if (found := await ask()) is not None:
            return found
        await asyncio.sleep(0.1)
    raise AssertionError(f"{what} did not happen within {timeout_seconds:.0f} s")


@dataclass(slots=True)
class Tenant:
    """One customer of the demo organization and what is sold to it; several may live side by side."""

    http: httpx.AsyncClient
    mark: str = field(default_factory=lambda: secrets.token_hex(4))
    today: datetime = field(
        default_factory=lambda: datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    )

    @property
    def customer_id(self) -> str:
        return f"user-{self.mark}"

    @property
    def start_at(self) -> str:
        """32 days ago: the first month has ended, whatever today is."""
        return text(self.today - timedelta(days=32))

    @property
    def calls_began_at(self) -> datetime:
        return self.today - timedelta(days=20) + timedelta(hours=12)

    @property
    def called_at(self) -> str:
        return text(self.calls_began_at)

    def call(self, number: int, **changes: Any) -> dict[str, Any]:
        """One usage event with its key."""
        event = {"metric": "API_CALL", "amount": 1, "customerId": self.customer_id, "timestamp": self.called_at}
        return {**event, "idempotencyKey": f"{self.mark}-{number}", **changes}

    async def get(self, path: str, **query: str) -> Any:
        async def ask() -> Any:
            try:
                response = await self.http.get(path, params=query)
            except httpx.TransportError:
                return None
            if response.status_code in RETRIED:
                return None
            assert response.status_code == 200, response.text
            return response

        return (await eventually(f"an answer of {path}", ask)).json()

    async def post(self, path: str, body: Any, *, key: str | None = None) -> Any:
        """A mutation that is repeated with its key until its outcome is known."""
        headers = {"Idempotency-Key": key or str(uuid4())}

        async def ask() -> Any:
            try:
                response = await self.http.post(path, json=body, headers=headers)
            except httpx.TransportError:
                return None
            if response.status_code in RETRIED and "retry-after" in response.headers:
                return None
            assert response.is_success, response.text
            return response

        return (await eventually(f"an answer of {path}", ask)).json()

    async def track(self, numbers: Iterable[int], *, batch: int = 500) -> None:
        """Send calls in batches, each until it is acknowledged."""
        events = [self.call(number) for number in numbers]
        for first in range(0, len(events), batch):
            sent = events[first : first + batch]
            answer = await self.post("/api/track/batch", {"events": sent})
            assert answer["accepted"] == len(sent), answer

    async def prepare(self, receiver_url: str | None = None) -> Any:
        """Metric, plan and customer; and an endpoint when there is a receiver. Returns the endpoint."""
        await ensure_metric(self)
        draft = {
            "interval": "month",
            "intervalCount": 1,
            "basePrice": "100.00",
            "billing": "arrears",
            "charges": [CALLS_AT_ONE_CENT],
        }
        self_plan = {"code": f"PRO-{self.mark}", "name": "Pro", "currency": "USD", "publish": True, "draft": draft}
        await self.post("/api/plans", self_plan)
        await self.post("/api/customers", {"customerId": self.customer_id, "name": "Example Ltd"})
        if receiver_url is None:
            return None
        return await self.post("/api/webhooks/endpoints", {"url": receiver_url, "eventTypes": ["invoice.created"]})

    async def subscribe(self) -> Any:
        plan = (await self.get("/api/plans", code=f"PRO-{self.mark}"))["data"][0]
        body = {"customerId": self.customer_id, "planId": plan["id"], "startAt": self.start_at}
        return await self.post("/api/subscriptions", body)

    async def begin_close(self, subscription_id: str) -> Any:
        return await self.post("/api/billing-runs", {"subscriptionIds": [subscription_id]})

    async def completed_run(self, run_id: str) -> Any:
        async def ask() -> Any:
            run = await self.get(f"/api/billing-runs/{run_id}")
            return run if run["status"] in {"completed", "failed"} else None

        return await eventually("the end of the billing run", ask, 90.0)

    async def invoices(self) -> list[Any]:
        """Issued invoices of this customer, once there is one."""

        async def ask() -> Any:
            found = (await self.get("/api/invoices", customerId=self.customer_id))["data"]
            return [invoice for invoice in found if invoice["number"] is not None] or None

        return await eventually("an issued invoice", ask)

    async def usage(self) -> Any:
        query = {"metric": "API_CALL", "customerId": self.customer_id, "from": self.start_at, "to": text(self.today)}
        return (await self.get("/api/usage", **query))["total"]

    async def counted(self, events: int) -> Any:
        """The usage, once so many events are counted."""

        async def ask() -> Any:
            total = await self.usage()
            return total if total["eventCount"] >= events else None

        return await eventually(f"{events} counted events", ask, 90.0)

    async def verified(self, invoice_id: str) -> Any:
        report = await self.post(f"/api/invoices/{invoice_id}/verify", {})
        while report["status"] == "running":
            await asyncio.sleep(0.1)
            report = await self.get(f"/api/invoices/{invoice_id}/verifications/{report['id']}")
        return report


async def ensure_metric(tenant: Tenant) -> None:
    """The metric that all tenants of these tests share."""
    if not (await tenant.get("/api/metrics", code="API_CALL"))["data"]:
        await tenant.post(
            "/api/metrics", {"code": "API_CALL", "name": "API calls", "aggregation": "SUM"}, key="the-shared-metric"
        )


def text(instant: datetime) -> str:
    return instant.strftime("%Y-%m-%dT%H:%M:%SZ")
