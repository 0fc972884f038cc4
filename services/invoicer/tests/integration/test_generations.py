"""A rebuilt shard wins over what was applied, whatever its versions, and a republished one replaces it, at any time."""

import pytest
from invoicer_billing import PARTITIONS, Billing, message, ready
from invoicer_log import at, measured
from msgspec import structs

from usageflow_common.database import raw, transaction
from usageflow_common.kafka import Applied, Batch, Halt
from usageflow_common.metering import AGGREGATIONS, Aggregation
from usageflow_common.records import Marker, Quarantined
from usageflow_common.topics import encode
from usageflow_invoicer.consumer import UsageHandler
from usageflow_invoicer.service.close import close_batch
from usageflow_invoicer.service.runs import passed_runs
from usageflow_invoicer.store.sums import read_sums

MARCH = (at("2026-03-01"), at("2026-04-01"))


async def in_march(billing: Billing):
    """What the period of March would be billed, and how many events it has."""
    rows = await billing.fetch(
        "SELECT subscription_id, period_id FROM billing_periods WHERE org_id = $1 AND start_at = $2",
        billing.org_id,
        MARCH[0],
    )
    async with transaction(billing.engine, "REPEATABLE READ") as tx:
        found = await read_sums(tx, billing.org_id, [(rows[0]["subscription_id"], rows[0]["period_id"])])
    [one] = found.values()
    return one.usage.value, one.usage.event_count


async def lie(billing: Billing, partition: int) -> None:
    """What is stored of the organization's shard is wrong, and a window stands there that never was."""
    async with transaction(billing.engine) as tx:
        connection = await raw(tx)
        for kind in ("delta_seconds", "value"):
            await connection.execute(
                f"UPDATE usage_windows SET {kind} = {kind} + 1 WHERE org_id = $1 AND shard = $2",
                billing.org_id,
                partition,
            )
        await connection.execute(
            "UPDATE usage_windows SET total = total + 5, version = version + 100 WHERE org_id = $1 AND shard = $2",
            billing.org_id,
            partition,
        )
        await connection.execute(
            "UPDATE usage_periods SET total = total + 5 * (SELECT count(*) FROM usage_windows w WHERE w.org_id = $1"
            " AND w.shard = $2 AND w.window_start_at >= $3) WHERE org_id = $1 AND shard = $2",
            billing.org_id,
            partition,
            MARCH[0],
        )


async def usage(billing: Billing, partition: int = 0) -> list:
    events = []
    for when, amount, group in (("02-20", "3", None), ("03-02", "4", "eu"), ("03-02", "9", "us"), ("03-09", "2", None)):
        events += await billing.track("c", f"2026-{when}", 2, amount, partition, group)
    return events


async def test_a_rebuild_opens_its_generation_and_corrects_what_it_names(billing: Billing):
    await billing.subscribe("c", "2026-03-01")
    events = await usage(billing)
    await lie(billing, 0)
    wrong, _ = await in_march(billing)
    mine = [window for window in billing.log.windows if window.org_id == billing.org_id]
    before = await billing.log.record(billing.org_id, 0)
    await billing.log.apply_all(before)
    opening = await billing.log.rebuild(0, mine)
    await billing.log.apply_all(opening, opening)
    right = measured("SUM", events, *MARCH)
    assert (wrong, await in_march(billing)) == (right + 15, (right, 6))
    await billing.track("c", "2026-03-30", 1, "1")  # the new generation goes on
    assert await in_march(billing) == (right + 1, 7)
    await billing.log.apply_all(before)  # a duplicate of the past
    assert await in_march(billing) == (right + 1, 7)


@pytest.mark.parametrize("aggregation", AGGREGATIONS)
async def test_a_republished_shard_replaces_the_rows_of_lower_generations(billing: Billing, aggregation: Aggregation):
    billing.meter(aggregation)
    await billing.subscribe("c", "2026-03-01")
    events = [*await usage(billing), *await usage(billing, partition=1)]
    gone = await billing.track("c", "2026-03-20", 1, "5000")
    for event in gone:  # of which the invoicer never hears: its window is not in the shard any more
        billing.log.voids[event] = event.offset
    parts = await billing.log.republish(0, parts=3)
    for part in parts:
        await billing.log.apply_all(part, part)
    assert await in_march(billing) == (measured(aggregation, events, *MARCH), 12)
    left = await billing.fetch(
        "SELECT 1 FROM usage_windows w WHERE shard = 0 AND generation < $1 UNION ALL"
        " SELECT 1 FROM usage_points WHERE shard = 0 AND generation < $1",
        billing.log.generation(0),
    )
    assert left == []
    changed = await billing.fetch(
        "SELECT 1 FROM usage_periods WHERE org_id = $1 AND shard = 0 AND changed", billing.org_id
    )
    assert len(changed) == 1


async def test_a_shard_that_says_what_is_known_marks_no_invoiced_period(billing: Billing):
    await billing.subscribe("c", "2026-03-01")
    await usage(billing)
    await billing.close("2026-04-01T01:00")
    await billing.log.apply_all(*await billing.log.republish(0, parts=2))
    assert await billing.fetch("SELECT 1 FROM usage_periods WHERE org_id = $1 AND changed", billing.org_id) == []


async def test_nothing_is_closed_while_a_shard_is_half_applied(billing: Billing):
    """Its windows are partly those of the cut and partly later ones: no line could be proved."""
    await billing.subscribe("c", "2026-03-01")
    await usage(billing)
    await ready(billing, "2026-04-01T01:00")
    first, *others = await billing.log.republish(0, parts=2)
    await billing.log.apply_all(first)
    assert [run for run, _ in await passed_runs(billing.engine) if run.org_id == billing.org_id] == []
    await billing.carry_out("2026-04-01T01:00")
    assert await billing.invoices() == []
    await billing.log.apply_all(*others)
    await billing.carry_out("2026-04-01T01:00")
    assert len(await billing.invoices()) == 1


async def test_a_close_that_began_before_the_first_part_waits_as_well(billing: Billing):
    await billing.subscribe("c", "2026-03-01")
    closing = await ready(billing, "2026-04-01T01:00")
    first, *others = await billing.log.republish(0, parts=2)
    await billing.log.apply_all(first)
    closed = await close_batch(billing.engine, closing, await subscriptions(billing))
    assert (closed.later, closed.invoice_ids, closed.failures) == (True, (), ())
    await billing.log.apply_all(*others)
    assert len((await close_batch(billing.engine, closing, await subscriptions(billing))).invoice_ids) == 1


async def subscriptions(billing: Billing) -> list:
    rows = await billing.fetch("SELECT subscription_id FROM subscriptions WHERE org_id = $1", billing.org_id)
    return [row["subscription_id"] for row in rows]


async def test_markers_and_quarantine_in_a_shard_hold_with_its_last_part(billing: Billing):
    await billing.subscribe("c", "2026-03-01")
    barrier_id = await billing.start_run("2026-04-02")
    await billing.mark()
    await billing.echo(barrier_id, 1)
    applied, _ = await billing.log.standing(0)
    positions = {str(p): (await billing.log.standing(p))[0] for p in range(PARTITIONS)}
    [part] = await billing.log.republish(0, parts=1, after=applied + 2)
    marked = structs.replace(
        part,
        markers=(Marker(barrier_id=barrier_id, offset=applied),),
        positions=positions,
        quarantined=(Quarantined(offset=applied + 1, org_id=billing.org_id),),
    )
    await billing.log.apply_all(marked)
    await billing.carry_out("2026-04-02")
    assert await billing.invoices() == []
    await billing.release(applied + 1)
    assert len(await billing.close("2026-04-03")) == 1


async def test_behind_a_gap_the_consumer_reads_on_for_a_whole_shard(billing: Billing):
    await billing.subscribe("c", "2026-03-01")
    lost = await billing.counted("c", "2026-03-02", calls=5)
    _, position = await billing.log.standing(0)
    behind = structs.replace(await billing.log.record(billing.org_id, 0), from_=lost.next, next=lost.next + 1)
    later = structs.replace(behind, from_=behind.next, next=behind.next + 1)
    parts = await billing.log.republish(0, parts=2, after=later.next)
    log = [encode(each) for each in (behind, later, *parts)]
    handler = UsageHandler(billing.engine)
    for place in range(3):
        outcome = await handler.handle(Batch(0, position + place, (message(position + place, log[place]),)))
        assert outcome == Applied(position + place + 1)
        assert (await billing.log.standing(0))[1] == (position if place < 2 else position + 3)
    again = UsageHandler(billing.engine)  # the process died half way through the shard
    assert await again.handle(Batch(0, position + 3, (message(position + 3, log[3]),))) == Applied(position + 4)
    assert await billing.log.standing(0) == (later.next, position + 4)
    assert await in_march(billing) == (5, 5)
    assert isinstance(await billing.log.apply(structs.replace(behind, generation=99)), Halt)
