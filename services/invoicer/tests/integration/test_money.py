"""After the issue: credit notes, voiding, writing off, dunning up to the suspension and back, late usage with an invoice of its own."""

from __future__ import annotations

import asyncio
import json
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from invoicer_billing import Billing, moment, ready, waits_for_a_lock
from invoicer_log import at
from invoicer_verifying import verify
from msgspec import structs

from usageflow_common.clock import Clock
from usageflow_common.errors import StateConflict, ValidationFailed
from usageflow_common.wire import PageRequest
from usageflow_invoicer.schemas.credit_notes import CreditNoteCreate
from usageflow_invoicer.schemas.payments import PaymentCreate
from usageflow_invoicer.service import credit_notes, settling
from usageflow_invoicer.service.dunning import dun_everywhere
from usageflow_invoicer.service.payments import record_payment
from usageflow_invoicer.service.sweeps import sweep
from usageflow_invoicer.store.credit_notes import CreditNoteFilter

FACTS = "SELECT value FROM outbox WHERE topic = 'billing.events' ORDER BY id"


async def march(billing: Billing, calls: int = 12_000) -> Any:
    await billing.subscribe("c", "2026-03-01")
    await billing.track("c", "2026-03-20", calls=calls)
    [invoice] = await billing.close("2026-04-01T01:00")
    return invoice


async def again(billing: Billing, invoice_id: UUID) -> Any:
    return next(each for each in await billing.invoices() if each.invoice.invoice_id == invoice_id)


async def credit(billing: Billing, invoice: Any, amounts: dict[int, int], disposition: str) -> Any:
    lines = [
        {"lineId": invoice.invoice.lines[index].line_id, "amount": {"amountMinor": amount, "currency": "USD"}}
        for index, amount in amounts.items()
    ]
    wanted = CreditNoteCreate.model_validate({"lines": lines, "reason": "goodwill", "disposition": disposition})
    return await credit_notes.create_credit_note(
        billing.engine, billing.asker(), invoice.invoice.invoice_id, wanted, moment("2026-04-02")
    )


async def pay(billing: Billing, invoice: Any, amount: int, reference: str, now: str = "2026-04-02", **more: Any) -> Any:
    wanted = PaymentCreate.model_validate(
        {"status": "succeeded", "amount": {"amountMinor": amount, "currency": "USD"}, "reference": reference} | more
    )
    return await record_payment(
        billing.engine, billing.asker(), billing.organization, invoice.invoice.invoice_id, wanted, moment=moment(now)
    )


async def dun(billing: Billing, now: str) -> None:
    clock = Clock(lambda _org: at(now) - Clock().wall())
    await dun_everywhere(billing.engine, {billing.org_id: billing.organization}.get, clock)


async def facts(billing: Billing) -> list[tuple[str, dict[str, Any]]]:
    rows = [json.loads(row[0]) for row in await billing.fetch(FACTS)]
    return [(row["type"], row["webhook_data"]) for row in rows]


async def status_of(billing: Billing) -> tuple[str, str | None]:
    [row] = await billing.fetch("SELECT status, suspension_reason FROM subscriptions WHERE org_id = $1", billing.org_id)
    return row[0], row[1]


async def test_credit_lowers_what_is_due_until_the_invoice_is_paid(billing: Billing):
    invoice = await march(billing)
    first = await credit(billing, invoice, {1: 500}, "reduce_due")
    assert (first.body["number"], first.body["total"]["amountMinor"]) == ("CN-000001", 500)
    with pytest.raises(ValidationFailed):
        await credit(billing, invoice, {1: 1_501}, "reduce_due")
    await pay(billing, invoice, 11_000, "wire")
    with pytest.raises(ValidationFailed):
        await credit(billing, invoice, {0: 501}, "reduce_due")
    second = await credit(billing, invoice, {0: 500}, "reduce_due")
    assert second.body["number"] == "CN-000002"
    found = await again(billing, invoice.invoice.invoice_id)
    assert (found.balance.status, found.balance.paid_minor, found.balance.credited_minor) == ("paid", 11_000, 1_000)
    assert [kind for kind, _ in await facts(billing)] == ["invoice.paid"]
    listed = await credit_notes.list_credit_notes(
        billing.engine, billing.asker(), PageRequest(1, None), CreditNoteFilter()
    )
    assert [note.sequence for note in listed] == [2]
    assert await verify(billing, found) == {}


async def test_credit_for_the_next_invoice_is_what_it_begins_with(billing: Billing):
    invoice = await march(billing)
    with pytest.raises(ValidationFailed):  # nothing was paid that could be given back
        await credit(billing, invoice, {1: 500}, "next_invoice")
    await pay(billing, invoice, 12_000, "wire")
    await credit(billing, invoice, {1: 500}, "next_invoice")
    await credit(billing, invoice, {0: 9_000}, "refund")
    with pytest.raises(ValidationFailed):
        await credit(billing, invoice, {0: 1_001, 1: 1_500}, "refund")
    [april] = await billing.close("2026-05-01T01:00")
    assert [line.amount_minor for line in april.invoice.lines] == [-500, 10_000, 0]
    for each in (invoice, april):
        assert await verify(billing, each) == {}


async def test_a_void_invoice_gives_back_the_credit_it_had_taken_up(billing: Billing):
    invoice = await march(billing)
    await pay(billing, invoice, 12_000, "wire")
    await credit(billing, invoice, {1: 500}, "next_invoice")
    [april] = await billing.close("2026-05-01T01:00")
    answer = await settling.void_invoice(
        billing.engine, billing.asker(), april.invoice.invoice_id, "by mistake", moment("2026-05-02")
    )
    assert (answer.body["status"], answer.body["number"]) == ("void", "INV-000002")
    assert ("invoice.voided", "by mistake") in [(kind, data.get("reason")) for kind, data in await facts(billing)]
    with pytest.raises(StateConflict):
        await pay(billing, april, 1, "late")
    [may] = await billing.close("2026-06-01T01:00")
    assert [line.amount_minor for line in may.invoice.lines] == [-500, 10_000, 0]
    for each in (invoice, await again(billing, april.invoice.invoice_id), may):
        assert await verify(billing, each) == {}
    with pytest.raises(StateConflict):
        await settling.void_invoice(
            billing.engine, billing.asker(), invoice.invoice.invoice_id, "paid", moment("2026-06-02")
        )


async def test_money_may_still_come_for_what_was_written_off(billing: Billing):
    invoice = await march(billing)
    answer = await settling.write_off_invoice(
        billing.engine, billing.asker(), invoice.invoice.invoice_id, "bankrupt", moment("2026-04-20")
    )
    assert answer.body["status"] == "uncollectible"
    await pay(billing, invoice, 1_000, "part")
    assert (await again(billing, invoice.invoice.invoice_id)).balance.status == "uncollectible"
    await pay(billing, invoice, 11_000, "rest")
    assert (await again(billing, invoice.invoice.invoice_id)).balance.status == "paid"


async def test_a_failed_payment_is_dunned_until_the_subscription_is_suspended_and_money_lifts_that(billing: Billing):
    invoice = await march(billing)
    await pay(billing, invoice, 12_000, "card-1", status="failed", failureCode="card_declined")
    assert await status_of(billing) == ("past_due", None)
    for now, attempts in (("2026-04-02T12:00", 1), ("2026-04-03T12:00", 2), ("2026-04-09T12:00", 3), ("2026-04-15", 3)):
        await dun(billing, now)
        await dun(billing, now)
        assert [kind for kind, _ in await facts(billing)].count("invoice.failed") == attempts, now
    assert await status_of(billing) == ("past_due", None)
    await dun(billing, "2026-04-16T00:01")
    assert await status_of(billing) == ("suspended", "payment_failed")
    [suspended] = [data for kind, data in await facts(billing) if kind == "subscription.suspended"]
    assert (suspended["reason"], suspended["invoiceId"]) == ("payment_failed", f"inv_{invoice.invoice.invoice_id.hex}")
    failed = [data["dunning"] for kind, data in await facts(billing) if kind == "invoice.failed"]
    assert failed[0] == {
        "attempt": 1,
        "nextAttemptAt": "2026-04-03T00:00:00Z",
        "suspendsAt": "2026-04-16T00:00:00Z",
    }
    # Invoicing goes on meanwhile; paying what is owed lifts the suspension.
    [april] = await billing.close("2026-05-01T01:00")
    await pay(billing, invoice, 12_000, "wire", now="2026-05-02")
    assert await status_of(billing) == ("active", None)
    await dun(billing, "2026-05-16T02:00")  # and the next one is overdue
    assert await status_of(billing) == ("past_due", None)
    await pay(billing, april, 10_000, "wire-2", now="2026-05-16T03:00")
    assert await status_of(billing) == ("active", None)
    kinds = [kind for kind, _ in await facts(billing)]
    assert kinds.count("subscription.resumed") == 1


async def test_an_invoice_is_overdue_once_its_time_is_over(billing: Billing):
    invoice = await march(billing)
    await dun(billing, "2026-04-15T00:59")
    assert await status_of(billing) == ("active", None)
    await dun(billing, "2026-04-15T01:01")
    assert await status_of(billing) == ("past_due", None)
    [(_, data)] = [each for each in await facts(billing) if each[0] == "invoice.failed"]
    assert data["payment"] is None
    await settling.void_invoice(
        billing.engine, billing.asker(), invoice.invoice.invoice_id, "wrong", moment("2026-04-16")
    )
    assert await status_of(billing) == ("active", None)


async def test_late_usage_that_no_invoice_takes_up_gets_one_of_its_own(billing: Billing):
    subscription_id = await billing.subscribe("c", "2026-03-01")
    await billing.track("c", "2026-03-20", calls=10_000)
    await billing.cancel(subscription_id, "2026-03-25")
    [last] = await billing.close("2026-03-25T00:01")
    await billing.track("c", "2026-03-21", calls=300)
    assert await sweep(billing.engine, Clock()) == 0
    await _waited(billing, timedelta(days=7, seconds=1))
    assert await sweep(billing.engine, Clock()) == 1
    assert await sweep(billing.engine, Clock()) == 0
    [own] = await billing.close("2027-01-01")
    assert [(line.kind, line.amount_minor) for line in own.invoice.lines] == [("adjustment", 300)]
    assert own.invoice.lines[0].adjusts.invoice_id == last.invoice.invoice_id
    assert await verify(billing, own) == {}
    assert await billing.close("2027-02-01") == []


async def test_a_running_subscription_is_swept_without_its_period(billing: Billing):
    await billing.subscribe("c", "2026-03-01")
    await billing.track("c", "2026-03-20", calls=10_000)
    await billing.close("2026-04-01T01:00")
    await billing.track("c", "2026-03-21", calls=300)
    await billing.track("c", "2026-04-02", calls=10_001)
    await _waited(billing, timedelta(days=8))
    assert await sweep(billing.engine, Clock()) == 1
    runs = await billing.fetch("SELECT max(start_at) FROM billing_periods WHERE org_id = $1", billing.org_id)
    assert isinstance(runs[0][0], datetime)
    own, april, *_ = await billing.close("2026-12-01T01:00")
    assert [line.kind for line in own.invoice.lines] == ["adjustment"]
    assert [(line.kind, line.amount_minor) for line in april.invoice.lines] == [("base", 10_000), ("usage", 1)]


async def _waited(billing: Billing, long: timedelta) -> None:
    await billing.fetch(
        "UPDATE usage_periods SET changed_at = changed_at - $2::interval WHERE org_id = $1", billing.org_id, long
    )


async def test_an_invoice_that_kafka_does_not_have_is_not_dunned(billing: Billing):
    billing.organization = structs.replace(billing.organization, payment_term_days=0)
    await billing.subscribe("c", "2026-03-01")
    await ready(billing, "2026-04-01T01:00")
    await billing.carry_out("2026-04-01T01:00", acknowledged=False)
    await dun(billing, "2026-04-02")
    assert await status_of(billing) == ("active", None)
    await billing.acknowledge()
    await dun(billing, "2026-04-02")
    assert await status_of(billing) == ("past_due", None)


@pytest.mark.parametrize("ending", ["void", "credit"])
async def test_whoever_ends_dunning_waits_for_a_close_and_not_the_other_way_round(billing: Billing, ending: str):
    """A close holds the positions and then the chain: whoever took these the other way round would stop both for ever."""
    invoice = await march(billing)
    await dun(billing, "2026-04-16")
    closer = await asyncpg.connect(billing.owner_url, server_settings={"search_path": "invoicer"})
    try:
        async with closer.transaction():
            await closer.execute("SELECT 1 FROM applied_offsets FOR UPDATE")
            if ending == "void":
                work = settling.void_invoice(
                    billing.engine, billing.asker(), invoice.invoice.invoice_id, "r", moment("2026-04-16")
                )
            else:
                work = credit(billing, invoice, {0: 10_000, 1: 2_000}, "reduce_due")
            ended = asyncio.create_task(work)
            await waits_for_a_lock(billing)
            await closer.execute(
                "UPDATE invoice_chains SET last_sequence = last_sequence WHERE org_id = $1", billing.org_id
            )
    finally:
        await closer.close()
    assert (await ended).status in (200, 201)
    assert await status_of(billing) == ("active", None)
