"""Payments: no invoice is paid more than it is owed, and no reference is used twice, however many come at once."""

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest
from invoicer_billing import PARTITIONS, Billing, at

from usageflow_common.errors import Conflict, StateConflict, UsageflowError, ValidationFailed
from usageflow_invoicer.schemas.payments import PaymentCreate
from usageflow_invoicer.service.lives import Moment
from usageflow_invoicer.service.payments import record_payment

NOW = at("2026-04-02")


def payment(amount_minor: int, reference: str, **more: object) -> PaymentCreate:
    amount = {"amountMinor": amount_minor, "currency": "USD"}
    return PaymentCreate.model_validate({"status": "succeeded", "amount": amount, "reference": reference} | more)


async def pay(billing: Billing, invoice_id: UUID, wanted: PaymentCreate) -> str:
    """`paid`, or the code of the refusal."""
    try:
        await record_payment(
            billing.engine, billing.asker(), billing.organization, invoice_id, wanted, moment=Moment(NOW, NOW)
        )
    except UsageflowError as error:
        return error.code
    return "paid"


async def one_invoice(billing: Billing) -> UUID:
    """100.00 USD, open."""
    await billing.subscribe("c", "2026-03-01")
    [invoice] = await billing.close("2026-04-01T01:00")
    return invoice.invoice.invoice_id


async def test_parts_that_come_at_once_add_up_to_what_is_due_and_no_more(billing: Billing):
    invoice_id = await one_invoice(billing)
    outcomes = await asyncio.gather(*(pay(billing, invoice_id, payment(4_000, f"wire-{n}")) for n in range(6)))
    assert sorted(outcomes) == ["amount_exceeds_due"] * 4 + ["paid"] * 2
    [invoice] = await billing.invoices()
    assert (invoice.balance.status, invoice.balance.paid_minor) == ("open", 8_000)
    assert await pay(billing, invoice_id, payment(2_000, "rest")) == "paid"
    [invoice] = await billing.invoices()
    assert invoice.balance.status == "paid"
    facts = await billing.fetch(
        "SELECT 1 FROM outbox WHERE topic = 'billing.events' AND convert_from(value, 'UTF8') LIKE '%invoice.paid%'"
    )
    assert len(facts) == 1
    assert await pay(billing, invoice_id, payment(1, "more")) == StateConflict.code


async def test_a_reference_is_used_once_also_at_once_and_on_two_invoices(billing: Billing):
    first = await one_invoice(billing)
    [invoice] = await billing.close("2026-05-01T01:00")
    second = invoice.invoice.invoice_id
    outcomes = await asyncio.gather(*(pay(billing, each, payment(10, "wire")) for each in (first, second) * 3))
    assert sorted(outcomes) == [Conflict.code] * 5 + ["paid"]
    assert sum(each.balance.paid_minor for each in await billing.invoices()) == 10


async def test_what_is_not_out_yet_is_a_draft_and_takes_no_payment(billing: Billing):
    await billing.subscribe("c", "2026-03-01")
    barrier_id = await billing.start_run("2026-04-01T01:00")
    await billing.mark()
    for partition in range(PARTITIONS):
        await billing.echo(barrier_id, partition)
    await billing.carry_out("2026-04-01T01:00", acknowledged=False)
    [hidden] = await billing.invoices()
    with pytest.raises(StateConflict) as refused:
        await record_payment(
            billing.engine,
            billing.asker(),
            billing.organization,
            hidden.invoice.invoice_id,
            payment(1, "early"),
            moment=Moment(NOW, NOW),
        )
    assert refused.value.extensions["currentStatus"] == "draft"


async def test_nobody_has_paid_tomorrow(billing: Billing):
    invoice_id = await one_invoice(billing)
    ahead = payment(10_000, "ahead", paidAt=NOW + timedelta(days=1))
    with pytest.raises(ValidationFailed) as refused:
        await record_payment(
            billing.engine, billing.asker(), billing.organization, invoice_id, ahead, moment=Moment(NOW, NOW)
        )
    assert [(error.field, error.code) for error in refused.value.errors] == [("/paidAt", "out_of_range")]


async def test_money_that_came_in_earlier_is_a_fact_of_today(billing: Billing):
    invoice_id = await one_invoice(billing)
    await pay(billing, invoice_id, payment(10_000, "wire", paidAt=at("2026-03-25")))
    [invoice] = await billing.invoices()
    assert invoice.balance.paid_at == at("2026-03-25")
    [transition] = await billing.fetch(
        "SELECT at FROM invoice_transitions WHERE status = 'paid' AND org_id = $1", billing.org_id
    )
    assert transition["at"] == NOW
