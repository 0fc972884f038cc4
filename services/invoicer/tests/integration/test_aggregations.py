"""Every aggregation is billed from applied states, and what corrections take away becomes a credit."""

from decimal import Decimal

import pytest
from invoicer_billing import Billing
from invoicer_log import at, measured
from test_verify import verify

from usageflow_common.metering import AGGREGATIONS, Aggregation
from usageflow_invoicer.service.invoices import explain_line

MARCH = (at("2026-03-01"), at("2026-04-01"))


async def usage(billing: Billing) -> list:
    """Values of two customers in both partitions and two groups, some of them equal, around a month."""
    events = []
    for when, amount, partition, group in (
        ("2026-02-27T10:00", "40", 0, None),
        ("2026-02-28T23:59", "-15", 1, "eu"),
        ("2026-03-01", "7", 0, "eu"),
        ("2026-03-10T12:07", "300", 1, "us"),
        ("2026-03-10T12:08", "7", 0, "us"),
        ("2026-03-20", "-2.5", 1, None),
        ("2026-03-31T23:59", "12.25", 0, "eu"),
        ("2026-03-31T23:59", "12", 1, "eu"),
        ("2026-04-01", "1000", 0, "eu"),
    ):
        events += await billing.track("c", when, 1, amount, partition, group)
        await billing.track("other", when, 2, "77777", partition, group)
    return events


def quantities(invoice) -> list[tuple[str, Decimal]]:
    return [(line.kind, line.evidence.quantity) for line in invoice.invoice.lines if line.evidence is not None]


@pytest.mark.parametrize("aggregation", AGGREGATIONS)
@pytest.mark.parametrize("subscribed", ["before", "after"])
async def test_a_period_is_billed_by_its_value(billing: Billing, aggregation: Aggregation, subscribed: str):
    """Whether the period was there when the usage came, or is filled with it."""
    billing.meter(aggregation)
    plan_id = await billing.plan(unit_price="1", included="0")
    events = await usage(billing) if subscribed == "after" else []
    await billing.subscribe("c", "2026-03-01", plan_id)
    events = events or await usage(billing)
    [march] = await billing.close("2026-04-01T01:00")
    expected = measured(aggregation, events, *MARCH)
    assert quantities(march) == [("usage", expected)]
    [april] = await billing.close("2026-05-01T01:00")
    assert quantities(april) == [("usage", measured(aggregation, events, MARCH[1], at("2026-05-01")))]
    for stored in (march, april):
        assert await verify(billing, stored) == {}


@pytest.mark.parametrize("aggregation", AGGREGATIONS)
async def test_voids_after_the_invoice_become_a_linked_adjustment(billing: Billing, aggregation: Aggregation):
    billing.meter(aggregation)
    await billing.subscribe("c", "2026-03-01", await billing.plan(unit_price="1", included="0"))
    events = await usage(billing)
    [march] = await billing.close("2026-04-01T01:00")
    voided = [event for event in events if event.amount in {Decimal(300), Decimal(-15), Decimal(12)}]
    for event in voided:
        await billing.void(event)
    [april] = await billing.close("2026-05-01T01:00")
    before = measured(aggregation, events, *MARCH)
    after = measured(aggregation, [event for event in events if event not in voided], *MARCH)
    found = [line for line in april.invoice.lines if line.kind == "adjustment"]
    if before == after:
        assert found == []
    else:
        [line] = found
        assert line.adjusts.line_id == march.invoice.lines[1].line_id
        assert (line.evidence.quantity, line.evidence.event_count) == (after, -2)
        assert line.amount_minor == line.adjusts.rerated_minor - line.adjusts.billed_minor
    for stored in (march, april):
        assert await verify(billing, stored) == {}


async def test_a_late_change_of_level_is_billed_in_every_later_period(billing: Billing):
    billing.meter("WEIGHTED_SUM")
    await billing.subscribe("c", "2026-03-01", await billing.plan(unit_price="1", included="0"))
    [march] = await billing.close("2026-04-01T01:00")
    [april] = await billing.close("2026-05-01T01:00")
    await billing.track("c", "2026-02-28T12:00", 1, "10")
    [may] = await billing.close("2026-06-01T01:00")
    assert [(line.kind, line.amount_minor) for line in may.invoice.lines] == [
        ("base", 10_000),
        ("usage", 1_000),
        ("adjustment", 1_000),
        ("adjustment", 1_000),
    ]
    # The level was changed by an event of no invoiced period: it counts in none of them.
    assert {line.evidence.event_count for line in may.invoice.lines if line.evidence} == {0}
    for stored in (march, april, may):
        assert await verify(billing, stored) == {}


async def test_an_event_that_moved_to_another_month_is_credited_here_and_billed_there(billing: Billing):
    await billing.subscribe("c", "2026-03-01", await billing.plan(unit_price="1", included="0"))
    [event] = await billing.track("c", "2026-03-31T23:50", 1, "30")
    [march] = await billing.close("2026-04-01T01:00")
    await billing.void(event)
    await billing.track("c", "2026-04-02", 1, "30")
    [april] = await billing.close("2026-05-01T01:00")
    assert [(line.kind, line.amount_minor) for line in april.invoice.lines] == [
        ("base", 10_000),
        ("usage", 3_000),
        ("adjustment", -3_000),
    ]
    assert (await verify(billing, march), await verify(billing, april)) == ({}, {})


async def test_windows_are_explained_with_their_own_values(billing: Billing):
    billing.meter("MAX")
    await billing.subscribe("c", "2026-03-01", await billing.plan(unit_price="1", included="0"))
    for when, amount in (("2026-03-02", "5"), ("2026-03-02T00:01", "-9"), ("2026-03-03", "11")):
        await billing.track("c", when, 1, amount)
    [march] = await billing.close("2026-04-01T01:00")
    line = march.invoice.lines[1]
    explanation = await explain_line(
        billing.engine, billing.log, billing.org_id, march.invoice.invoice_id, line.line_id, cursor=None, limit=50
    )
    assert explanation.again == line
    assert [window.value for window in explanation.windows.page] == [5, 11]
