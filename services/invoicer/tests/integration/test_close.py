"""Periods are closed once, behind their barrier, from one snapshot; late usage is billed by adjustment lines."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import asyncpg
import pytest
import sqlalchemy as sa
from invoicer_billing import PARTITIONS, Billing, ready
from invoicer_log import at

from usageflow_common.clock import Clock
from usageflow_common.database import raw, transaction
from usageflow_common.ids import new_id
from usageflow_common.kafka import Applied
from usageflow_invoicer.schemas.credit_notes import CreditNoteCreate
from usageflow_invoicer.service import close as close_service
from usageflow_invoicer.service.close import Closing, close_batch
from usageflow_invoicer.service.closing import carry_out
from usageflow_invoicer.service.credit_notes import create_credit_note
from usageflow_invoicer.service.lives import Moment, live_all
from usageflow_invoicer.store import periods
from usageflow_invoicer.store import runs as run_store
from usageflow_invoicer.store import subscriptions as subscription_store
from usageflow_invoicer.tables import INSERT_ONLY


def amounts(stored) -> list[tuple[str, int]]:
    return [(line.kind, line.amount_minor) for line in stored.invoice.lines]


async def test_the_example_that_must_always_hold(billing: Billing):
    await billing.subscribe("user_123", "2026-03-01")
    await billing.track("user_123", "2026-03-20", calls=7_000)
    await billing.track("user_123", "2026-03-31T23:59", calls=5_000, partition=1)
    [invoice] = await billing.close("2026-04-01T01:00")
    assert amounts(invoice) == [("base", 10_000), ("usage", 2_000)]
    assert (invoice.stored_total_minor, invoice.invoice.number, invoice.balance.status) == (
        12_000,
        "INV-000001",
        "open",
    )
    assert invoice.stored_hash == invoice.invoice.hash
    proof = invoice.invoice.proof
    assert all(proof.markers[p] < proof.cut[p] for p in range(PARTITIONS))


async def test_nothing_is_due_before_the_grace_has_passed(billing: Billing):
    await billing.subscribe("c", "2026-03-01")
    assert await billing.close("2026-04-01T00:59") == []
    assert len(await billing.close("2026-04-01T01:00")) == 1


async def test_the_barrier_waits_for_every_echo(billing: Billing):
    await billing.subscribe("c", "2026-03-01")
    barrier_id = await billing.start_run("2026-04-02")
    await billing.mark()
    await billing.echo(barrier_id, 0)
    await billing.carry_out("2026-04-02")
    assert await billing.invoices() == []
    await billing.echo(barrier_id, 1)
    await billing.carry_out("2026-04-02")
    assert len(await billing.invoices()) == 1


async def test_the_barrier_waits_for_the_positions_that_the_echoes_carry(billing: Billing):
    """A duplicate in front of a marker relies on its first copy, counted behind the marker of another partition."""
    await billing.subscribe("c", "2026-03-01")
    barrier_id = await billing.start_run("2026-04-02")
    await billing.mark()
    await billing.echo(barrier_id, 1)
    ahead = (await billing.log.standing(1))[0] + 3
    await billing.echo(barrier_id, 0, positions={1: ahead})
    await billing.carry_out("2026-04-02")
    assert await billing.invoices() == []
    await billing.track("c", "2026-03-30", calls=3, partition=1)
    await billing.carry_out("2026-04-02")
    [invoice] = await billing.invoices()
    assert invoice.invoice.lines[1].evidence.event_count == 3


async def test_a_lost_marker_is_written_again_until_its_echo_is_there(billing: Billing):
    await billing.subscribe("c", "2026-03-01")
    barrier_id = await billing.start_run("2026-04-02")
    assert dict(await billing.mark())[barrier_id] == (0, 1)
    assert barrier_id not in dict(await billing.mark())
    await billing.echo(barrier_id, 0)
    assert dict(await billing.mark(later=timedelta(seconds=4)))[barrier_id] == (1,)


async def test_a_run_joins_a_barrier_only_before_its_first_marker(billing: Billing):
    first = await billing.start_run("2026-04-02")
    await billing.mark()
    await billing.fetch("UPDATE billing_runs SET status = 'failed' WHERE barrier_id = $1", first)
    assert await billing.start_run("2026-04-02") != first


async def test_late_usage_becomes_a_linked_adjustment_line(billing: Billing):
    await billing.subscribe("user_123", "2026-03-01")
    await billing.track("user_123", "2026-03-20", calls=12_000)
    [march] = await billing.close("2026-04-01T01:00")
    await billing.track("user_123", "2026-03-31", calls=300)
    [april] = await billing.close("2026-05-01T01:00")
    await billing.track("user_123", "2026-03-31", calls=50, partition=1)
    [may] = await billing.close("2026-06-01T01:00")
    assert amounts(april) == [("base", 10_000), ("usage", 0), ("adjustment", 300)]
    assert amounts(may) == [("base", 10_000), ("usage", 0), ("adjustment", 50)]
    first, second = april.invoice.lines[2], may.invoice.lines[2]
    original = march.invoice.lines[1]
    assert (first.adjusts.invoice_id, first.adjusts.line_id) == (march.invoice.invoice_id, original.line_id)
    assert (first.evidence.event_count, second.evidence.event_count) == (300, 50)
    assert (second.adjusts.rerated_minor, second.adjusts.billed_minor) == (2_350, 2_300)


async def test_usage_is_billed_once_when_nothing_is_late(billing: Billing):
    await billing.subscribe("c", "2026-03-01")
    await billing.track("c", "2026-03-20", calls=12, amount="1000")
    await billing.close("2026-04-01T01:00")
    [april] = await billing.close("2026-05-01T01:00")
    assert amounts(april) == [("base", 10_000), ("usage", 0)]


async def test_a_state_that_arrives_while_the_period_is_closed_is_billed_by_the_next_sweep(billing: Billing):
    """The write skew: the close has read its snapshot, the apply has not seen the close. Here the mark survives."""
    subscription_id = await billing.subscribe("c", "2026-03-01")
    await billing.track("c", "2026-03-20", calls=10, amount="1000")
    closing = await ready(billing, "2026-04-01T01:00")
    late = await billing.counted("c", "2026-03-31", calls=100, partition=1)  # a shard without a row so far
    async with transaction(billing.engine, "REPEATABLE READ") as tx:
        await (await raw(tx)).fetch("SELECT 1 FROM usage_periods")  # the snapshot
        assert isinstance(await billing.log.apply(late), Applied)
        await close_service._close(tx, closing, [subscription_id])
    await billing.carry_out("2026-04-01T01:00")
    [april] = await billing.close("2026-05-01T01:00")
    assert amounts(april)[-1] == ("adjustment", 100)


async def test_detecting_late_usage_on_arrival_loses_it_by_write_skew(billing: Billing):
    """The rule broken on purpose: marked only if the period is seen invoiced when the state is applied."""
    subscription_id = await billing.subscribe("c", "2026-03-01")
    await billing.track("c", "2026-03-20", calls=10, amount="1000")
    closing = await ready(billing, "2026-04-01T01:00")
    late = await billing.counted("c", "2026-03-31", calls=100, partition=1)
    on_arrival = """
        UPDATE usage_periods u SET changed = p.status = 'invoiced' FROM billing_periods p
         WHERE u.org_id = $1 AND u.shard = 1 AND p.org_id = u.org_id AND p.period_id = u.period_id"""
    async with transaction(billing.engine, "REPEATABLE READ") as tx:
        await (await raw(tx)).fetch("SELECT 1 FROM usage_periods")
        await billing.log.apply(late)
        await billing.fetch(on_arrival, billing.org_id)
        await close_service._close(tx, closing, [subscription_id])
    await billing.carry_out("2026-04-01T01:00")
    [april] = await billing.close("2026-05-01T01:00")
    assert amounts(april) == [("base", 10_000), ("usage", 0)]  # the 100 calls are never billed


async def test_two_closers_at_once_make_one_invoice(billing: Billing):
    ids = [await billing.subscribe(f"c{n}", "2026-03-01") for n in range(5)]
    closing = await ready(billing, "2026-04-01T01:00")
    await asyncio.gather(*(close_batch(billing.engine, closing, ids) for _ in range(3)))
    invoices = await billing.invoices()
    assert [each.invoice.sequence for each in invoices] == [1, 2, 3, 4, 5]
    assert len({each.invoice.subscription_id for each in invoices}) == 5


async def test_a_lock_without_an_update_lets_a_second_closer_pass(billing: Billing, monkeypatch: pytest.MonkeyPatch):
    """The rule broken on purpose: FOR UPDATE alone lets the second closer go on with its old snapshot, as far as the constraints."""
    subscription_id = await billing.subscribe("c", "2026-03-01")
    closing = await ready(billing, "2026-04-01T01:00")

    async def lock_only(tx, org_id, ids):
        rows = await (await raw(tx)).fetch(
            "SELECT subscription_id, customer_id FROM subscriptions"
            " WHERE org_id = $1 AND subscription_id = ANY($2) FOR UPDATE", org_id, ids)  # fmt: skip
        return [subscription_store.Locked(*row) for row in rows]

    async def closer(*, update: bool) -> list[str]:
        with monkeypatch.context() as patch:
            if not update:
                patch.setattr(subscription_store, "touch_for_close", lock_only)
            async with transaction(billing.engine, "REPEATABLE READ") as second:
                await (await raw(second)).fetch(
                    "SELECT 1 FROM subscriptions"
                )  # its snapshot, before the first one commits
                await close_batch(billing.engine, closing, [subscription_id])
                locked = await subscription_store.touch_for_close(second, billing.org_id, [subscription_id])
                due = await periods.due_segments(second, closing.run, [subscription_id])
                return [str(each.subscription_id) for each in locked if each.subscription_id in due]

    assert await closer(update=False) == [str(subscription_id)]  # it would bill the period again
    await live_all(billing.engine, billing.org_id, Moment(at("2026-05-02"), at("2026-05-02")))
    closing = replace(closing, run=replace(closing.run, due_before=at("2026-05-02")))
    with pytest.raises(Exception, match="could not serialize access"):
        await closer(update=True)
    assert [each.invoice.sequence for each in await billing.invoices()] == [1, 2]


async def test_a_close_that_is_killed_anywhere_leaves_nothing_half_done(billing: Billing):
    """Before each statement in turn, the transaction dies; then the close is done again and makes the one invoice."""
    subscription_id = await billing.subscribe("c", "2026-03-01")
    await billing.track("c", "2026-03-20", calls=12, amount="1000")
    closing = await ready(billing, "2026-04-01T01:00")
    deaths = 0
    while await _close_and_die(billing, closing, subscription_id, after=deaths):
        deaths += 1
        assert await billing.invoices() == []
        assert await billing.fetch("SELECT 1 FROM invoice_chains WHERE org_id = $1", billing.org_id) == []
        [(status,)] = await billing.fetch("SELECT status FROM billing_periods WHERE org_id = $1", billing.org_id)
        assert status == "open"
    assert deaths > 20
    assert [amounts(each) for each in await billing.invoices()] == [[("base", 10_000), ("usage", 2_000)]]


class Killed(Exception):
    """The process is gone."""


async def _close_and_die(billing: Billing, closing: Closing, subscription_id, after: int) -> bool:
    """False when the close had no more than `after` statements, and is committed."""
    left = after

    def count(*_arguments, **_options) -> None:
        nonlocal left
        left -= 1
        if left < 0:
            raise Killed

    def counted(method):
        async def run(*arguments, **options):
            count()
            return await method(*arguments, **options)

        return run

    try:
        async with transaction(billing.engine, "REPEATABLE READ") as tx:
            sa.event.listen(tx.sync_connection, "before_cursor_execute", count)
            with pytest.MonkeyPatch.context() as patch:
                for raw_statement in ("execute", "fetch", "copy_records_to_table"):
                    method = getattr(asyncpg.Connection, raw_statement)
                    patch.setattr(asyncpg.Connection, raw_statement, counted(method))
                await close_service._close(tx, closing, [subscription_id])
    except Killed:
        return True
    return False


async def test_a_broken_subscription_stops_nobody_else(billing: Billing):
    huge = await billing.plan(unit_price="99999999999")
    broken = await billing.subscribe("broken", "2026-03-01", huge)
    await billing.subscribe("fine", "2026-03-01")
    await billing.track("broken", "2026-03-20", calls=1, amount="99999999999")
    invoices = await billing.close("2026-04-01T01:00")
    assert [each.invoice.customer_id for each in invoices] == ["fine"]
    [(failures, status)] = await billing.fetch(
        "SELECT failures, status FROM billing_runs WHERE org_id = $1", billing.org_id
    )
    assert [(f["subscriptionId"], f["code"]) for f in failures] == [(str(broken), "amount_out_of_range")]
    assert status == "completed"
    async with transaction(billing.engine) as tx:  # and the scheduler leaves it alone for a while
        soon = await periods.earliest_ends(tx, Clock().wall(), at("2026-04-15"))
    assert [each.due_at for each in soon if each.org_id == billing.org_id] == [None]


async def test_quarantine_keeps_drafts_until_it_is_released(billing: Billing):
    await billing.subscribe("c", "2026-03-01")
    offset = await billing.quarantine(None)
    assert await billing.close("2026-04-01T01:00") == []
    await billing.release(offset)
    assert len(await billing.close("2026-04-01T02:00")) == 1


async def test_quarantine_of_another_organization_concerns_nobody_else(billing: Billing):
    await billing.subscribe("c", "2026-03-01")
    offset = await billing.quarantine(UUID(int=7))
    assert len(await billing.close("2026-04-01T01:00")) == 1
    await billing.release(offset)


async def test_an_organization_that_finalizes_by_hand_keeps_its_drafts(billing: Billing):
    billing.organization = type(billing.organization)(
        **{f: getattr(billing.organization, f) for f in billing.organization.__struct_fields__}
        | {"auto_finalize": False}
    )
    await billing.subscribe("c", "2026-03-01")
    assert await billing.close("2026-04-01T01:00") == []


async def test_several_ended_periods_are_closed_in_their_order(billing: Billing):
    await billing.subscribe("c", "2026-01-31")
    await billing.track("c", "2026-02-27", calls=10_001)
    await billing.track("c", "2026-02-28", calls=10_002)
    invoices = await billing.close("2026-05-01T01:00")
    assert [(e.invoice.period.start_at, e.invoice.sequence, e.stored_total_minor) for e in invoices] == [
        (at("2026-01-31"), 1, 10_001),
        (at("2026-02-28"), 2, 10_002),
        (at("2026-03-31"), 3, 10_000),
    ]
    assert invoices[1].invoice.proof.previous_hash == invoices[0].stored_hash
    assert invoices[2].invoice.proof.previous_hash == invoices[1].stored_hash


async def test_a_number_is_shown_only_after_kafka_has_the_invoice(billing: Billing):
    subscription_id = await billing.subscribe("c", "2026-03-01")
    closing = await ready(billing, "2026-04-01T01:00")
    await close_batch(billing.engine, closing, [subscription_id])
    [hidden] = await billing.invoices()
    assert not hidden.relayed
    async with transaction(billing.engine) as tx:
        assert await run_store.has_unsent_invoices(tx, closing.run)
    lanes = await billing.fetch(
        "SELECT lane, topic FROM outbox WHERE topic = 'invoice.created' AND lane = $1", str(billing.org_id)
    )
    assert len(lanes) == 1
    await billing.acknowledge()
    [shown] = await billing.invoices()
    assert shown.relayed


async def test_a_run_is_completed_only_when_what_was_due_is_out_also_by_another_run(billing: Billing):
    subscription_id = await billing.subscribe("c", "2026-03-01")
    closing = await ready(billing, "2026-04-01T01:00")
    await close_batch(billing.engine, closing, [subscription_id])
    other = replace(closing.run, run_id=new_id(), trigger="manual")
    async with transaction(billing.engine) as tx:
        await run_store.insert_run(tx, other)
    clock = Clock(lambda _org: at("2026-04-01T01:00") - Clock().wall())
    assert not await carry_out(billing.engine, other, closing.markers, billing.organization, clock, batch=10)
    await billing.acknowledge()
    assert await carry_out(billing.engine, other, closing.markers, billing.organization, clock, batch=10)


async def test_numbers_lie_in_the_outbox_in_their_order(billing: Billing):
    ids = [await billing.subscribe(f"c{n}", "2026-03-01") for n in range(6)]
    closing = await ready(billing, "2026-04-01T01:00")
    await asyncio.gather(*(close_batch(billing.engine, closing, [each]) for each in ids), return_exceptions=True)
    for each in ids:
        await close_batch(billing.engine, closing, [each])
    rows = await billing.fetch("SELECT sequence FROM invoices WHERE org_id = $1 ORDER BY outbox_id", billing.org_id)
    assert [row["sequence"] for row in rows] == [1, 2, 3, 4, 5, 6]


async def test_issued_documents_refuse_every_change_also_by_their_owner(billing: Billing):
    await billing.subscribe("c", "2026-03-01")
    [invoice] = await billing.close("2026-04-01T01:00")
    line = {"lineId": invoice.invoice.lines[0].line_id, "amount": {"amountMinor": 1, "currency": "USD"}}
    note = CreditNoteCreate.model_validate({"lines": [line], "reason": "r", "disposition": "reduce_due"})
    invoice_id, asked_at = invoice.invoice.invoice_id, Moment(at("2026-04-02"), at("2026-04-02"))
    await create_credit_note(billing.engine, billing.asker(), invoice_id, note, asked_at)
    owner = await asyncpg.connect(billing.owner_url)
    try:
        for table in INSERT_ONLY:
            for statement in (
                f"UPDATE {table} SET org_id = org_id",
                f"DELETE FROM {table}",
                f"TRUNCATE {table} CASCADE",
            ):
                with pytest.raises(asyncpg.RestrictViolationError, match="append-only"):
                    await owner.execute(statement.replace(table, f"invoicer.{table}"))
                with pytest.raises(asyncpg.InsufficientPrivilegeError):
                    await billing.fetch(statement)
    finally:
        await owner.close()
