"""usage.aggregated is applied as an unbroken chain, and periods stay equal to the sum of their windows."""

import asyncio
from decimal import Decimal

from invoicer_billing import Billing, message, waits_for_a_lock
from invoicer_log import at

from usageflow_common.database import transaction
from usageflow_common.kafka import Applied, Batch, Blocked, Halt, LogBounds, Stale
from usageflow_common.topics import encode
from usageflow_invoicer.consumer import UsageHandler
from usageflow_invoicer.domain.chain import Standing
from usageflow_invoicer.service.lives import Moment, live_on
from usageflow_invoicer.store import applied

PERIODS = """
SELECT coalesce(sum(event_count), 0) AS event_count, coalesce(sum(total), 0) AS total,
       coalesce(mod(sum(digest), 2::numeric ^ 256), 0) AS digest
  FROM usage_periods WHERE org_id = $1"""
WINDOWS = PERIODS.replace("usage_periods", "usage_windows")


async def test_a_duplicate_changes_nothing(billing: Billing):
    await billing.subscribe("c", "2026-03-01")
    record = await billing.counted("c", "2026-03-02", calls=3)
    await billing.log.apply(record)
    await billing.log.apply(record, record)
    [row] = await billing.fetch(PERIODS, billing.org_id)
    assert (row["event_count"], row["total"]) == (3, 3)


async def test_a_gap_halts_and_nothing_behind_it_is_applied(billing: Billing):
    await billing.subscribe("c", "2026-03-01")
    before = await billing.log.standing(0)
    missing = await billing.counted("c", "2026-03-02")
    behind = await billing.log.record(billing.org_id, 0, from_=missing.next, next=missing.next + 1)
    outcome = await billing.log.apply(behind)
    assert isinstance(outcome, Halt)
    assert outcome.reason == "gap"
    assert await billing.log.standing(0) == before
    assert isinstance(await billing.log.apply(missing, behind), Applied)


async def test_what_stands_before_a_gap_is_applied_first(billing: Billing):
    record = await billing.counted("c", "2026-03-02")
    behind = await billing.log.record(billing.org_id, 0, from_=record.next + 1, next=record.next + 2)
    _, position = await billing.log.standing(0)
    assert await billing.log.apply(record, behind) == Stale(seek_to=position + 1)
    assert (await billing.log.standing(0))[0] == record.next
    assert isinstance(await billing.log.apply(behind), Halt)
    filling = await billing.log.record(billing.org_id, 0)
    assert isinstance(await billing.log.apply(filling, behind), Applied)


async def test_ignoring_the_gap_would_lose_usage(billing: Billing):
    """The rule broken on purpose: applied as if the chain were whole, the missing record's usage is never billed."""
    await billing.subscribe("c", "2026-03-01")
    lost = await billing.counted("c", "2026-03-02", calls=5)
    behind = await billing.log.record(billing.org_id, 0, from_=lost.next, next=lost.next + 1)
    async with transaction(billing.engine) as tx:  # what an invoicer without the rule would do
        standing = Standing(1, behind.next)
        await applied.move_position(tx, 0, standing, (await billing.log.standing(0))[1] + 2)
    await billing.log.apply(lost)
    [row] = await billing.fetch(PERIODS, billing.org_id)
    assert row["event_count"] == 0


async def test_a_record_of_a_given_up_timeline_is_refused(billing: Billing):
    old = await billing.log.record(billing.org_id, 0, generation=0)
    newer = await billing.log.record(billing.org_id, 0, generation=2)
    before = await billing.log.standing(0)
    assert isinstance(await billing.log.apply(old), Applied)
    assert (await billing.log.standing(0))[0] == before[0]
    assert isinstance(await billing.log.apply(newer), Halt)


async def test_a_position_that_was_not_asked_for_is_stale(billing: Billing):
    _, position = await billing.log.standing(0)
    assert await UsageHandler(billing.engine).handle(Batch(0, position + 7, ())) == Stale(seek_to=position)
    assert isinstance(await UsageHandler(billing.engine).handle(Batch(99, 0, ())), Halt)


async def test_resume_trusts_neither_a_truncated_nor_a_recreated_log(billing: Billing):
    await billing.log.apply(await billing.counted("c", "2026-03-02"))
    handler = UsageHandler(billing.engine)
    _, position = await billing.log.standing(0)
    assert await handler.resume(0, LogBounds(0, position + 5)) == position
    truncated = await handler.resume(0, LogBounds(position + 1, position + 5))
    recreated = await handler.resume(0, LogBounds(0, position - 1))
    unknown = await handler.resume(99, LogBounds(0, 0))
    assert [each.reason for each in (truncated, recreated, unknown) if isinstance(each, Halt)] == [
        "log_truncated",
        "log_recreated",
        "position_unknown",
    ]


async def test_parts_are_applied_together_also_over_several_batches_and_a_crash(billing: Billing):
    await billing.subscribe("c", "2026-03-01")
    whole = await billing.counted("c", "2026-03-02", calls=4)
    start, position = await billing.log.standing(0)
    parts = [await billing.log.record(billing.org_id, 0, from_=start, next=whole.next, part=n, parts=3) for n in (1, 2)]
    last = type(whole)(generation=1, partition=0, from_=start, next=whole.next, part=3, parts=3, states=whole.states)
    messages = [message(position + n, encode(each)) for n, each in enumerate([*parts, last])]
    handler = UsageHandler(billing.engine)
    assert await handler.handle(Batch(0, position, tuple(messages[:1]))) == Applied(position + 1)
    assert await handler.handle(Batch(0, position + 1, tuple(messages[1:2]))) == Applied(position + 2)
    assert await billing.log.standing(0) == (start, position)
    assert await handler.resume(0, LogBounds(0, position + 3)) == position  # as after a crash: from the first part on
    assert await handler.handle(Batch(0, position, tuple(messages[:2]))) == Applied(position + 2)
    assert await handler.handle(Batch(0, position + 2, tuple(messages[2:]))) == Applied(position + 3)
    assert await billing.log.standing(0) == (whole.next, position + 3)
    [row] = await billing.fetch(PERIODS, billing.org_id)
    assert row["event_count"] == 4


async def test_a_schema_of_the_future_blocks_the_partition(billing: Billing):
    _, position = await billing.log.standing(0)
    future = message(position, b"{}", schema=b"usage.aggregated/2")
    assert isinstance(await UsageHandler(billing.engine).handle(Batch(0, position, (future,))), Blocked)
    broken = message(position, b"{")
    assert isinstance(await UsageHandler(billing.engine).handle(Batch(0, position, (broken,))), Blocked)
    assert (await billing.log.standing(0))[1] == position


async def test_two_consumers_at_once_apply_a_record_once(billing: Billing):
    await billing.subscribe("c", "2026-03-01")
    record = await billing.counted("c", "2026-03-02", calls=2)
    outcomes = await asyncio.gather(*(billing.log.apply(record) for _ in range(4)))
    assert sum(isinstance(each, Applied) for each in outcomes) >= 1
    assert all(isinstance(each, Applied | Stale) for each in outcomes)
    [row] = await billing.fetch(PERIODS, billing.org_id)
    assert row["event_count"] == 2


async def test_a_subscription_made_late_has_the_usage_that_was_there_before(billing: Billing):
    for partition in (0, 1):
        await billing.track("c", "2026-03-02", calls=3, partition=partition)
        await billing.track("c", "2026-03-31T23:59", calls=2, partition=partition)
        await billing.track("c", "2026-04-01", calls=7, partition=partition)  # the next period's
        await billing.track("c", "2026-02-28T23:59", calls=9, partition=partition)  # before it began
    await billing.subscribe("c", "2026-03-01", now="2026-04-02")
    rows = await billing.fetch(
        "SELECT period_index, sum(event_count)::int FROM usage_periods JOIN billing_periods USING (org_id, period_id)"
        " WHERE org_id = $1 GROUP BY period_index ORDER BY period_index",
        billing.org_id,
    )
    assert [tuple(row) for row in rows] == [(0, 10), (1, 14)]


async def test_no_state_falls_between_the_filling_of_a_period_and_the_next_apply(billing: Billing):
    """While a period is being made and filled, applying waits; what it then applies reaches the period."""
    subscription_id = await billing.subscribe("c", "2026-03-01")
    record = await billing.counted("c", "2026-04-02", calls=3)
    async with transaction(billing.engine) as tx:
        assert await live_on(tx, billing.org_id, [subscription_id], Moment(at("2026-04-01"), at("2026-04-01"))) == ()
        apply = asyncio.create_task(billing.log.apply(record))
        await waits_for_a_lock(billing)
        assert not apply.done()
    assert isinstance(await apply, Applied)
    [row] = await billing.fetch(PERIODS, billing.org_id)
    assert row["event_count"] == 3


async def test_periods_are_the_sum_of_their_windows_under_concurrency(billing: Billing):
    """Subscriptions are made while both partitions apply; whatever interleaving happens, nothing is lost or counted twice."""
    customers = [f"c{n}" for n in range(6)]
    for customer in customers:
        await billing.customer(customer)
    plan_id = await billing.plan()

    async def apply(partition: int) -> None:
        for n in range(24):
            await billing.track(customers[n % 6], f"2026-03-{n % 27 + 1:02}", calls=2, partition=partition)

    async def subscribe() -> None:
        for customer in customers:
            await billing.subscribe_existing(customer, "2026-03-01", plan_id)

    await asyncio.gather(apply(0), apply(1), subscribe())
    [periods], [windows] = await billing.fetch(PERIODS, billing.org_id), await billing.fetch(WINDOWS, billing.org_id)
    assert tuple(periods) == tuple(windows)
    assert periods["event_count"] == 96


async def test_a_corrected_window_takes_its_usage_back_out_of_the_period(billing: Billing):
    await billing.subscribe("c", "2026-03-01")
    first, *others = await billing.track("c", "2026-03-02", calls=3)
    for event in others:
        await billing.void(event)
    [row] = await billing.fetch(PERIODS, billing.org_id)
    assert tuple(row) == (1, Decimal(1), Decimal(first.digest))
