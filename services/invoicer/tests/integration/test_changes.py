"""Trials, changes of plan, pauses and cancellations: what is owed of each part of a period, to the cent, and proved like the rest."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import pytest
from invoicer_billing import Billing, moment
from invoicer_log import at
from invoicer_verifying import verify

from usageflow_common.clock import Clock
from usageflow_common.errors import Conflict, PreconditionFailed, StateConflict, ValidationFailed
from usageflow_common.wire import PageRequest
from usageflow_invoicer.schemas.subscriptions import ChangeInput
from usageflow_invoicer.service import changes
from usageflow_invoicer.service.changes import Asked, change_plan, drop_change
from usageflow_invoicer.service.lives import live_all, live_everywhere
from usageflow_invoicer.service.upcoming import preview_change, upcoming

CALLS = {"metric": "API_CALL", "model": "per_unit"}


def amounts(stored) -> list[tuple[str, int]]:
    return [(line.kind, line.amount_minor) for line in stored.invoice.lines]


async def plan_of(tenant: Billing, code: str, price: str, base: str = "310", **more):
    charge = {**CALLS, "unitPrice": price, "includedUnits": "31"}
    return await tenant.publish(code, basePrice=base, charges=[charge], **more)


async def test_an_immediate_change_rates_each_part_alone_and_prorates_by_the_second(billing: Billing):
    small, large = await plan_of(billing, "SMALL", "1"), await plan_of(billing, "LARGE", "2", "620")
    subscription_id = await billing.subscribe("c", "2026-03-01", small)
    await billing.track("c", "2026-03-05", calls=20)
    await billing.track("c", "2026-03-15", calls=30, partition=1)
    shown = await billing.change(subscription_id, large, "2026-03-11T00:07")
    assert (shown["planCode"], shown["version"], shown["currentPeriod"]["index"]) == ("LARGE", 2, 0)
    await billing.track("c", "2026-03-10T23:59", calls=1)  # a late one of the first part
    await billing.track("c", "2026-03-11T00:00", calls=2)
    [invoice] = await billing.close("2026-04-01T01:00")
    # 10 and 21 of 31 days: 100.00 of 310.00 and 420.00 of 620.00; 10 and 21 units included.
    assert amounts(invoice) == [("proration", 10_000), ("proration", 42_000), ("usage", 1_100), ("usage", 2_200)]
    assert [line.evidence.event_count for line in invoice.invoice.lines[2:]] == [21, 32]
    assert invoice.invoice.plan_code == "LARGE"
    assert await verify(billing, invoice) == {}
    # Late usage of both parts is found by the next invoice, each with its own price.
    await billing.track("c", "2026-03-03", calls=3)
    await billing.track("c", "2026-03-30", calls=5, partition=1)
    [april] = await billing.close("2026-05-01T01:00")
    assert amounts(april) == [("base", 62_000), ("usage", 0), ("adjustment", 300), ("adjustment", 1_000)]
    assert await verify(billing, april) == {}


async def test_a_change_at_the_periods_end_waits_for_it(billing: Billing):
    small, large = await plan_of(billing, "SMALL", "1"), await plan_of(billing, "LARGE", "2", "620")
    subscription_id = await billing.subscribe("c", "2026-03-01", small)
    shown = await billing.change(subscription_id, large, "2026-03-11", "period_end")
    assert (shown["planCode"], shown["scheduledChanges"][0]["at"]) == ("SMALL", "2026-04-01T00:00:00Z")
    with pytest.raises(StateConflict):
        await billing.change(subscription_id, large, "2026-03-12", "period_end")
    [march] = await billing.close("2026-04-01T01:00")
    assert amounts(march) == [("base", 31_000), ("usage", 0)]
    [april] = await billing.close("2026-05-01T01:00")
    assert amounts(april) == [("base", 62_000), ("usage", 0)]


async def test_a_scheduled_change_can_be_dropped(billing: Billing):
    small, large = await plan_of(billing, "SMALL", "1"), await plan_of(billing, "LARGE", "2", "620")
    subscription_id = await billing.subscribe("c", "2026-03-01", small)
    await billing.change(subscription_id, large, "2026-03-11", "period_end")
    await billing.cancel(subscription_id, "2026-03-12", "period_end")
    asked = billing.asked(subscription_id, "2026-03-13")
    for change in await billing.fetch("SELECT change_id FROM subscription_changes WHERE org_id = $1", billing.org_id):
        assert (await drop_change(billing.engine, billing.asker(), asked, change[0])).status == 204
        with pytest.raises(StateConflict):
            await drop_change(billing.engine, billing.asker(), asked, change[0])
    await billing.close("2026-04-01T01:00")
    [april] = await billing.close("2026-05-01T01:00")
    assert amounts(april) == [("base", 31_000), ("usage", 0)]


async def test_another_interval_ends_the_period_with_an_invoice_of_its_own(billing: Billing):
    monthly = await plan_of(billing, "MONTHLY", "1")
    weekly = await plan_of(billing, "WEEKLY", "1", "70", interval="week")
    subscription_id = await billing.subscribe("c", "2026-03-01", monthly)
    await billing.track("c", "2026-03-05", calls=11)
    shown = await billing.change(subscription_id, weekly, "2026-03-11")
    assert shown["currentPeriod"] == {"index": 1, "start": "2026-03-11T00:00:00Z", "end": "2026-03-18T00:00:00Z"}
    invoices = await billing.close("2026-03-18T01:00")
    assert [amounts(each) for each in invoices] == [
        [("proration", 10_000), ("usage", 100)],
        [("base", 7_000), ("usage", 0)],
    ]
    for each in invoices:
        assert await verify(billing, each) == {}


async def test_a_pause_owes_no_base_price_and_still_bills_usage(billing: Billing):
    plan_id = await plan_of(billing, "PRO", "1")
    subscription_id = await billing.subscribe("c", "2026-03-01", plan_id)
    shown = await billing.pause(subscription_id, "2026-03-11", "2026-03-21")
    assert shown["status"] == "suspended"
    assert shown["suspension"] == {
        "reason": "paused",
        "since": "2026-03-11T00:00:00Z",
        "resumeAt": "2026-03-21T00:00:00Z",
    }
    with pytest.raises(StateConflict):
        await billing.pause(subscription_id, "2026-03-12")
    await billing.track("c", "2026-03-15", calls=12)
    await live_all(billing.engine, billing.org_id, moment("2026-03-21T00:05"))
    [invoice] = await billing.close("2026-04-01T01:00")
    assert [line for line in amounts(invoice) if line[1]] == [
        ("proration", 10_000),
        ("proration", 11_000),
        ("usage", 200),
    ]
    assert await verify(billing, invoice) == {}
    with pytest.raises(StateConflict):
        await billing.resume(subscription_id, "2026-04-02")


async def test_a_pause_goes_on_over_the_end_of_a_period_until_it_is_lifted(billing: Billing):
    plan_id = await plan_of(billing, "PRO", "1")
    subscription_id = await billing.subscribe("c", "2026-03-01", plan_id)
    await billing.pause(subscription_id, "2026-03-11")
    [march] = await billing.close("2026-04-01T01:00")
    shown = await billing.resume(subscription_id, "2026-04-16")
    assert (shown["status"], shown["suspension"]) == ("active", None)
    [april] = await billing.close("2026-05-01T01:00")
    assert [line[1] for line in amounts(march) if line[0] == "proration"] == [10_000]
    assert [line[1] for line in amounts(april) if line[0] == "proration"] == [15_500]


async def test_a_trial_bills_nothing_and_the_first_period_begins_at_its_end(billing: Billing):
    plan_id = await plan_of(billing, "TRIAL", "1", trialDays=14)
    subscription_id = await billing.subscribe("c", "2026-03-01", plan_id)
    await billing.track("c", "2026-03-05", calls=500)
    assert await billing.close("2026-03-15T00:01") == []
    [row] = await billing.fetch("SELECT status, anchor_at FROM subscriptions WHERE org_id = $1", billing.org_id)
    assert tuple(row) == ("active", at("2026-03-15"))
    await billing.track("c", "2026-03-20", calls=40)
    [invoice] = await billing.close("2026-04-15T01:00")
    assert amounts(invoice) == [("base", 31_000), ("usage", 900)]
    await billing.track("c", "2026-03-06", calls=500)  # late, and free all the same
    [later] = await billing.close("2026-05-15T01:00")
    assert amounts(later) == [("base", 31_000), ("usage", 0)]
    assert await verify(billing, invoice) == {}
    assert subscription_id == invoice.invoice.subscription_id


async def test_a_base_price_in_advance_stands_on_the_invoice_before_it(billing: Billing):
    plan_id = await plan_of(billing, "AHEAD", "1", billing="advance")
    subscription_id = await billing.subscribe("c", "2026-03-01", plan_id)
    [opening] = await billing.close("2026-03-01T00:00")
    assert amounts(opening) == [("base", 31_000)]
    await billing.track("c", "2026-03-20", calls=40)
    [march] = await billing.close("2026-04-01T01:00")
    assert amounts(march) == [("usage", 900), ("base", 31_000)]
    assert march.invoice.lines[1].period.start_at == at("2026-04-01")
    # Half of April was paid in vain.
    await billing.cancel(subscription_id, "2026-04-15T23:50")
    [april] = await billing.close("2026-04-16T00:00")
    assert amounts(april) == [("proration", 15_500), ("credit", -31_000), ("usage", 0), ("carry_forward", 15_500)]
    for each in (opening, march, april):
        assert await verify(billing, each) == {}
    assert await billing.close("2026-06-16T00:00") == []


async def test_a_trial_before_a_base_price_in_advance_ends_with_its_invoice(billing: Billing):
    plan_id = await plan_of(billing, "AHEAD", "1", billing="advance", trialDays=10)
    await billing.subscribe("c", "2026-03-01", plan_id)
    assert await billing.close("2026-03-10T00:00") == []
    [first] = await billing.close("2026-03-11T00:01")
    assert amounts(first) == [("base", 31_000)]
    [second] = await billing.close("2026-04-11T01:00")
    assert amounts(second) == [("usage", 0), ("base", 31_000)]


async def test_a_cancellation_ends_with_the_quarter_hour_and_a_last_invoice_without_grace(billing: Billing):
    plan_id = await plan_of(billing, "PRO", "1")
    subscription_id = await billing.subscribe("c", "2026-03-01", plan_id)
    shown = await billing.cancel(subscription_id, "2026-03-10T23:52")
    assert (shown["status"], shown["canceledAt"]) == ("canceled", "2026-03-11T00:00:00Z")
    await billing.track("c", "2026-03-10T23:59", calls=20)
    await billing.track("c", "2026-03-11T00:00", calls=99)
    assert await billing.close("2026-03-10T23:59") == []
    [last] = await billing.close("2026-03-11T00:00")
    assert amounts(last) == [("proration", 10_000), ("usage", 1_000)]
    assert await verify(billing, last) == {}
    for refused in (billing.cancel(subscription_id, "2026-03-12"), billing.pause(subscription_id, "2026-03-12")):
        with pytest.raises(StateConflict):
            await refused
    # The metric is free for another subscription.
    await billing.subscribe_existing("c", "2026-03-12", plan_id)


async def test_a_cancellation_at_a_time_or_at_the_end_of_the_period(billing: Billing):
    plan_id = await plan_of(billing, "PRO", "1")
    one, other = [await billing.subscribe(name, "2026-03-01", plan_id) for name in ("a", "b")]
    shown = await billing.cancel(one, "2026-03-02", "2026-03-11")
    assert (shown["status"], shown["cancelAt"]) == ("active", "2026-03-11T00:00:00Z")
    await billing.cancel(other, "2026-03-02", "period_end")
    with pytest.raises(StateConflict):
        await billing.cancel(other, "2026-03-02", "2026-03-11")
    invoices = await billing.close("2026-04-01T01:00")
    assert sorted(amounts(each)[0] for each in invoices) == [("base", 31_000), ("proration", 10_000)]
    assert await billing.close("2026-07-01T01:00") == []


async def test_a_preview_is_what_the_change_then_does_and_leaves_nothing_behind(billing: Billing):
    small, large = await plan_of(billing, "SMALL", "1"), await plan_of(billing, "LARGE", "2", "620")
    subscription_id = await billing.subscribe("c", "2026-03-01", small)
    await billing.track("c", "2026-03-05", calls=20)
    await billing.track("c", "2026-03-15", calls=30)
    wanted = ChangeInput.model_validate({"planId": large, "effective": "now"})
    before = await billing.fetch("SELECT * FROM billing_periods WHERE org_id = $1", billing.org_id)
    preview = await preview_change(
        billing.engine, billing.asker(), billing.asked(subscription_id, "2026-03-16T00:20"), wanted
    )
    assert await billing.fetch("SELECT * FROM billing_periods WHERE org_id = $1", billing.org_id) == before
    assert (preview.at, preview.next_period_minor) == (at("2026-03-16T00:15"), 62_000)
    changed = await billing.change(subscription_id, large, "2026-03-16T00:50", shown_at="2026-03-16T00:15")
    assert changed["planCode"] == "LARGE"
    running = await upcoming(billing.engine, billing.asker(), subscription_id)
    assert [(line.kind, line.amount_minor) for line in running.lines] == [
        (line.kind, line.amount_minor) for line in preview.upcoming.lines
    ]
    [march] = await billing.close("2026-04-01T01:00")
    assert amounts(march) == [(line.kind, line.amount_minor) for line in preview.upcoming.lines]
    with pytest.raises(ValidationFailed):
        await billing.change(subscription_id, small, "2026-04-02", shown_at="2026-04-01T22:00")


async def test_what_cannot_be_changed_is_refused(billing: Billing):
    plan_id = await plan_of(billing, "PRO", "1")
    other = await billing.publish("OTHER", charges=[])
    subscription_id = await billing.subscribe("c", "2026-03-01", other)
    with pytest.raises(StateConflict):
        await billing.change(subscription_id, other, "2026-03-02")
    with pytest.raises(PreconditionFailed):
        await change_plan(
            billing.engine,
            billing.asker(),
            Asked(subscription_id, moment("2026-03-02"), expected=7),
            ChangeInput.model_validate({"planId": plan_id, "effective": "now"}),
        )
    second = await billing.subscribe_existing("c", "2026-03-01", plan_id)
    with pytest.raises(Conflict, match="charges API_CALL"):
        await billing.change(subscription_id, plan_id, "2026-03-02")
    euro = await billing.plan(currency="EUR")
    with pytest.raises(ValidationFailed):
        await billing.change(second, euro, "2026-03-02")


async def test_two_changes_within_one_quarter_hour_leave_no_part_without_length(billing: Billing):
    small, large = await plan_of(billing, "SMALL", "1"), await plan_of(billing, "LARGE", "2", "620")
    subscription_id = await billing.subscribe("c", "2026-03-01", small)
    await billing.change(subscription_id, large, "2026-03-01T00:05")
    await billing.change(subscription_id, small, "2026-03-01T00:10")
    rows = await billing.fetch("SELECT segment, start_at FROM billing_periods WHERE org_id = $1", billing.org_id)
    assert [tuple(row) for row in rows] == [(0, at("2026-03-01"))]
    [march] = await billing.close("2026-04-01T01:00")
    assert amounts(march) == [("base", 31_000), ("usage", 0)]


async def test_changes_are_listed_whatever_became_of_them(billing: Billing):
    small, large = await plan_of(billing, "SMALL", "1"), await plan_of(billing, "LARGE", "2", "620")
    subscription_id = await billing.subscribe("c", "2026-03-01", small)
    await billing.change(subscription_id, large, "2026-03-05")
    await billing.cancel(subscription_id, "2026-03-06", "period_end")
    found = await changes.list_changes(billing.engine, billing.asker(), subscription_id, PageRequest(50, None))
    assert [(each.kind, each.status) for each in found] == [("cancel", "scheduled"), ("change_plan", "applied")]


async def test_usage_that_a_canceled_subscription_billed_is_billed_by_no_other_one(billing: Billing):
    plan_id, other = await plan_of(billing, "PRO", "1"), await billing.publish("OTHER", charges=[])
    first = await billing.subscribe("c", "2026-03-01", plan_id)
    await billing.cancel(first, "2026-03-10T23:52")
    for start in ("2026-03-05", "2026-03-10T23:53"):  # what it still bills, up to midnight
        with pytest.raises(Conflict, match="charges API_CALL at or after"):
            await billing.subscribe_existing("c", start, plan_id, now="2026-03-12")
    second = await billing.subscribe_existing("c", "2026-03-11", plan_id, now="2026-03-12")
    # A plan that was left has billed its usage, too.
    await billing.change(second, other, "2026-03-15")
    with pytest.raises(Conflict, match="charges API_CALL"):
        await billing.subscribe_existing("c", "2026-03-14", plan_id, now="2026-03-16")
    third = await billing.subscribe_existing("c", "2026-03-15", plan_id, now="2026-03-16")
    with pytest.raises(Conflict, match="charges API_CALL"):
        await billing.change(second, plan_id, "2026-03-20")
    await billing.track("c", "2026-03-10T23:55", calls=100)
    await billing.track("c", "2026-03-14", calls=100)
    await billing.track("c", "2026-03-16", calls=100)
    await billing.close("2026-05-01T01:00")
    invoices = await billing.invoices()
    counted = sum(
        line.evidence.event_count for each in invoices for line in each.invoice.lines if line.evidence is not None
    )
    assert counted == 300
    assert {each.invoice.subscription_id for each in invoices} == {first, second, third}


async def test_a_subscription_whose_next_period_cannot_be_told_rests_and_stops_nobody_else(billing: Billing):
    plan_id = await plan_of(billing, "PRO", "1")
    broken = await billing.subscribe("broken", "2026-03-01", plan_id)
    await billing.subscribe("fine", "2026-03-01", plan_id)
    await billing.fetch("UPDATE subscriptions SET time_zone = 'Mars/Base' WHERE subscription_id = $1", broken)
    resting: dict[UUID, datetime] = {}
    clock = Clock(lambda _org: at("2026-04-02") - Clock().wall())
    await live_everywhere(billing.engine, clock, resting)
    assert set(resting) == {broken}
    until = resting[broken]
    await live_everywhere(billing.engine, clock, resting)
    assert resting[broken] == until
    resting[broken] = at("2026-01-01")
    await live_everywhere(billing.engine, clock, resting)
    assert resting[broken] > until
    rows = await billing.fetch(
        "SELECT subscription_id FROM billing_periods WHERE org_id = $1 AND period_index = 1", billing.org_id
    )
    assert broken not in {row[0] for row in rows}
    assert len(rows) == 1
    await billing.fetch("UPDATE subscriptions SET time_zone = 'UTC' WHERE subscription_id = $1", broken)
