"""What was issued can be recomputed from raw events, and whatever was tampered with is found."""

from decimal import Decimal

import asyncpg
import pytest
from invoicer_billing import PARTITIONS, Billing
from invoicer_verifying import verify

from usageflow_common.clock import Clock
from usageflow_common.records import ActorRecord
from usageflow_common.testing import caller
from usageflow_invoicer.service.erasing import StillServed, erase_customer
from usageflow_invoicer.service.evidence import read_stored
from usageflow_invoicer.service.invoices import explain_line
from usageflow_invoicer.service.verification import request_verification, verify_next


async def three_months(billing: Billing):
    """An invoice with usage, one with an adjustment, one with a second adjustment."""
    await billing.subscribe("c", "2026-03-01")
    await billing.track("c", "2026-03-20", calls=9, amount="1000")
    await billing.track("c", "2026-03-21", calls=3, amount="1000", partition=1)
    [march] = await billing.close("2026-04-01T01:00")
    await billing.track("c", "2026-03-31", calls=3, amount="100")
    await billing.track("c", "2026-04-10", calls=10, amount="1010")
    [april] = await billing.close("2026-05-01T01:00")
    await billing.track("c", "2026-03-31", calls=7, amount="10", partition=1)
    [may] = await billing.close("2026-06-01T01:00")
    return march, april, may


async def tamper(billing: Billing, statement: str, *arguments) -> None:
    """Somebody with the owner's password, who knows how to switch the triggers off."""
    owner = await asyncpg.connect(billing.owner_url, server_settings={"search_path": "invoicer"})
    try:
        await owner.execute("SET session_replication_role = replica")
        await owner.execute(statement, *arguments)
    finally:
        await owner.close()


async def test_every_invoice_verifies_also_with_adjustments_and_later_usage(billing: Billing):
    for stored in await three_months(billing):
        assert await verify(billing, stored) == {}


async def test_a_negative_adjustment_is_carried_forward_and_verifies(billing: Billing):
    await billing.subscribe("c", "2026-03-01")
    await billing.track("c", "2026-03-20", calls=1, amount="50000")
    [march] = await billing.close("2026-04-01T01:00")
    await billing.track("c", "2026-03-21", calls=1, amount="-50000")
    [april] = await billing.close("2026-05-01T01:00")
    [may] = await billing.close("2026-06-01T01:00")
    assert [line.amount_minor for line in april.invoice.lines] == [10_000, 0, -40_000, 30_000]
    assert (april.stored_total_minor, april.balance.status) == (0, "paid")
    assert [line.amount_minor for line in may.invoice.lines] == [-30_000, 10_000, 0, 20_000]
    for stored in (march, april, may):
        assert await verify(billing, stored) == {}


async def test_a_tampered_amount_is_found(billing: Billing):
    march, _, _ = await three_months(billing)
    line = march.invoice.lines[1]
    await tamper(billing, "UPDATE invoice_lines SET amount_minor = 1999 WHERE line_id = $1", line.line_id)
    failed = await verify(billing, march)
    assert set(failed) == {"line_amount", "total", "invoice_hash"}
    assert failed["line_amount"] == [f"lin_{line.line_id.hex}"]


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ("quantity = quantity + 1", {"line_quantity", "invoice_hash"}),
        ("event_count = event_count - 1", {"line_events", "invoice_hash"}),
        ("digest = digest + 1", {"line_digest", "invoice_hash"}),
    ],
)
async def test_tampered_evidence_is_found(billing: Billing, change: str, found: set[str]):
    march, _, _ = await three_months(billing)
    line_id = march.invoice.lines[1].line_id
    await tamper(billing, f"UPDATE invoice_lines SET {change} WHERE line_id = $1", line_id)
    assert set(await verify(billing, march)) == found


async def test_an_invoice_that_was_removed_breaks_the_chain_of_the_next(billing: Billing):
    march, april, _ = await three_months(billing)
    await tamper(billing, "DELETE FROM invoices WHERE invoice_id = $1", march.invoice.invoice_id)
    assert "chain" in await verify(billing, april)


async def test_a_raw_event_that_was_changed_is_found_by_its_digest(billing: Billing):
    march, _, _ = await three_months(billing)
    events = billing.log.counted
    index = next(i for i, e in enumerate(events) if e.metric_id == billing.metric.metric_id)
    events[index] = type(events[index])(
        **{f: getattr(events[index], f) for f in events[index].__slots__} | {"amount": Decimal(2)}
    )
    assert set(await verify(billing, march)) == {"line_amount", "line_quantity", "line_digest"}


async def test_a_marker_at_or_beyond_the_cut_proves_nothing(billing: Billing):
    march, _, _ = await three_months(billing)
    await tamper(billing, "UPDATE invoices SET markers = cut WHERE invoice_id = $1", march.invoice.invoice_id)
    assert set(await verify(billing, march)) == {"completeness", "invoice_hash"}


async def test_a_customer_who_was_renamed_on_the_invoice_is_found_and_one_who_was_erased_is_not_missed(
    billing: Billing,
):
    march, april, _ = await three_months(billing)
    renamed = """UPDATE invoice_customers SET block = block || '{"name": "Somebody Else"}' WHERE invoice_id = $1"""
    await tamper(billing, renamed, march.invoice.invoice_id)
    assert set(await verify(billing, march)) == {"invoice_hash"}
    await tamper(billing, "UPDATE invoice_customers SET block = NULL WHERE invoice_id = $1", april.invoice.invoice_id)
    assert await verify(billing, april) == {}


async def test_a_customer_who_has_left_is_forgotten_and_every_invoice_stays_proved(billing: Billing):
    march, april, _ = await three_months(billing)
    operator = ActorRecord(type="operator", id="operator")
    with pytest.raises(LookupError):
        await erase_customer(billing.engine, billing.org_id, "nobody", operator, "asked for")
    with pytest.raises(StillServed):
        await erase_customer(billing.engine, billing.org_id, march.invoice.customer_id, operator, "asked for")
    await billing.fetch(
        "UPDATE subscriptions SET status = 'canceled', canceled_at = now() WHERE org_id = $1",
        billing.org_id,
    )
    told = [
        await erase_customer(billing.engine, billing.org_id, march.invoice.customer_id, operator, "asked for")
        for _ in range(2)
    ]
    assert told == [len(await billing.invoices()), 0]
    for invoice in (march, april):
        assert await verify(billing, invoice) == {}
    [left] = await billing.fetch(
        "SELECT name, email, address, tax_id, metadata::text FROM customers WHERE org_id = $1 AND customer_id = $2",
        billing.org_id,
        march.invoice.customer_id,
    )
    assert tuple(left) == (None, None, None, None, "{}")


async def test_a_partition_that_was_added_behind_the_barrier_needs_no_marker(billing: Billing):
    """Nothing can lie in it that was accepted before the run: ingest learns of a partition last."""
    await billing.subscribe("c", "2026-03-01")
    barrier_id = await billing.start_run("2026-04-01T01:00")
    await billing.mark()
    for partition in range(PARTITIONS):
        await billing.echo(barrier_id, partition)
    await billing.fetch("INSERT INTO applied_offsets VALUES (7, 1, 0, 0)")
    try:
        await billing.carry_out("2026-04-01T01:00")
    finally:
        await billing.fetch("DELETE FROM applied_offsets WHERE partition = 7")
    [march] = await billing.invoices()
    assert march.invoice.proof.cut[7] == 0
    assert await verify(billing, march) == {}


async def test_a_line_is_explained_by_the_windows_below_its_cut(billing: Billing):
    march, _, _ = await three_months(billing)
    line = march.invoice.lines[1]
    explanation = await explain_line(
        billing.engine, billing.log, billing.org_id, march.invoice.invoice_id, line.line_id, cursor=None, limit=50
    )
    assert explanation.again == line
    assert explanation.windows is not None
    assert [window.event_count for window in explanation.windows.page] == [9, 3]


async def test_rows_give_back_exactly_the_invoice_that_was_hashed(billing: Billing):
    for stored in await three_months(billing):
        again = await read_stored(billing.engine, billing.org_id, stored.invoice.invoice_id)
        assert again.invoice.hash == stored.stored_hash


async def test_an_invoice_whose_rows_do_not_fit_together_fails_and_blocks_nobody(billing: Billing):
    march, april, _ = await three_months(billing)
    await tamper(billing, "DELETE FROM plan_versions WHERE org_id = $1", billing.org_id)
    who = caller("invoices:read", org_id=billing.org_id)
    await request_verification(billing.engine, who, march.invoice.invoice_id, Clock().wall())
    await request_verification(billing.engine, who, april.invoice.invoice_id, Clock().wall())
    assert await verify_next(billing.engine, billing.log, Clock())
    assert await verify_next(billing.engine, billing.log, Clock())
    rows = await billing.fetch("SELECT status FROM verifications WHERE org_id = $1", billing.org_id)
    assert [row["status"] for row in rows] == ["failed", "failed"]
