"""Customers and subscriptions over HTTP: edit, look ahead, change, pause, cancel."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from invoicer_running import COUNTED_THROUGH, PLAN, Service

from usageflow_common.clock import instant_text
from usageflow_common.testing import eventually


async def test_a_customer_is_found_changed_and_deleted(service: Service):
    for customer_id, name in (("acme", "Acme Ltd"), ("beta", "100%_Beta"), ("acid", None)):
        await service.post("/api/customers", {"customerId": customer_id, "name": name})
    for beginning, found in (("AC", ["acid", "acme"]), ("100%25", ["beta"]), ("%25", []), ("100_", [])):
        listed = (await service.get(f"/api/customers?q={beginning}"))["data"]
        assert [each["customerId"] for each in listed] == found
    path = "/api/customers/acme"
    changed = await service.send("PATCH", path, {"email": "a@example.com", "name": None}, status=200, version=1)
    assert (changed["email"], changed["name"], changed["timeZone"], changed["version"]) == (
        "a@example.com",
        None,
        "UTC",
        2,
    )
    await service.send("PATCH", path, {"email": "x"}, status=422)
    await service.send("PATCH", path, {}, status=412, version=1)
    await service.send("DELETE", path, status=412, version=1)
    await service.send("DELETE", path, status=204, version=2)
    await service.send("GET", path, status=404)
    await service.send("DELETE", path, status=404)
    await service.subscribe("beta-2")
    assert (await service.send("DELETE", "/api/customers/beta-2", status=409))["code"] == "in_use"


async def test_a_subscription_is_looked_ahead_at_and_changed(service: Service):
    now = datetime.now(UTC)
    subscription = await service.subscribe("c")
    path = f"/api/subscriptions/{subscription['id']}"

    async def counted() -> bool:
        upcoming = await service.get(f"{path}/upcoming")
        return bool(upcoming["lines"][1]["quantity"] != "0")

    await service.track("c", now - timedelta(hours=1), calls=11, amount="1000")
    await eventually(counted)
    upcoming = await service.get(f"{path}/upcoming")
    assert (upcoming["id"], upcoming["status"], upcoming["total"]["amountMinor"]) == (None, "draft", 11_000)
    assert (await service.get("/api/customers/c/upcoming"))["data"] == [upcoming]

    async def told() -> bool:
        [running] = (await service.get("/api/customers/c/usage"))["data"]
        return bool(running["countedThrough"] == COUNTED_THROUGH)

    await eventually(told)
    [usage] = (await service.get("/api/customers/c/usage"))["data"]
    assert usage["charges"][0]["quantity"] == "11000"
    await service.send("GET", "/api/customers/nobody/usage", status=404)

    larger = await service.post("/api/plans", PLAN | {"code": "LARGER", "draft": PLAN["draft"] | {"basePrice": "200"}})
    wanted = {"planId": larger["id"], "effective": "now"}
    preview = await service.send("POST", f"{path}/change/preview", wanted, status=200)
    assert preview["nextPeriodTotal"]["amountMinor"] == 20_000
    assert {line["kind"] for line in preview["lines"]} == {"proration", "usage"}
    await service.send("POST", f"{path}/change", wanted, status=412, version=99)
    changed = await service.send("POST", f"{path}/change", wanted | {"at": preview["at"]}, status=200)
    assert changed["planCode"] == "LARGER"
    assert [line["amount"] for line in (await service.get(f"{path}/upcoming"))["lines"]] == [
        line["amount"] for line in preview["lines"]
    ]
    edited = await service.send("PATCH", path, {"metadata": {"a": "b"}}, status=200, version=changed["version"])
    assert edited["metadata"] == {"a": "b"}

    resume_at = instant_text(now + timedelta(days=3))
    paused = await service.send("POST", f"{path}/pause", {"resumeAt": resume_at}, status=200)
    assert (paused["status"], paused["suspension"]["reason"]) == ("suspended", "paused")
    await service.send("POST", f"{path}/pause", {}, status=409)
    assert (await service.send("POST", f"{path}/resume", status=200))["suspension"] is None
    await service.send("POST", f"{path}/pause", {"resumeAt": instant_text(now)}, status=422)

    wanted = {"metric": "API_CALL", "quantity": "5"}
    threshold = await service.send("POST", f"{path}/thresholds", wanted, status=201)
    [listed] = (await service.get(f"{path}/thresholds"))["data"]
    assert (listed["id"], listed["quantity"], listed["amount"]) == (threshold["id"], "5", None)
    await service.send("DELETE", f"{path}/thresholds/{threshold['id']}", status=204)

    scheduled = await service.send("POST", f"{path}/cancel", {"at": "period_end"}, status=200)
    assert scheduled["cancelAt"] == scheduled["currentPeriod"]["end"]
    found = (await service.get(f"/api/subscriptions?cancelAtFrom={instant_text(now)}"))["data"]
    assert [each["id"] for each in found] == [subscription["id"]]
    [change] = [each for each in (await service.get(f"{path}/changes"))["data"] if each["status"] == "scheduled"]
    await service.send("DELETE", f"{path}/changes/{change['id']}", status=204)
    assert (await service.get(path))["cancelAt"] is None
    canceled = await service.send("POST", f"{path}/cancel", {"at": "now", "reason": "moved"}, status=200)
    assert canceled["status"] == "canceled"
    await service.send("GET", f"{path}/upcoming", status=409)
    assert (await service.get("/api/customers/c/upcoming"))["data"] == []


async def test_an_invoice_is_paid_in_part_credited_and_voided(service: Service):
    subscription = await service.subscribe("c", in_grace=True)

    async def counted() -> dict[str, Any] | None:
        [draft] = (await service.get("/api/invoices?status=draft"))["data"]
        return draft if draft["total"]["amountMinor"] == 12_000 else None

    draft = await eventually(counted)
    assert (draft["status"], draft["number"]) == ("draft", None)
    assert (await service.get(f"/api/invoices/{draft['id']}"))["lines"][1]["quantity"] == "12000"
    [invoice_id] = await service.close_now()
    assert draft["id"] == invoice_id
    assert (await service.get("/api/invoices?status=draft"))["data"] == []
    await service.post(f"/api/invoices/{invoice_id}/finalize", {}, status=409)
    invoice = await service.get(f"/api/invoices/{invoice_id}")
    path, line = f"/api/invoices/{invoice_id}", invoice["lines"][0]

    def money(amount_minor: int) -> dict[str, object]:
        return {"amountMinor": amount_minor, "currency": "USD"}

    failed = {"status": "failed", "amount": money(100), "reference": "card", "failureCode": "card_declined"}
    payment = await service.post(f"{path}/payments", failed)
    assert (payment["status"], payment["failureCode"], payment["paidAt"]) == ("failed", "card_declined", None)
    assert (await service.get(f"/api/subscriptions/{subscription['id']}"))["status"] == "past_due"
    await service.post(f"{path}/payments", failed, status=409)
    assert await service.get(f"/api/payments/{payment['id']}") == payment
    assert (await service.get("/api/payments?status=failed&customerId=c"))["data"] == [payment]
    assert (await service.get("/api/payments?status=succeeded"))["data"] == []

    credit = {"lines": [{"lineId": line["id"], "amount": money(1)}], "reason": "r", "disposition": "reduce_due"}
    note = await service.post(f"{path}/credit-notes", credit)
    assert await service.get(f"/api/credit-notes/{note['id']}") == note
    assert (await service.get(f"/api/credit-notes?invoiceId={invoice_id}"))["data"] == [note]
    too_much = credit | {"lines": [{"lineId": line["id"], "amount": money(10**9)}]}
    problem = await service.post(f"{path}/credit-notes", too_much, status=422)
    assert [error["field"] for error in problem["errors"]] == ["/lines/0"]
    await service.post(f"{path}/void", {"reason": "no"}, status=409)
    assert (await service.get(path))["amountCredited"] == money(1)
    written_off = await service.post(f"{path}/mark-uncollectible", {"reason": "gone"}, status=200)
    assert written_off["status"] == "uncollectible"
    assert (await service.get(f"/api/subscriptions/{subscription['id']}"))["status"] == "active"


async def test_documents_over_http(service: Service):
    await service.subscribe("c")
    [invoice_id] = await service.close_now()
    answer = await service.http.get(f"/api/invoices/{invoice_id}/pdf", headers=service.headers())
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/pdf")
    assert 'filename="INV-000001.pdf"' in answer.headers["content-disposition"]
    again = service.headers() | {"If-None-Match": answer.headers["etag"]}
    assert (await service.http.get(f"/api/invoices/{invoice_id}/pdf", headers=again)).status_code == 304
    missing = await service.http.get("/api/credit-notes/cn_1/pdf", headers=service.headers())
    assert missing.status_code == 404
