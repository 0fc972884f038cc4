"""Record payments; the one that leaves nothing due makes the invoice paid, one that failed starts dunning."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from usageflow_common import operations, outbox
from usageflow_common.database import Transaction, constraint_of, transaction
from usageflow_common.errors import Conflict, FieldError, NotFound, StateConflict, ValidationFailed
from usageflow_common.ids import Prefix, new_id, public_id
from usageflow_common.operations import Answer, Change
from usageflow_common.records import OrganizationRecord
from usageflow_common.tokens import Caller
from usageflow_common.wire import PageRequest
from usageflow_invoicer.schemas.payments import PaymentCreate, payment_body
from usageflow_invoicer.service.dunning import note_failure
from usageflow_invoicer.service.facts import invoice_paid
from usageflow_invoicer.service.lives import Moment
from usageflow_invoicer.service.settling import lock_issued, paid_off, settle
from usageflow_invoicer.store import charges
from usageflow_invoicer.store import payments as store
from usageflow_invoicer.store.invoices.reading import StoredInvoice
from usageflow_invoicer.store.payments import Payment, PaymentFilter


async def record_payment(
    engine: AsyncEngine,
    caller: Caller,
    organization: OrganizationRecord,
    invoice_id: UUID,
    wanted: PaymentCreate,
    *,
    moment: Moment,
) -> Answer:
    """Conflict when the reference is used; never more than what is due."""
    try:
        async with transaction(engine) as tx:
            if done := await operations.claim(tx, caller):
                return done
            found = await lock_issued(tx, caller.org_id, invoice_id)
            under_way = await charges.pending_minor(tx, caller.org_id, invoice_id)
            _check(found, wanted, moment.now, under_way)
            payment = _payment(found, wanted, moment.now)
            await store.insert_payment(tx, payment)
            await take_payment(tx, organization, found, payment, moment)
            body = payment_body(payment).model_dump(mode="json", by_alias=True)
            public = public_id(Prefix.PAYMENT, payment.payment_id)
            change = Change("payment.recorded", "payment", public, after=body)
            return await operations.finish(tx, caller, Answer(201, body, location=f"/api/payments/{public}"), change)
    except IntegrityError as error:
        if constraint_of(error) == "uq_payments_reference":
            raise Conflict("The reference is used by another payment.") from error
        raise


async def take_payment(
    tx: Transaction, organization: OrganizationRecord, found: StoredInvoice, payment: Payment, moment: Moment
) -> None:
    """What a payment that has ended makes of its locked invoice."""
    if payment.status == "failed":
        await note_failure(tx, organization, found, payment, moment)
        return
    paid_at = payment.paid_at or moment.now
    added = replace(found.balance, paid_minor=found.balance.paid_minor + payment.amount_minor)
    after = await settle(tx, found, paid_off(found, added, paid_at), "paid", moment)
    if after.balance.status == "paid":
        await outbox.enqueue(tx, [invoice_paid(after, payment=payment_body(payment), at=moment.now)])


async def get_payment(engine: AsyncEngine, caller: Caller, payment_id: UUID) -> Payment:
    """One of the caller's organization."""
    async with transaction(engine, read_only=True) as tx:
        found = await store.read_payment(tx, caller.org_id, payment_id)
    if found is None:
        raise NotFound
    return found


async def list_payments(engine: AsyncEngine, caller: Caller, page: PageRequest, wanted: PaymentFilter) -> list[Payment]:
    """Newest first."""
    async with transaction(engine, read_only=True) as tx:
        return await store.list_payments(tx, caller.org_id, page, wanted)


def _payment(found: StoredInvoice, wanted: PaymentCreate, now: datetime) -> Payment:
    return Payment(
        found.invoice.org_id,
        new_id(),
        found.invoice.invoice_id,
        found.invoice.customer_id,
        wanted.status,
        wanted.amount.amount_minor,
        wanted.amount.currency,
        wanted.reference,
        wanted.method,
        wanted.failure_code,
        "manual",
        (wanted.paid_at or now) if wanted.status == "succeeded" else None,
        now,
    )


def _check(found: StoredInvoice, wanted: PaymentCreate, now: datetime, under_way_minor: int) -> None:
    balance = found.balance
    if balance.status not in ("open", "uncollectible"):
        raise StateConflict("Nothing is due on this invoice.", balance.status)
    if wanted.paid_at is not None and wanted.paid_at > now:
        raise ValidationFailed.of(FieldError("/paidAt", "out_of_range", "Must not lie ahead"))
    if wanted.paid_at is not None and wanted.status == "failed":
        raise ValidationFailed.of(FieldError("/paidAt", "unknown_field", "A payment that failed has none"))
    if wanted.failure_code is not None and wanted.status != "failed":
        raise ValidationFailed.of(FieldError("/failureCode", "unknown_field", "Only a payment that failed has one"))
    if wanted.amount.currency != found.invoice.currency:
        detail = f"The invoice is in {found.invoice.currency}."
        field = FieldError("/amount/currency", "invalid_value", detail)
        raise ValidationFailed(detail, code="currency_mismatch", errors=[field])
    due = found.stored_total_minor - balance.paid_minor - balance.credited_minor - under_way_minor
    if not 0 < wanted.amount.amount_minor <= due:
        detail = f"Between 1 and {due}" if due else "All that is due is being collected"
        field = FieldError("/amount/amountMinor", "out_of_range", detail)
        raise ValidationFailed("The amount is not what is due.", code="amount_exceeds_due", errors=[field])
