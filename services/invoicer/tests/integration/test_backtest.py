"""A price is tried on what was really used: the price that billed it makes the same, to the minor unit."""

from __future__ import annotations

from typing import Any

import pytest
from invoicer_billing import Billing
from invoicer_log import at

from usageflow_common.database import transaction
from usageflow_common.errors import ValidationFailed
from usageflow_common.metering import AGGREGATIONS
from usageflow_invoicer.schemas.backtests import BacktestInput
from usageflow_invoicer.service.backtests import backtest
from usageflow_invoicer.store.spans import Span, usage_of_spans
from usageflow_invoicer.store.sums import read_sums


class Catalog:
    """The metrics that the tests know of."""

    def __init__(self, billing: Billing) -> None:
        self.billing = billing

    async def find(self, _org_id: Any, _codes: Any) -> dict[str, Any]:
        return {self.billing.metric.code: self.billing.metric}


async def tried(billing: Billing, pricing: dict[str, Any], **more: Any) -> list[tuple[str, int, int]]:
    wanted = BacktestInput.model_validate(
        {"pricing": pricing, "from": "2026-01-01T00:00:00Z", "to": "2026-12-01T00:00:00Z"} | more
    )
    rows, currency = await backtest(billing.engine, billing.asker(), Catalog(billing), wanted, None)
    assert currency == "USD"
    return [(row.customer_id, row.billed_minor, row.simulated_minor) for row in rows]


async def test_the_price_that_billed_makes_what_was_billed_late_usage_included(billing: Billing):
    plan_id = await billing.plan()
    for name, calls in (("a", 12_000), ("b", 9_000), ("c", 30_000)):
        await billing.subscribe(name, "2026-03-01", plan_id)
        await billing.track(name, "2026-03-20", calls=1, amount=str(calls))
    await billing.close("2026-04-01T01:00")
    await billing.track("a", "2026-03-21", calls=1, amount="500")
    await billing.track("b", "2026-04-21", calls=1, amount="11000")
    await billing.close("2026-05-01T01:00")
    same = [("a", 22_500, 22_500), ("b", 21_000, 21_000), ("c", 40_000, 40_000)]
    assert await tried(billing, {"planId": plan_id, "version": 1}) == same
    charge = {"metric": "API_CALL", "model": "per_unit", "unitPrice": "0.02"}
    other = {"currency": "USD", "definition": {"interval": "month", "charges": [charge]}}
    assert await tried(billing, other, customerIds=["b", "a"]) == [("a", 22_500, 25_000), ("b", 21_000, 40_000)]
    assert await tried(billing, other, to="2026-04-15T00:00:00Z", customerIds=["a"]) == [("a", 12_500, 25_000)]
    assert await tried(billing, other | {"currency": "EUR"} | {"currency": "USD"}, customerIds=["nobody"]) == []


async def test_a_range_that_is_none_is_refused(billing: Billing):
    with pytest.raises(ValidationFailed):
        await tried(billing, {"planId": await billing.plan(), "version": 1}, to="2025-01-01T00:00:00Z")


@pytest.mark.parametrize("aggregation", AGGREGATIONS)
async def test_a_span_holds_what_a_period_of_it_would(billing: Billing, aggregation: Any):
    billing.meter(aggregation)
    subscription_id = await billing.subscribe("c", "2026-03-01", await billing.plan(unit_price="1", included="0"))
    for when, amount, partition in (("02-20", "5", 0), ("03-02", "7", 0), ("03-09", "-2.5", 1), ("04-01", "100", 0)):
        await billing.track("c", f"2026-{when}", calls=2, amount=amount, partition=partition)
    span = Span("c", billing.metric.metric_id, aggregation, at("2026-03-01"), at("2026-04-01"))
    empty = Span("nobody", billing.metric.metric_id, aggregation, at("2026-03-01"), at("2026-04-01"))
    periods = await billing.fetch("SELECT period_id FROM billing_periods WHERE org_id = $1", billing.org_id)
    async with transaction(billing.engine) as tx:
        [found, nothing] = await usage_of_spans(tx, billing.org_id, [span, empty])
        sums = await read_sums(tx, billing.org_id, [(subscription_id, row[0]) for row in periods])
    assert list(found.values()) == [each.usage for each in sums.values()]
    assert nothing == {}


async def test_a_period_that_was_billed_in_advance_and_settled_is_billed_once(billing: Billing):
    charge = {"metric": "API_CALL", "model": "per_unit", "unitPrice": "0.01"}
    ahead = await billing.publish("AHEAD", basePrice="310", billing="advance", charges=[charge])
    subscription_id = await billing.subscribe("c", "2026-03-01", ahead)
    await billing.track("c", "2026-03-20", calls=500)
    await billing.close("2026-04-01T01:00")
    await billing.cancel(subscription_id, "2026-04-15T23:50")
    await billing.close("2026-04-16T00:01")
    pricing = {"planId": ahead, "version": 1}
    assert await tried(billing, pricing) == [("c", 31_500 + 15_500, 31_500 + 15_500)]
    assert await tried(billing, pricing, to="2026-04-01T00:00:00Z") == [("c", 31_500, 31_500)]
