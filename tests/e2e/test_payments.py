"""Money over the whole system: a test organization's cards succeed, decline, answer late, and lift a suspension, by its clock."""

import asyncio
import base64
import json
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import httpx
from standardwebhooks import Webhook
from tenant import Tenant, eventually, text
from test_tenants import client_of, known, make_key, operate

from usageflow_common.testing.payloads import check_data
from usageflow_invoicer.payment_providers import card_processor_secret

OTHER = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="

PLAN = {
    "code": "FLAT",
    "name": "Flat",
    "currency": "USD",
    "publish": True,
    "draft": {"interval": "month", "basePrice": "50.00", "charges": []},
}


@asynccontextmanager
async def in_test_mode(system):
    """A client of an organization in test mode, and a tenant to act with."""
    founded = await operate(system, "org", "create", "--name", f"T{uuid4().hex[:6]}", "--mode", "test", "--json")
    key = await make_key(system, founded["id"])
    async with client_of(system, key["secret"]) as http:
        await known(http)
        yield Tenant(http)


async def advance(tenant, to):
    """Move the clock, and wait until it is there with everything done on the way."""
    await tenant.post("/api/test-clock/advance", {"to": text(to)})

    async def there():
        return True if (await tenant.get("/api/test-clock"))["target"] is None else None

    await eventually("the clock's arrival", there, 90)


async def subscribed(tenant, plan_id, method):
    customer = {"customerId": method, "paymentMethod": method}
    await tenant.post("/api/customers", customer)
    return await tenant.post("/api/subscriptions", {"customerId": method, "planId": plan_id})


async def status_of(tenant, subscription):
    return (await tenant.get(f"/api/subscriptions/{subscription['id']}"))["status"]


async def test_cards_pay_decline_answer_late_and_recover(system):
    async with in_test_mode(system) as tenant:
        start = datetime.now(UTC).replace(microsecond=0)
        plan = await tenant.post("/api/plans", PLAN)
        methods = ("test_ok", "test_later", "test_declined")
        subscriptions = {method: await subscribed(tenant, plan["id"], method) for method in methods}

        await advance(tenant, start + timedelta(days=33))

        invoices = (await tenant.get("/api/invoices"))["data"]
        assert {invoice["customerId"]: invoice["status"] for invoice in invoices} == {
            "test_ok": "paid",
            "test_later": "paid",
            "test_declined": "open",
        }
        payments = (await tenant.get("/api/payments", customerId="test_later"))["data"]
        assert [(each["status"], each["provider"], each["method"]) for each in payments] == [
            ("succeeded", "test_cards", "test_card")
        ]
        assert await status_of(tenant, subscriptions["test_declined"]) == "past_due"

        await advance(tenant, start + timedelta(days=48))

        assert await status_of(tenant, subscriptions["test_declined"]) == "suspended"
        failed = (await tenant.get("/api/payments", customerId="test_declined"))["data"]
        assert [each["failureCode"] for each in failed] == ["card_declined"] * 5
        [owed] = [invoice for invoice in invoices if invoice["customerId"] == "test_declined"]
        standing = await tenant.get(f"/api/invoices/{owed['id']}/collection")
        assert (standing["provider"], standing["obstacle"]) == ("test_cards", None)
        dunning = standing["dunning"]
        began = datetime.fromisoformat(dunning["beganAt"])
        planned = [datetime.fromisoformat(at) - began for at in dunning["attemptsAt"]]
        assert planned == [timedelta(days=days) for days in (1, 3, 5, 7)]
        assert (dunning["attempts"], dunning["nextAttemptAt"]) == (5, None)
        assert dunning["suspendedAt"] >= dunning["suspendsAt"]
        edited = await tenant.http.patch("/api/customers/test_declined", json={"paymentMethod": "test_ok"})
        assert edited.status_code == 200, edited.text

        paid = await asyncio.gather(
            *(tenant.post(f"/api/invoices/{owed['id']}/collect", None, key="collect-it") for _ in range(3))
        )

        assert {(each["status"], each["id"]) for each in paid} == {("succeeded", paid[0]["id"])}
        assert await status_of(tenant, subscriptions["test_declined"]) == "active"
        standing = await tenant.get(f"/api/invoices/{owed['id']}/collection")
        assert (standing["obstacle"], standing["dunning"]) == ("not_due", None)
        facts = (await tenant.get("/api/webhooks/events", limit="200"))["data"]
        for fact in facts:
            check_data(fact["type"], fact["data"])
        kinds = [fact["type"] for fact in facts if owed["id"] in str(fact) or fact["type"].startswith("subscription.s")]
        assert {"invoice.failed", "invoice.paid", "subscription.suspended"} <= set(kinds)


async def test_only_a_signed_notification_is_believed(system):
    async with in_test_mode(system) as tenant:
        plan = await tenant.post("/api/plans", PLAN)
        await subscribed(tenant, plan["id"], "test_later_declined")
        await advance(tenant, datetime.now(UTC) + timedelta(days=33))
        [payment, *_] = (await tenant.get("/api/payments"))["data"]
        assert (payment["status"], payment["failureCode"]) == ("failed", "card_declined")
        org_id = (await tenant.get("/api/organization"))["id"]
        told = {"chargeId": payment["id"], "organizationId": org_id, "status": "succeeded"}
        secret = card_processor_secret(base64.b64decode(system.site.credentials.cursor_secret))
        statuses = [await notify(system, told, signed_with) for signed_with in (OTHER, secret, secret)]
        assert statuses == [401, 204, 204]
        assert await notify(system, told | {"chargeId": f"pay_{uuid4().hex}"}, secret) == 404
        # What has ended stays as it ended.
        assert (await tenant.get(f"/api/payments/{payment['id']}"))["status"] == "failed"


async def notify(system, told, secret):
    body, now = json.dumps(told), datetime.now(UTC)
    headers = {
        "content-type": "application/json",
        "webhook-id": "msg_1",
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Webhook(secret).sign("msg_1", now, body),
    }
    async with httpx.AsyncClient(trust_env=False) as http:
        url = f"{system.site.url('invoicer')}/internal/payments/notifications"
        return (await http.post(url, content=body, headers=headers)).status_code


async def test_a_live_organization_without_a_provider_collects_nothing(tenant):
    await tenant.prepare()
    await tenant.subscribe()
    [invoice] = await tenant.invoices()
    standing = await tenant.get(f"/api/invoices/{invoice['id']}/collection")
    assert standing == {"provider": None, "obstacle": "no_provider", "dunning": None}
    answer = await tenant.http.post(f"/api/invoices/{invoice['id']}/collect", headers={"Idempotency-Key": str(uuid4())})
    assert (answer.status_code, answer.json()["code"]) == (409, "no_payment_provider")
