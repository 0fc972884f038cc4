"""Record payments; the one that leaves nothing due makes the invoice paid."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from usageflow_common import operations, outbox
from usageflow_common.database import constraint_of, transaction
from usageflow_common.errors import Conflict, FieldError, NotFound, StateConflict, ValidationFailed
from usageflow_common.ids import Prefix, new_id, public_id
from usageflow_common.operations import Answer, Change
from usageflow_common.tokens import Caller
from usageflow_invoicer.schemas.payments import PaymentCreate, payment_body
from usageflow_invoicer.service.facts import invoice_paid
from usageflow_invoicer.store import payments as store
from usageflow_invoicer.store.invoices import issuing, reading
from usageflow_invoicer.store.invoices.reading import StoredInvoice
from usageflow_invoicer.store.payments import Payment


async def record_payment(
    engine: AsyncEngine, caller: Caller, invoice_id: UUID, wanted: PaymentCreate, now: datetime
) -> Answer:
    """Conflict when the reference is used; never more than what is due."""
    try:
        async with transaction(engine) as tx:
            if done := await operations.claim(tx, caller):
                return done
            await store.lock_balance(tx, caller.org_id, invoice_id)
            found = await reading.read_invoice(tx, caller.org_id, invoice_id)
            if found is None:
                raise NotFound
            _check(found, wanted, now)
            payment = Payment(
                caller.org_id,
                new_id(),
                invoice_id,
                found.invoice.customer_id,
                wanted.amount.amount_minor,
                wanted.amount.currency,
                wanted.reference,
                wanted.method,
                wanted.paid_at or now,
                now,
            )
            await store.insert_payment(tx, payment)
            after = _paid(found, payment)
            await store.update_balance(tx, caller.org_id, invoice_id, after.balance)
            shown = payment_body(payment)
            if after.balance.status == "paid":
                paid = issuing.Transition(invoice_id, after.balance.version, "paid", "paid", now)
                await issuing.insert_transition(tx, caller.org_id, paid)
                await outbox.enqueue(tx, [invoice_paid(after, payment=shown, at=now)])
            body = shown.model_dump(mode="json", by_alias=True)
            public = public_id(Prefix.PAYMENT, payment.payment_id)
            change = Change("payment.recorded", "payment", public, after=body)
            return await operations.finish(tx, caller, Answer(201, body), change)
    except IntegrityError as error:
        if constraint_of(error) == "uq_payments_reference":
            raise Conflict("The reference is used by another payment.") from error
        raise


def _check(found: StoredInvoice, wanted: PaymentCreate, now: datetime) -> None:
    balance = found.balance
    if not found.relayed:
        raise StateConflict("The invoice is not issued yet.", "draft")
    if balance.status not in ("open", "uncollectible"):
        raise StateConflict("Nothing is due on this invoice.", balance.status)
    if wanted.paid_at is not None and wanted.paid_at > now:
        raise ValidationFailed.of(FieldError("/paidAt", "out_of_range", "Must not lie ahead"))
    if wanted.amount.currency != found.invoice.currency:
        detail = f"The invoice is in {found.invoice.currency}."
        field = FieldError("/amount/currency", "invalid_value", detail)
        raise ValidationFailed(detail, code="currency_mismatch", errors=[field])
    due = found.stored_total_minor - balance.paid_minor - balance.credited_minor
    if not 0 < wanted.amount.amount_minor <= due:
        field = FieldError("/amount/amountMinor", "out_of_range", f"Between 1 and {due}")
        raise ValidationFailed("The amount is not what is due.", code="amount_exceeds_due", errors=[field])


def _paid(found: StoredInvoice, payment: Payment) -> StoredInvoice:
    balance = replace(
        found.balance, paid_minor=found.balance.paid_minor + payment.amount_minor, version=found.balance.version + 1
    )
    if balance.paid_minor + balance.credited_minor == found.stored_total_minor:
        balance = replace(balance, status="paid", paid_at=payment.paid_at)
    return replace(found, balance=balance)
