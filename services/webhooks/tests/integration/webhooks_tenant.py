"""An organization's own view of the service, and a worker that delivers for it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractContextManager, asynccontextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from ipaddress import ip_network
from typing import Any
from uuid import UUID

import httpx

from usageflow_common.clock import Clock
from usageflow_common.database import transaction
from usageflow_common.ids import Prefix, new_id, public_id
from usageflow_common.testing.callers import TokenKeys
from usageflow_common.testing.databases import ServiceDatabase
from usageflow_common.testing.eventually import eventually
from usageflow_webhooks.client import DeliveryClient
from usageflow_webhooks.deliverer import Deliverer
from usageflow_webhooks.domain.addresses import Policy
from usageflow_webhooks.domain.events import Fact
from usageflow_webhooks.resolver import Resolver
from usageflow_webhooks.service.facts import record_facts
from usageflow_webhooks.service.turns import Work
from usageflow_webhooks.vault import Vault

LOCAL = Policy((ip_network("127.0.0.0/8"), ip_network("::1/128")))
READ, WRITE = "webhooks:read", "webhooks:write"


@dataclass(frozen=True, slots=True)
class Later(Clock):
    """Wall time, and a while on."""

    ahead: timedelta = timedelta()

    def wall(self) -> datetime:
        return Clock.wall(self) + self.ahead


@dataclass(frozen=True, slots=True)
class Tenant:
    """An organization's own view of the HTTP side."""

    http: httpx.AsyncClient
    keys: TokenKeys
    database: ServiceDatabase
    org_id: UUID = field(default_factory=new_id)

    async def get(self, path: str, **params: Any) -> httpx.Response:
        headers = self.keys.token_headers("webhooks", [READ, WRITE], org_id=self.org_id)
        return await self.http.get(f"/api/webhooks{path}", params=params, headers=headers)

    async def count(self, **params: Any) -> httpx.Response:
        """Deliveries over time."""
        headers = self.keys.token_headers("webhooks", [READ], org_id=self.org_id)
        return await self.http.get("/api/analytics/deliveries", params=params, headers=headers)

    async def call(
        self, method: str, path: str, body: object = None, *, key: str | None = None, version: int | None = None
    ) -> httpx.Response:
        headers = self.keys.token_headers(
            "webhooks", [READ, WRITE], org_id=self.org_id, idempotency_key=key or str(new_id())
        )
        if version is not None:
            headers["If-Match"] = f'"{version}"'
        sent = {} if body is None else {"json": body}
        return await self.http.request(method, f"/api/webhooks{path}", headers=headers, **sent)

    async def post(self, path: str, body: object = None, *, key: str | None = None) -> httpx.Response:
        return await self.call("POST", path, body, key=key)

    async def endpoint(self, url: str, *event_types: str) -> dict[str, Any]:
        answer = await self.post("/endpoints", {"url": url, "eventTypes": list(event_types) or ["*"]})
        assert answer.status_code == 201, answer.text
        return answer.json()

    async def list(self, path: str, **params: Any) -> list[dict[str, Any]]:
        answer = await self.get(path, **params)
        assert answer.status_code == 200, answer.text
        return answer.json()["data"]

    async def happens(self, event_type: str = "invoice.created", data: bytes = b'{"n":1.10}') -> str:
        """Something happens in the organization; its webhook-id."""
        now = Clock().wall()
        fact = Fact(self.org_id, new_id(), event_type, now, "user_123", data)
        async with transaction(self.database.engine) as tx:
            await record_facts(tx, self.org_id, [fact], now)
        return public_id(Prefix.WEBHOOK_EVENT, fact.event_id)

    async def attempts(self, count: int, **params: Any) -> Sequence[dict[str, Any]]:
        """The log, oldest first, as soon as it holds so many attempts."""

        async def logged() -> list[dict[str, Any]]:
            rows = await self.list("/deliveries", **params)
            return rows if len(rows) >= count else []

        rows = await eventually(logged)
        assert len(rows) == count
        return rows[::-1]


class Nowhere:
    """An outlet through which nothing goes out: dispatches are left to whoever delivers."""

    def reserved(self) -> AbstractContextManager[int]:
        return nullcontext(0)

    def begin(self, work: Sequence[Work]) -> None:
        assert not work

    def look(self) -> None:
        """Nobody looks."""


@asynccontextmanager
async def delivering(
    database: ServiceDatabase,
    vault: Vault,
    *,
    resolver: Resolver | None = None,
    ahead: timedelta = timedelta(),
    attempt_seconds: float = 15.0,
) -> AsyncIterator[Deliverer]:
    """A worker that delivers, for as long as the block runs."""
    own = resolver or Resolver(LOCAL)
    client = DeliveryClient(own, attempt_seconds=attempt_seconds)
    deliverer = Deliverer(database.engine, client, vault, Later(ahead=ahead), asyncio.Event())
    task = asyncio.create_task(deliverer.run())
    try:
        yield deliverer
    finally:
        for attempt in deliverer._running:  # as when a process is killed: their leases end by themselves
            attempt.cancel()
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        own.close()
