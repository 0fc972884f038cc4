"""The whole service on a real Kafka and PostgreSQL, asked over HTTP. The aggregator beside it is a peer written here, which counts
events as the real one does: it echoes markers, sends states, and recounts raw events below a cut."""

from __future__ import annotations

import base64
import itertools
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import httpx
import msgspec
import pytest
from aiohttp import web
from billing import PARTITIONS, Event, Log
from conftest import organization

from usageflow_common.clock import Clock, instant_text
from usageflow_common.ids import event_id, new_id
from usageflow_common.kafka import Applied, Batch, Bus, Halt, LogBounds, Outcome, Outgoing, PartitionConsumer, Producer
from usageflow_common.money import decimal_text
from usageflow_common.records import Barrier, Marker, MetricRecord, UsageEvent
from usageflow_common.settings import BusSettings
from usageflow_common.testing import ServiceDatabase, TokenKeys, eventually
from usageflow_common.testing.plugin import Topics
from usageflow_common.tokens import TokenVerifier
from usageflow_common.topics import (
    AUDIT_RECORDED,
    BILLING_EVENTS,
    EVENTS_RAW,
    INVOICE_CREATED,
    METRICS_CHANGED,
    ORGANIZATIONS_CHANGED,
    USAGE_AGGREGATED,
    decode,
    encode,
    tenant_key,
)
from usageflow_invoicer.app import build_app
from usageflow_invoicer.domain.usage import digest_text
from usageflow_invoicer.service.evidence import Question
from usageflow_invoicer.settings import InvoicerSettings
from usageflow_invoicer.worker import build_worker


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

    async def recompute(self, request: web.Request) -> web.Response:
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
        found = await self.log.recount(question, windows=asked["windows"], limit=asked["limit"])
        windows = [
            {
                "windowStart": instant_text(w.start_at),
                "windowEnd": instant_text(w.end_at),
                "value": decimal_text(w.value),
                "eventCount": w.event_count,
                "digest": w.digest,
            }
            for w in found.windows
        ]
        return web.json_response(
            {
                "value": decimal_text(found.usage.total),
                "eventCount": found.usage.event_count,
                "digest": digest_text(found.usage.digest),
                "windows": windows,
                "nextCursor": None,
            }
        )


@dataclass(slots=True)
class Service:
    """The running service, and everybody around it."""

    http: httpx.AsyncClient
    producer: Producer
    keys: TokenKeys
    org_id: UUID
    metric: MetricRecord
    numbers: Any = field(default_factory=lambda: itertools.count(1))

    def headers(self, key: str | None = None) -> dict[str, str]:
        scopes = ["customers:write", "plans:write", "subscriptions:write", "invoices:write", "events:read"]
        return self.keys.token_headers("invoicer", scopes, org_id=self.org_id, idempotency_key=key)

    async def get(self, path: str) -> Any:
        response = await self.http.get(path, headers=self.headers())
        assert response.status_code == 200, response.text
        return response.json()

    async def post(self, path: str, body: Any, status: int = 201, key: str | None = None) -> Any:
        response = await self.http.post(path, json=body, headers=self.headers(key or f"k{next(self.numbers)}"))
        assert response.status_code == status, response.text
        return response.json()

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


@pytest.fixture
async def service(
    database: ServiceDatabase, log: Log, bus_settings: BusSettings, bus: Bus, topics: Topics, token_keys: TokenKeys
) -> AsyncIterator[Service]:
    await topics(
        EVENTS_RAW,
        USAGE_AGGREGATED,
        INVOICE_CREATED,
        BILLING_EVENTS,
        AUDIT_RECORDED,
        ORGANIZATIONS_CHANGED,
        METRICS_CHANGED,
    )
    async with AsyncExitStack() as stack:
        producer = Producer(bus)
        await producer.start()
        stack.push_async_callback(producer.stop)
        peer = Peer(log, producer, TokenVerifier(token_keys.public_keys, "aggregator"))
        url = await _serve(stack, peer)
        settings = InvoicerSettings(
            **bus_settings.model_dump(),
            database_url=database.url,
            port=1,
            token_public_keys=token_keys.setting,
            cursor_secret=base64.b64encode(b"c" * 32),
            token_private_key=base64.b64encode(token_keys.private_keys["usageflow-invoicer"]),
            token_key_id=token_keys.key_id,
            aggregator_url=url,
        )
        owner = organization()
        metric = await _announce(producer, owner)
        app, worker = build_app(settings), build_worker(settings)
        counting = PartitionConsumer(bus, EVENTS_RAW, peer, group="peer")
        worker.state.supervisor.start_later("peer", counting.run)
        await stack.enter_async_context(worker.router.lifespan_context(worker))
        await stack.enter_async_context(app.router.lifespan_context(app))
        transport = httpx.ASGITransport(app=app)
        http = await stack.enter_async_context(
            httpx.AsyncClient(transport=transport, base_url="http://invoicer", timeout=30)
        )

        async def is_ready() -> bool:
            return (await http.get("/ready")).status_code == 200

        await eventually(is_ready)
        yield Service(http, producer, token_keys, owner.org_id, metric)


async def _serve(stack: AsyncExitStack, peer: Peer) -> str:
    application = web.Application()
    application.router.add_post("/internal/recompute", peer.recompute)
    runner = web.AppRunner(application)
    await runner.setup()
    stack.push_async_callback(runner.cleanup)
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    return f"http://{host}:{port}"


async def _announce(producer: Producer, owner: Any) -> MetricRecord:
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


async def test_the_worked_example_over_http(service: Service):
    now = datetime.now(UTC)
    start = (now - timedelta(days=32)).replace(hour=0, minute=0, second=0, microsecond=0)
    plan = await service.post("/api/plans", PLAN, key="plan")
    assert await service.post("/api/plans", PLAN, key="plan") == plan  # the stored answer
    assert plan["current"]["basePrice"] == "100"
    await service.post("/api/customers", {"customerId": "user_123", "name": "Example Ltd"})
    await service.track("user_123", now - timedelta(days=20), calls=12, amount="1000")
    wanted = {"customerId": "user_123", "planId": plan["id"], "startAt": instant_text(start)}
    subscription = await service.post("/api/subscriptions", wanted)
    refused = await service.post("/api/subscriptions", wanted, status=409)
    assert refused["code"] == "metric_already_charged"

    run = await service.post("/api/billing-runs", {"subscriptionIds": [subscription["id"]]}, status=200, key="run")
    assert run["status"] == "completed"
    assert (await service.post("/api/billing-runs", {"subscriptionIds": [subscription["id"]]}, status=200, key="run"))[
        "id"
    ] == run["id"]

    [listed] = (await service.get("/api/invoices?customerId=user_123&status=open"))["data"]
    invoice = await service.get(f"/api/invoices/{listed['id']}")
    assert invoice["number"] == "INV-000001"
    assert invoice["total"] == {"amountMinor": 12_000, "currency": "USD"}
    assert [line["amount"]["amountMinor"] for line in invoice["lines"]] == [10_000, 2_000]
    assert run["invoiceIds"] in ([invoice["id"]], [])  # the schedule may have been faster; nothing is billed twice

    report = await service.post(f"/api/invoices/{invoice['id']}/verify", {}, status=200)
    assert report["status"] == "passed", report
    line = invoice["lines"][1]
    explanation = await service.get(f"/api/invoices/{invoice['id']}/lines/{line['id']}/explain")
    assert explanation["matches"]
    assert explanation["recomputed"]["amount"] == {"amountMinor": 2_000, "currency": "USD"}
    assert sum(int(window["value"]) for window in explanation["windows"]["data"]) == 12_000

    part = {"status": "succeeded", "amount": {"amountMinor": 5_000, "currency": "USD"}, "reference": "wire-1"}
    await service.post(f"/api/invoices/{invoice['id']}/payments", part)
    assert (await service.get(f"/api/invoices/{invoice['id']}"))["amountDue"]["amountMinor"] == 7_000
    too_much = await service.post(
        f"/api/invoices/{invoice['id']}/payments", part | {"amount": invoice["total"], "reference": "x"}, 422
    )
    assert too_much["code"] == "amount_exceeds_due"
    assert (await service.post(f"/api/invoices/{invoice['id']}/payments", part, status=409))["code"] == "already_exists"
    rest = part | {"amount": {"amountMinor": 7_000, "currency": "USD"}, "reference": "wire-2"}
    await service.post(f"/api/invoices/{invoice['id']}/payments", rest)
    assert (await service.get(f"/api/invoices/{invoice['id']}"))["status"] == "paid"


async def test_bad_input_is_answered_with_its_problem(service: Service):
    async def refused(path: str, body: Any, status: int = 422) -> list[tuple[str, str]]:
        problem = await service.post(path, body, status=status)
        return [(error["field"], error["code"]) for error in problem.get("errors", ())]

    draft = PLAN["draft"]
    graduated = {**PLAN, "draft": draft | {"charges": [draft["charges"][0] | {"model": "graduated"}]}}
    assert await refused("/api/plans", graduated) == [("/draft/charges/0/model", "invalid_value")]
    advance = {**PLAN, "draft": draft | {"billing": "advance"}}
    assert await refused("/api/plans", advance) == [("/draft/billing", "invalid_value")]
    unknown = {**PLAN, "draft": draft | {"charges": [draft["charges"][0] | {"metric": "NOPE"}]}}
    assert await refused("/api/plans", unknown) == [("/draft/charges/0/metric", "invalid_value")]
    assert await refused("/api/plans", PLAN | {"colour": "red"}) == [("/colour", "unknown_field")]
    assert await refused("/api/customers", {"customerId": "-"}) == [("/customerId", "invalid_value")]
    nobody = {"customerId": "nobody", "planId": f"pln_{new_id().hex}"}
    assert await refused("/api/subscriptions", nobody) == [("/customerId", "invalid_value")]
    ahead = nobody | {"startAt": instant_text(datetime.now(UTC) + timedelta(days=1))}
    assert await refused("/api/subscriptions", ahead) == [("/startAt", "out_of_range")]
    assert await refused("/api/billing-runs", {"subscriptionIds": [f"sub_{new_id().hex}"]}) == [
        ("/subscriptionIds/0", "invalid_value")
    ]
    for path in ("/api/plans/pln_1", f"/api/invoices/inv_{new_id().hex}", "/api/customers/nobody"):
        assert (await service.http.get(path, headers=service.headers())).status_code == 404
    assert (await service.http.get("/api/invoices?status=gone", headers=service.headers())).status_code == 422
    assert (await service.http.get("/api/plans")).status_code == 401


async def test_lists_are_paged_without_repeats(service: Service):
    for n in range(5):
        await service.post("/api/customers", {"customerId": f"c{n}"})
    seen, cursor = [], ""
    while cursor is not None:
        page = await service.get(f"/api/customers?limit=2{f'&cursor={cursor}' if cursor else ''}")
        seen += [each["customerId"] for each in page["data"]]
        cursor = page["nextCursor"]
    assert seen == ["c4", "c3", "c2", "c1", "c0"]
