"""The running service and everybody around it. The aggregator is a peer that counts events as the real one does: it echoes markers,
sends states, and recounts raw events below a cut."""

from __future__ import annotations

import asyncio
import base64
import itertools
import os
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import httpx
import msgspec
from aiohttp import web
from invoicer_billing import PARTITIONS
from invoicer_log import Event, Log

from usageflow_common.clock import Clock, instant_text
from usageflow_common.database import raw, transaction
from usageflow_common.ids import event_id, new_id
from usageflow_common.kafka import (
    Applied,
    Batch,
    Bus,
    Halt,
    LogBounds,
    LogReader,
    Outcome,
    Outgoing,
    Producer,
)
from usageflow_common.money import decimal_text
from usageflow_common.records import Barrier, BillingFact, Marker, MetricRecord, UsageEvent
from usageflow_common.testing import ServiceDatabase, TokenKeys, eventually
from usageflow_common.tokens import TokenVerifier
from usageflow_common.topics import (
    EVENTS_RAW,
    INVOICE_CREATED,
    METRICS_CHANGED,
    ORGANIZATIONS_CHANGED,
    USAGE_AGGREGATED,
    decode,
    encode,
    tenant_key,
)
from usageflow_invoicer.domain.usage import Usage, digest_text
from usageflow_invoicer.service.evidence import Question
from usageflow_invoicer.settings import InvoicerSettings
from usageflow_invoicer.worker import build_worker

PLAN = {
    "code": "PRO",
    "name": "Pro",
    "currency": "USD",
    "publish": True,
    "draft": {
        "interval": "month",
        "intervalCount": 1,
        "basePrice": "100.00",
        "billing": "arrears",
        "charges": [
            {
                "metric": "API_CALL",
                "name": "API calls",
                "model": "per_unit",
                "unitPrice": "0.01",
                "includedUnits": "10000",
            }
        ],
    },
}


COUNTED_THROUGH = "2026-01-01T00:00:00Z"
"""What the aggregator tells of every partition."""


@dataclass(slots=True)
class Peer:
    """The aggregator: reads events.raw, writes usage.aggregated, answers recounts."""

    log: Log
    producer: Producer
    verifier: TokenVerifier
    next: dict[int, int] = field(default_factory=lambda: dict.fromkeys(range(PARTITIONS), 0))

    async def resume(self, partition: int, _log: LogBounds) -> int | Halt:
        return self.next[partition]

    async def handle(self, batch: Batch) -> Outcome:
        events, markers, org_id = [], [], UUID(int=0)
        for message in batch.records:
            match decode(EVENTS_RAW, message.value, message.headers.get("schema")):
                case UsageEvent() as event:
                    org_id = event.org_id
                    for metric_id in event.metric_ids:
                        amount = Decimal(event.amount)
                        place = (batch.partition, message.offset, event.occurred_at, amount)
                        events.append(Event(event.customer_id, metric_id, *place))
                case Barrier(barrier_id=barrier_id):
                    markers.append(Marker(barrier_id=barrier_id, offset=message.offset))
        self.next[batch.partition] = batch.after
        record = await self.log.record(
            org_id,
            batch.partition,
            events,
            from_=batch.asked,
            next=batch.after,
            markers=tuple(markers),
            positions={str(p): offset for p, offset in self.next.items()} if markers else {},
        )
        await self.producer.send(Outgoing(USAGE_AGGREGATED, b"p", encode(record), partition=batch.partition))
        return Applied(batch.after)

    async def asked(self, request: web.Request) -> tuple[Question, dict[str, Any]]:
        caller = self.verifier.verify(request.headers["Authorization"].removeprefix("Bearer "))
        assert caller.issuer == "usageflow-invoicer"
        asked = msgspec.json.decode(await request.read())
        question = Question(
            caller.org_id,
            UUID(asked["metricId"]),
            asked["customerId"],
            datetime.fromisoformat(asked["from"]),
            datetime.fromisoformat(asked["to"]),
            {int(p): offset for p, offset in asked["cut"].items()},
        )
        return question, asked

    async def progress(self, request: web.Request) -> web.Response:
        """It always tells the same instant, of long ago."""
        caller = self.verifier.verify(request.headers["Authorization"].removeprefix("Bearer "))
        assert caller.issuer == "usageflow-invoicer"
        told = {"countedThrough": COUNTED_THROUGH}
        return web.json_response({"partitions": [{"partition": p, "next": n, **told} for p, n in self.next.items()]})

    async def events(self, request: web.Request) -> web.Response:
        question, asked = await self.asked(request)
        found, cursor = await self.log.events(question, cursor=asked["cursor"], limit=asked["limit"])
        body = msgspec.json.encode({"data": found, "nextCursor": cursor})
        return web.Response(body=body, content_type="application/json")

    async def recompute(self, request: web.Request) -> web.Response:
        question, _ = await self.asked(request)
        return web.json_response(usage_body(await self.log.recount(question)))

    async def recompute_values(self, request: web.Request) -> web.Response:
        question, asked = await self.asked(request)
        found = await self.log.recount_values(question, asked["by"])
        return web.json_response({"values": [{"group": value, **usage_body(found[value])} for value in sorted(found)]})

    async def windows(self, request: web.Request) -> web.Response:
        question, asked = await self.asked(request)
        found = await self.log.explain(question, cursor=None, limit=asked["limit"])
        windows = [
            {
                "windowStart": instant_text(w.start_at),
                "windowEnd": instant_text(w.end_at),
                "value": text_of(w.value),
                "eventCount": w.event_count,
                "digest": w.digest,
            }
            for w in found.page
        ]
        return web.json_response({**usage_body(found.usage), "windows": windows, "nextCursor": None})


def usage_body(usage: Usage) -> dict[str, Any]:
    return {"value": text_of(usage.value), "eventCount": usage.event_count, "digest": digest_text(usage.digest)}


def text_of(value: Decimal | None) -> str | None:
    return None if value is None else decimal_text(value)


@dataclass(slots=True)
class Service:
    """The running service, and everybody around it."""

    http: httpx.AsyncClient
    producer: Producer
    keys: TokenKeys
    org_id: UUID
    metric: MetricRecord
    settings: InvoicerSettings
    worker: AsyncExitStack
    numbers: Any = field(default_factory=lambda: itertools.count(1))

    def headers(self, key: str | None = None) -> dict[str, str]:
        scopes = [
            "customers:write",
            "plans:write",
            "subscriptions:write",
            "invoices:write",
            "events:read",
            "usage:read",
        ]
        return self.keys.token_headers("invoicer", scopes, org_id=self.org_id, idempotency_key=key)

    async def get(self, path: str) -> Any:
        response = await self.http.get(path, headers=self.headers())
        assert response.status_code == 200, response.text
        return response.json()

    async def post(self, path: str, body: Any, status: int = 201, key: str | None = None) -> Any:
        response = await self.http.post(path, json=body, headers=self.headers(key or f"k{next(self.numbers)}"))
        assert response.status_code == status, response.text
        return response.json()

    async def close_now(self) -> list[str]:
        """Everything that is due, by this run or by the schedule's; the ids of all invoices of the organization."""
        response = await self.http.post(
            "/api/billing-runs", json={"ignoreGrace": True}, headers=self.headers(f"k{next(self.numbers)}")
        )
        run_id = response.json()["id"]

        run: dict[str, Any] = {}

        async def ended() -> bool:
            run.update(await self.get(f"/api/billing-runs/{run_id}"))
            return run["status"] in ("completed", "failed")

        try:
            await eventually(ended, 60)
        except AssertionError as error:
            raise AssertionError(f"the run does not end: {run}") from error
        return [invoice["id"] for invoice in (await self.get("/api/invoices"))["data"]]

    async def send(self, method: str, path: str, body: Any = None, *, status: int, version: int | None = None) -> Any:
        """A request with a new key; `version` is what If-Match names."""
        headers = self.headers(f"k{next(self.numbers)}")
        if version is not None:
            headers["If-Match"] = f'"{version}"'
        response = await self.http.request(method, path, json=body, headers=headers)
        assert response.status_code == status, response.text
        return response.json() if response.content else None

    async def start_worker(self) -> None:
        """A worker with everything that it does."""
        worker = build_worker(self.settings)
        await self.worker.enter_async_context(worker.router.lifespan_context(worker))

    async def kill_worker(self) -> None:
        """Whatever it is doing is cut off where it stands: open transactions roll back."""
        await self.worker.aclose()

    async def subscribe(self, customer_id: str, *, in_grace: bool = False) -> dict[str, Any]:
        """A customer whose first period is over, with 12,000 calls in it; the schedule closes it, unless it is still in its grace."""
        now = datetime.now(UTC)
        plan, start_at, used_at = PLAN, now - timedelta(days=32), now - timedelta(days=20)
        if in_grace:
            plan = PLAN | {"code": "WEEKLY", "draft": PLAN["draft"] | {"interval": "week"}}
            start_at, used_at = now - timedelta(days=7, minutes=20), now - timedelta(days=3)
        plans = (await self.get(f"/api/plans?code={plan['code']}"))["data"] or [await self.post("/api/plans", plan)]
        await self.post("/api/customers", {"customerId": customer_id})
        await self.track(customer_id, used_at, calls=12, amount="1000")
        wanted = {"customerId": customer_id, "planId": plans[0]["id"], "startAt": instant_text(start_at)}
        return await self.post("/api/subscriptions", wanted)

    async def track(self, customer_id: str, at: datetime, calls: int, amount: str) -> None:
        events = [
            UsageEvent(
                org_id=self.org_id,
                event_id=event_id(self.org_id, f"e{next(self.numbers)}"),
                idempotency_key="",
                metric="API_CALL",
                metric_ids=(self.metric.metric_id,),
                amount=amount,
                customer_id=customer_id,
                occurred_at=at,
                occurred_at_given=True,
                properties={},
                received_at=at,
                payload_hash="",
            )
            for _ in range(calls)
        ]
        await self.producer.send_all(
            [Outgoing(EVENTS_RAW, b"k", encode(e), partition=n % PARTITIONS) for n, e in enumerate(events)]
        )


async def serve_peer(stack: AsyncExitStack, peer: Peer) -> str:
    application = web.Application()
    application.router.add_post("/internal/recompute", peer.recompute)
    application.router.add_post("/internal/recompute/values", peer.recompute_values)
    application.router.add_post("/internal/windows", peer.windows)
    application.router.add_post("/internal/events", peer.events)
    application.router.add_get("/internal/progress", peer.progress)
    runner = web.AppRunner(application)
    await runner.setup()
    stack.push_async_callback(runner.cleanup)
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    return f"http://{host}:{port}"


async def announce(producer: Producer, owner: Any) -> MetricRecord:
    now = Clock().wall()
    metric = MetricRecord(
        org_id=owner.org_id,
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
    await producer.send(Outgoing(ORGANIZATIONS_CHANGED, tenant_key(owner.org_id), encode(owner)))
    await producer.send(Outgoing(METRICS_CHANGED, tenant_key(owner.org_id, metric.metric_id), encode(metric)))
    return metric


async def found(database: ServiceDatabase, query: str, org_id: UUID) -> bool:
    async with transaction(database.engine) as tx:
        return await (await raw(tx)).fetchval(query, org_id) is not None


@asynccontextmanager
async def worker_process(settings: InvoicerSettings) -> AsyncIterator[asyncio.subprocess.Process]:
    """`python -m usageflow_invoicer worker` as a process of its own."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    values = {
        "KAFKA_BOOTSTRAP": settings.kafka_bootstrap,
        "TOPIC_PREFIX": settings.topic_prefix,
        "EVENT_PARTITIONS": str(settings.event_partitions),
        "DATABASE_URL": settings.database_url.get_secret_value(),
        "PORT": str(port),
        "TOKEN_PUBLIC_KEYS": "{}",
        "CURSOR_SECRET": base64.b64encode(settings.cursor_secret).decode(),
        "AGGREGATOR_URL": settings.aggregator_url,
        "TOKEN_PRIVATE_KEY": base64.b64encode(settings.token_private_key).decode(),
        "TOKEN_KEY_ID": settings.token_key_id,
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "usageflow_invoicer",
        "worker",
        env=os.environ | {f"USAGEFLOW_{name}": value for name, value in values.items()},
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def read_facts(bus: Bus) -> list[BillingFact]:
    """Everything in invoice.created."""
    reader = LogReader(bus, INVOICE_CREATED)
    await reader.start()
    try:
        facts = []
        for partition in range(bus.partitions(INVOICE_CREATED)):
            bounds = await reader.bounds(partition)
            for offset in range(bounds.start, bounds.end):
                message = await reader.read_at(partition, offset)
                assert message is not None
                fact = decode(INVOICE_CREATED, message.value, message.headers.get("schema"))
                assert isinstance(fact, BillingFact)
                facts.append(fact)
        return facts
    finally:
        await reader.stop()
