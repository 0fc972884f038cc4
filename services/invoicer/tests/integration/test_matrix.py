"""A price for each value of a group-by key: a line for each value, late values included, and nothing left out."""

from decimal import Decimal

import pytest
from invoicer_billing import Billing
from invoicer_log import Event, at, measured
from invoicer_verifying import verify
from msgspec import structs
from test_aggregations import usage
from test_backtest import tried
from test_verify import tamper

from usageflow_common.errors import ValidationFailed
from usageflow_common.metering import AGGREGATIONS, Aggregation
from usageflow_invoicer.domain.plans import Group
from usageflow_invoicer.schemas.plans import DefinitionInput
from usageflow_invoicer.service.definitions import read_charges
from usageflow_invoicer.service.invoices import explain_line

MARCH = (at("2026-03-01"), at("2026-04-01"))
PRICES = {"eu": 1, "us": 2}
REGIONS = {
    "property": "region",
    "values": [{"value": region, "unitPrice": str(price)} for region, price in PRICES.items()],
    "default": {"unitPrice": "3"},
}


async def by_region(billing: Billing, matrix=REGIONS, **definition):
    billing.metric = structs.replace(billing.metric, group_by=("region",))
    charge = {"metric": "API_CALL", "name": "Calls", "model": "per_unit", "matrix": matrix}
    return await billing.publish("REGIONS", charges=[charge], **definition)


def shown(stored, kind: str = "usage") -> list[tuple[str, Decimal, int]]:
    return [
        (line.evidence.group.value, line.evidence.quantity, line.amount_minor)
        for line in stored.invoice.lines
        if line.kind == kind
    ]


def expected(aggregation: Aggregation, events: list[Event]) -> list[tuple[str, Decimal, int]]:
    lines = []
    for region in ("", "eu", "us"):
        mine = [event for event in events if (event.group or "") == region]
        quantity = measured(aggregation, mine, *MARCH) or Decimal(0)
        price = PRICES.get(region, 3)
        lines.append((region, quantity, int((max(Decimal(0), quantity) * price * 100).quantize(Decimal(1)))))
    return lines


@pytest.mark.parametrize("aggregation", AGGREGATIONS)
@pytest.mark.parametrize("subscribed", ["before", "after"])
async def test_each_value_has_its_line_and_its_price(billing: Billing, aggregation: Aggregation, subscribed: str):
    billing.meter(aggregation)
    plan_id = await by_region(billing)
    events = await usage(billing) if subscribed == "after" else []
    await billing.subscribe("c", "2026-03-01", plan_id)
    events = events or await usage(billing)
    [march] = await billing.close("2026-04-01T01:00")
    mine = [event for event in events if event.customer_id == "c"]
    if aggregation != "AVG":  # amounts of an average are rounded from 12 decimals
        assert shown(march) == expected(aggregation, mine)
    assert [line.description for line in march.invoice.lines if line.evidence] == [
        "Calls (no region)",
        "Calls (region: eu)",
        "Calls (region: us)",
    ]
    assert await verify(billing, march) == {}
    pricing = {"planId": plan_id, "version": 1}
    total = march.stored_total_minor
    assert await tried(billing, pricing, customerIds=["c"]) == [("c", total, total)]


async def test_a_value_that_came_late_is_billed_and_corrected_like_any_other(billing: Billing):
    await billing.subscribe("c", "2026-03-01", await by_region(billing))
    await billing.track("c", "2026-03-02", 1, "10", group="eu")
    [march] = await billing.close("2026-04-01T01:00")
    [late] = await billing.track("c", "2026-03-03", 1, "5", group="asia")
    await billing.track("c", "2026-03-03", 1, "1", group="eu")
    [april] = await billing.close("2026-05-01T01:00")
    assert shown(april, "adjustment") == [("asia", 5, 1_500), ("eu", 11, 100)]
    await billing.void(late)
    await billing.track("c", "2026-03-04", 1, "2", partition=1, group="asia")
    [may] = await billing.close("2026-06-01T01:00")
    assert shown(may, "adjustment") == [("asia", 2, -900)]
    assert [line.kind for line in may.invoice.lines] == ["adjustment", "carry_forward"]
    first, second = (line.adjusts for each in (april, may) for line in each.invoice.lines if shown_as(line, "asia"))
    assert (first.line_id, first.billed_minor, second.billed_minor) == (second.line_id, 0, 1_500)
    for stored in (march, april, may):
        assert await verify(billing, stored) == {}
    rows = await billing.fetch("SELECT count(*) FROM usage_periods WHERE org_id = $1 AND changed", billing.org_id)
    assert rows[0][0] == 0


def shown_as(line, value: str) -> bool:
    return line.adjusts is not None and line.evidence.group == Group("region", value)


async def test_named_values_that_owe_something_have_a_line_without_usage(billing: Billing):
    minimum = {"amountMinor": 700, "currency": "USD"}
    matrix = {
        "property": "region",
        "values": [{"value": "eu", "unitPrice": "1", "minimumAmount": minimum}, {"value": "us", "unitPrice": "2"}],
        "default": {"unitPrice": "3", "minimumAmount": minimum},
    }
    await billing.subscribe("c", "2026-03-01", await by_region(billing, matrix))
    [event] = await billing.track("c", "2026-03-02", 1, "10", group="us")
    await billing.void(event)
    [march] = await billing.close("2026-04-01T01:00")
    assert shown(march) == [("eu", 0, 700)]
    assert await verify(billing, march) == {}


async def test_a_line_that_was_taken_out_shows(billing: Billing):
    await billing.subscribe("c", "2026-03-01", await by_region(billing))
    for region in ("eu", "us"):
        await billing.track("c", "2026-03-02", 1, "10", group=region)
    [march] = await billing.close("2026-04-01T01:00")
    await tamper(billing, "DELETE FROM invoice_lines WHERE org_id = $1 AND group_value = 'us'", billing.org_id)
    assert {"charge_events", "total", "invoice_hash"} == set(await verify(billing, march))


async def test_a_line_is_explained_by_its_own_usage_alone(billing: Billing):
    await billing.subscribe("c", "2026-03-01", await by_region(billing))
    for region, amount in (("eu", "10"), ("us", "4"), ("us", "2")):
        await billing.track("c", "2026-03-02", 1, amount, group=region)
    [march] = await billing.close("2026-04-01T01:00")
    line = march.invoice.lines[-1]
    explained = await explain_line(
        billing.engine, billing.log, billing.org_id, march.invoice.invoice_id, line.line_id, cursor=None, limit=10
    )
    assert (explained.again, explained.line.amount_minor) == (line, 1_200)
    assert [(window.value, window.event_count) for window in explained.windows.page] == [(6, 2)]


async def test_a_stored_draft_with_a_matrix_can_be_published(billing: Billing):
    metric = structs.replace(billing.metric, group_by=("region",))
    charge = {"metric": metric.code, "model": "per_unit", "matrix": REGIONS}
    sent = DefinitionInput.model_validate({"interval": "month", "charges": [charge]})
    stored = DefinitionInput.model_validate(sent.model_dump(mode="json", by_alias=True))
    [read] = read_charges(stored, "USD", {metric.code: metric})
    assert read.matrix is not None
    assert set(read.matrix.values) == {"eu", "us"}
    for beside in (
        {"unitPrice": "1"},
        {"unitPrice": "0"},
        {"includedUnits": "5"},
        {"minimumAmount": {"amountMinor": 1, "currency": "USD"}},
    ):
        wrong = DefinitionInput.model_validate({"interval": "month", "charges": [charge | beside]})
        with pytest.raises(ValidationFailed):
            read_charges(wrong, "USD", {metric.code: metric})
