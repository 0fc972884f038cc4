"""One subscription, request or reader that is out of the ordinary stops nobody else, and breaks nothing."""

import asyncio
from datetime import timedelta

from invoicer_billing import Billing, at, message, waits_for_a_lock

from usageflow_common.database import transaction
from usageflow_common.kafka import Applied, Batch
from usageflow_common.topics import encode
from usageflow_invoicer.consumer import UsageHandler
from usageflow_invoicer.schemas.subscriptions import SubscriptionCreate
from usageflow_invoicer.service.customers import get_customer, put_customer
from usageflow_invoicer.service.invoices import line_events
from usageflow_invoicer.service.lives import Moment
from usageflow_invoicer.service.subscriptions import START_AGE_MAX, create_subscription
from usageflow_invoicer.store import customers
from usageflow_invoicer.store.customers import Customer


async def test_a_subscription_whose_next_period_cannot_be_told_stops_nobody_else(billing: Billing):
    """Its zone is one that this machine has never heard of."""
    broken = await billing.subscribe("broken", "2026-03-01")
    await billing.subscribe("fine", "2026-03-01")
    await billing.fetch("UPDATE subscriptions SET time_zone = 'Mars/Olympus' WHERE subscription_id = $1", broken)
    invoices = await billing.close("2026-04-01T01:00")
    assert [each.invoice.customer_id for each in invoices] == ["fine"]
    [run] = await billing.fetch("SELECT status, failures FROM billing_runs WHERE org_id = $1", billing.org_id)
    assert run["status"] == "completed"
    assert [(each["subscriptionId"], each["code"]) for each in run["failures"]] == [
        (str(broken), "next_period_unknown")
    ]
    await billing.fetch("UPDATE subscriptions SET time_zone = 'UTC' WHERE subscription_id = $1", broken)
    [mended] = await billing.close("2026-04-01T02:00")  # its period stayed open, so it is due again
    assert mended.invoice.customer_id == "broken"


async def test_a_civil_day_that_a_zone_skipped_is_no_period(billing: Billing):
    """Samoa had no 30 December 2011."""
    daily = await billing.plan(interval="day")
    await billing.customer("c")
    subscription_id = await billing.subscribe_existing("c", "2011-12-29T10:00", daily)
    await billing.fetch(
        "UPDATE subscriptions SET time_zone = 'Pacific/Apia' WHERE subscription_id = $1", subscription_id
    )
    invoices = await billing.close("2012-01-01T12:00")
    spans = [(each.invoice.period.start_at, each.invoice.period.end_at) for each in invoices]
    assert spans == [
        (at("2011-12-29T10:00"), at("2011-12-30T10:00")),
        (at("2011-12-30T10:00"), at("2011-12-31T10:00")),
        (at("2011-12-31T10:00"), at("2012-01-01T10:00")),
    ]


async def test_a_replayed_subscription_is_answered_also_when_its_start_is_too_old_by_then(billing: Billing):
    plan_id, now = await billing.plan(), at("2026-04-10")
    await billing.customer("c")
    start_at = now - START_AGE_MAX + timedelta(hours=1)
    wanted = SubscriptionCreate.model_validate({"customerId": "c", "planId": plan_id, "startAt": start_at})
    asker = billing.asker()
    first = await create_subscription(billing.engine, asker, wanted, Moment(now, now))
    again = await create_subscription(billing.engine, asker, wanted, Moment(now + timedelta(hours=70), now))
    assert again.replayed
    assert again.body == first.body


async def test_a_customer_put_by_two_at_once_is_created_and_then_replaced(billing: Billing):
    first, second = (
        Customer(billing.org_id, "c", name, None, None, None, "UTC", {}, at("2026-01-01"), 1) for name in ("A", "B")
    )
    async with transaction(billing.engine) as tx:
        await customers.insert_customer(tx, first)
        putting = asyncio.create_task(put_customer(billing.engine, billing.asker(), second, None))
        await waits_for_a_lock(billing)
    assert (await putting).status == 200
    found = await get_customer(billing.engine, billing.asker(), "c")
    assert (found.name, found.version) == ("B", 2)


async def test_a_hole_before_the_first_part_of_a_record_stops_nothing(billing: Billing):
    """Offsets that hold nothing lie between the stored position and the parts."""
    whole = await billing.counted("c", "2026-03-02", calls=4)
    start, position = await billing.log.standing(0)
    first = await billing.log.record(billing.org_id, 0, from_=start, next=whole.next, part=1, parts=2)
    last = type(whole)(generation=1, partition=0, from_=start, next=whole.next, part=2, parts=2, states=whole.states)
    messages = [message(position + 3 + n, encode(each)) for n, each in enumerate([first, last])]
    handler = UsageHandler(billing.engine)
    assert await handler.handle(Batch(0, position, (messages[0],))) == Applied(position + 4)
    assert await handler.handle(Batch(0, position + 4, (messages[1],))) == Applied(position + 5)
    assert await billing.log.standing(0) == (whole.next, position + 5)


async def test_the_events_of_a_window_outside_the_line_are_none(billing: Billing):
    await billing.subscribe("c", "2026-03-01")
    await billing.track("c", "2026-03-20T10:05", calls=2)
    [march] = await billing.close("2026-04-01T01:00")

    async def events(window_start_at: str) -> int:
        found, _ = await line_events(
            billing.engine, billing.log, billing.org_id, march.invoice.invoice_id, march.invoice.lines[1].line_id,
            window_start_at=at(window_start_at), cursor=None, limit=50,
        )  # fmt: skip
        return len(found)

    assert await events("2026-03-20T10:00") == 2
    assert await events("2026-03-20T10:15") == 0
    for outside in ("2026-04-01T00:00", "2026-02-01T00:00", "0001-01-01T00:00", "9999-12-31T23:59"):
        assert await events(outside) == 0
