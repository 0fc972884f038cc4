"""Revenue by month, what recurs, and who brings most: sums of what was really billed."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from invoicer_billing import Billing, moment
from invoicer_log import at
from test_money import credit, pay

from usageflow_invoicer.domain.recurring import Moves, months_over
from usageflow_invoicer.service import analytics, settling
from usageflow_invoicer.store.analytics import Revenue

UTC = ZoneInfo("UTC")
SPRING = (at("2026-03-01"), at("2026-06-01"))


async def billed(billing: Billing) -> list[Any]:
    """Two customers in dollars, one in yen; one of the dollars uses 12,000 calls in March."""
    await billing.subscribe("large", "2026-03-01")
    await billing.subscribe("small", "2026-03-01")
    await billing.subscribe("yen", "2026-03-10", await billing.plan(currency="JPY"))
    await billing.track("large", "2026-03-20", calls=12_000)
    await billing.close("2026-04-01T01:00")
    await billing.close("2026-05-01T01:00")
    return await billing.invoices()


async def revenue(billing: Billing) -> list[Revenue]:
    return await analytics.revenue(billing.engine, billing.org_id, months_over(*SPRING, UTC))


async def test_revenue_is_what_was_invoiced_paid_and_credited(billing: Billing):
    invoices = {(each.invoice.customer_id, each.invoice.issued_at.month): each for each in await billed(billing)}
    march = invoices["large", 4]
    await pay(billing, march, 5_000, "half")
    await credit(billing, march, {1: 500}, "reduce_due")
    may = [Revenue(2, "JPY", 100, 0, 0, 100, 0), Revenue(2, "USD", 20_000, 0, 0, 20_000, 0)]
    assert await revenue(billing) == [Revenue(1, "USD", 22_000, 5_000, 500, 20_000, 2_000), *may]
    small = invoices["small", 4].invoice.invoice_id
    await settling.void_invoice(billing.engine, billing.asker(), small, "never agreed", moment("2026-04-03"))
    assert await revenue(billing) == [Revenue(1, "USD", 12_000, 5_000, 500, 10_000, 2_000), *may]


async def test_what_recurs_moves_with_subscriptions(billing: Billing):
    await billed(billing)
    months = months_over(at("2026-02-01"), at("2026-06-01"), UTC)
    found = await analytics.recurring(billing.engine, billing.org_id, months, at("2026-05-01"))
    assert found[0] == {}
    assert found[1] == {"USD": Moves(20_000, new=20_000), "JPY": Moves(100, new=100)}
    assert found[2] == {"USD": Moves(20_000), "JPY": Moves(100)}


async def test_the_largest_customers_stand_first_with_their_share_of_all(billing: Billing):
    await billed(billing)
    top = await analytics.top_customers(billing.engine, billing.org_id, (at("2026-04-01"), at("2026-04-15")), "USD", 1)
    assert [(each.customer_id, each.value, each.total) for each in top] == [("large", 12_000, 22_000)]
    users = await analytics.top_users(
        billing.engine, billing.org_id, SPRING, billing.metric.metric_id, events=True, limit=5
    )
    assert [(each.customer_id, each.value) for each in users] == [("large", 12_000)]
