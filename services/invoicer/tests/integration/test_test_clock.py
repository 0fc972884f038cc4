"""A test organization lives through months in seconds, by the code that live ones run."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from invoicer_billing import organization
from invoicer_running import PLAN, Service, announce
from msgspec import structs

from usageflow_common.clock import instant_text
from usageflow_common.database import connect
from usageflow_common.testing import eventually


async def in_test_mode(service: Service) -> Service:
    owner = structs.replace(organization(), mode="test")
    metric = await announce(service.producer, owner)
    tenant = replace(service, org_id=owner.org_id, metric=metric)

    async def known() -> bool:
        return (await tenant.http.get("/api/test-clock", headers=tenant.headers())).status_code == 200

    await eventually(known)
    return tenant


async def test_a_live_organization_has_no_clock_that_moves(service: Service):
    state = await service.get("/api/test-clock")
    assert (state["target"], state["runIds"]) == (None, [])
    to = instant_text(datetime.now(UTC) + timedelta(days=1))
    assert (await service.post("/api/test-clock/advance", {"to": to}, status=409))["code"] == "state_conflict"


async def test_months_pass_with_everything_that_falls_due_in_them(service: Service):
    tenant = await in_test_mode(service)
    start = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=200)
    await tenant.post("/api/test-clock/advance", {"to": instant_text(start)}, status=200)
    assert (await tenant.get("/api/test-clock"))["now"].startswith(str(start.date()))
    plan = await tenant.post("/api/plans", PLAN | {"draft": PLAN["draft"] | {"trialDays": 10}})
    await tenant.post("/api/customers", {"customerId": "c"})
    subscription = await tenant.post("/api/subscriptions", {"customerId": "c", "planId": plan["id"]})
    assert (subscription["status"], subscription["startAt"]) == ("trialing", instant_text(start))
    await tenant.post("/api/test-clock/advance", {"to": instant_text(start - timedelta(days=1))}, status=409)
    path = f"/api/subscriptions/{subscription['id']}"

    async def passed(days: int) -> None:
        to = start + timedelta(days=days)
        answer = await tenant.http.post(
            "/api/test-clock/advance", json={"to": instant_text(to)}, headers=tenant.headers(f"to-{days}")
        )
        assert answer.status_code in (200, 202), answer.text

        async def there() -> bool:
            return (await tenant.get("/api/test-clock"))["target"] is None

        await eventually(there, 60)

    await passed(11)
    assert (await tenant.get(path))["status"] == "active"
    await passed(80)
    invoices = (await tenant.get("/api/invoices"))["data"]
    assert [invoice["total"]["amountMinor"] for invoice in invoices] == [10_000, 10_000]
    ends = [datetime.fromisoformat(invoice["period"]["end"]) for invoice in invoices]
    for invoice, end in zip(invoices, ends, strict=True):
        issued = datetime.fromisoformat(invoice["issuedAt"])
        assert timedelta(hours=1) <= issued - end < timedelta(hours=1, minutes=5)
    # Unpaid, the older one was dunned: it suspends the subscription after its 14 days and another 14.
    assert (await tenant.get(path))["suspension"]["reason"] == "payment_failed"


async def test_a_subscription_that_cannot_live_on_holds_no_clock_up(service: Service):
    """Its zone is one that this machine has never heard of."""
    tenant = await in_test_mode(service)
    plan = await tenant.post("/api/plans", PLAN)
    await tenant.post("/api/customers", {"customerId": "c"})
    broken = (await tenant.post("/api/subscriptions", {"customerId": "c", "planId": plan["id"]}))["id"]
    connection = await connect(tenant.settings.database_url.get_secret_value(), application_name="test")
    update = "UPDATE subscriptions SET time_zone = 'Mars/Olympus' WHERE org_id = $1"
    await connection.execute(update, tenant.org_id)
    await connection.close()
    to = instant_text(datetime.now(UTC) + timedelta(days=70))
    answer = await tenant.http.post("/api/test-clock/advance", json={"to": to}, headers=tenant.headers("on"))
    assert answer.status_code in (200, 202), answer.text

    async def there() -> bool:
        return (await tenant.get("/api/test-clock"))["target"] is None

    await eventually(there, 30)
    [run] = (await tenant.get("/api/billing-runs"))["data"][:1]
    assert [(each["subscriptionId"], each["code"]) for each in run["failures"]] == [(broken, "next_period_unknown")]
