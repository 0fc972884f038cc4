"""The whole service on a real Kafka and PostgreSQL, asked over HTTP."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

from invoicer_log import EVENT
from invoicer_running import PLAN, Service, found, read_facts, worker_process

from usageflow_common.clock import instant_text
from usageflow_common.ids import new_id
from usageflow_common.kafka import (
    Bus,
)
from usageflow_common.testing import ServiceDatabase, eventually
from usageflow_invoicer.domain.hashing import GENESIS_HASH, document_hash


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
    events = f"/api/invoices/{invoice['id']}/lines/{line['id']}/events"
    page = await service.http.get(events, headers=service.headers())
    assert page.content == b'{"data":[' + b",".join([EVENT] * 12) + b'],"nextCursor":null}'  # no digit is lost
    assert (await service.get(f"{events}?windowStart=9999-12-31T23:59:59Z"))["data"] == []

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
    unknown = {**PLAN, "draft": draft | {"charges": [draft["charges"][0] | {"metric": "NOPE"}]}}
    assert await refused("/api/plans", unknown) == [("/draft/charges/0/metric", "invalid_value")]
    assert await refused("/api/plans", PLAN | {"colour": "red"}) == [("/colour", "unknown_field")]
    assert await refused("/api/customers", {"customerId": "-"}) == [("/customerId", "invalid_value")]
    nobody = {"customerId": "nobody", "planId": f"pln_{new_id().hex}"}
    assert await refused("/api/subscriptions", nobody) == [("/customerId", "invalid_value")]
    assert await refused("/api/subscriptions", nobody | {"planVersion": 2**31}) == [("/planVersion", "out_of_range")]
    assert await refused("/api/customers", {"customerId": "c", "address": 1.5}) == [("/address", "invalid_type")]
    assert await refused("/api/billing-runs", 1.5) == [("", "invalid_type")]
    ahead = nobody | {"startAt": instant_text(datetime.now(UTC) + timedelta(days=1))}
    assert await refused("/api/subscriptions", ahead) == [("/startAt", "out_of_range")]
    assert await refused("/api/billing-runs", {"subscriptionIds": [f"sub_{new_id().hex}"]}) == [
        ("/subscriptionIds/0", "invalid_value")
    ]
    paths = ("/api/plans/pln_1", f"/api/invoices/inv_{new_id().hex}", "/api/customers/nobody", "/api/customers/a%00b")
    for path in paths:
        assert (await service.http.get(path, headers=service.headers())).status_code == 404
    assert (await service.http.get("/api/invoices?status=gone", headers=service.headers())).status_code == 422
    assert (await service.http.get("/api/plans")).status_code == 401


async def test_null_and_absent_are_the_same_in_a_create(service: Service):
    nothing = {"intervalCount": None, "billing": None, "trialDays": None, "charges": None, "basePrice": None}
    plan = {"code": "NULLS", "name": "n", "currency": "USD", "publish": None, "draft": {"interval": "day", **nothing}}
    assert (await service.post("/api/plans", plan))["draft"]["intervalCount"] == 1
    run = {"subscriptionIds": None, "ignoreGrace": None}
    assert (await service.post("/api/billing-runs", run, status=200))["status"] == "completed"


async def test_lists_are_paged_without_repeats(service: Service):
    for n in range(5):
        await service.post("/api/customers", {"customerId": f"c{n}"})
    seen, cursor = [], ""
    while cursor is not None:
        page = await service.get(f"/api/customers?limit=2{f'&cursor={cursor}' if cursor else ''}")
        seen += [each["customerId"] for each in page["data"]]
        cursor = page["nextCursor"]
    assert seen == ["c4", "c3", "c2", "c1", "c0"]


async def test_the_schedule_closes_what_is_due_and_whoever_reads_the_topic_can_check_the_chain(
    service: Service, bus: Bus
):
    for n in range(3):
        await service.subscribe(f"c{n}")

    async def all_issued() -> bool:
        return len((await service.get("/api/invoices?status=open"))["data"]) == 3

    await eventually(all_issued, timeout_seconds=30)
    facts = {fact.event_id: fact for fact in await read_facts(bus) if fact.org_id == service.org_id}
    documents = sorted((fact.invoice or {} for fact in facts.values()), key=lambda each: each["sequence"])
    previous = GENESIS_HASH
    for document in documents:
        assert document["previousHash"] == previous
        previous = document.pop("hash")
        assert document_hash(document) == previous
    assert all("lines" not in fact.webhook_data["invoice"] for fact in facts.values())


async def test_a_worker_killed_at_any_moment_still_makes_one_invoice_each(
    service: Service, bus: Bus, database: ServiceDatabase
):
    """`kill -9` as soon as the run exists, closes, and has its first invoices; the next worker goes on where it stands."""
    customers = [f"c{n}" for n in range(8)]
    await service.kill_worker()
    subscriptions = [(await service.subscribe(customer))["id"] for customer in customers]
    asking = asyncio.create_task(service.post("/api/billing-runs", {"subscriptionIds": subscriptions}, status=202))
    for moment in (
        "SELECT 1 FROM billing_runs WHERE org_id = $1",
        "SELECT 1 FROM billing_runs JOIN barriers USING (barrier_id) WHERE org_id = $1 AND first_marked_at IS NOT NULL",
        "SELECT 1 FROM billing_runs WHERE org_id = $1 AND status = 'closing'",
        "SELECT 1 FROM invoices WHERE org_id = $1",
    ):
        async with worker_process(service.settings) as process:
            await eventually(lambda moment=moment: found(database, moment, service.org_id), timeout_seconds=30)
            process.kill()
    await service.start_worker()
    location = f"/api/billing-runs/{(await asking)['id']}"

    async def completed() -> bool:
        return (await service.get(location))["status"] == "completed"

    await eventually(completed, timeout_seconds=30)
    invoices = (await service.get("/api/invoices"))["data"]
    assert sorted(invoice["customerId"] for invoice in invoices) == customers
    assert {invoice["total"]["amountMinor"] for invoice in invoices} == {12_000}
    assert sorted(invoice["sequence"] for invoice in invoices) == list(range(1, 9))
    facts = [fact for fact in await read_facts(bus) if fact.org_id == service.org_id]
    assert len({fact.event_id for fact in facts}) == 8
