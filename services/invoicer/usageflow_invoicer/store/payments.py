"""Payments, and the balance that they bring to nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import sqlalchemy as sa

from usageflow_common.database import Transaction
from usageflow_common.wire import PageRequest
from usageflow_invoicer.store.invoices.reading import Balance
from usageflow_invoicer.tables import invoice_balances, payments

PaymentStatus = Literal["pending", "succeeded", "failed"]


@dataclass(frozen=True, slots=True)
class Payment:
    """Money that came in, is on its way, or did not come."""

    org_id: UUID
    payment_id: UUID
    invoice_id: UUID
    customer_id: str
    status: PaymentStatus
    amount_minor: int
    currency: str
    reference: str
    method: str | None
    failure_code: str | None
    provider: str
    paid_at: datetime | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class PaymentFilter:
    """What a list is narrowed to; None is everything."""

    invoice_id: UUID | None = None
    customer_id: str | None = None
    status: PaymentStatus | None = None
    reference: str | None = None


async def lock_balance(tx: Transaction, org_id: UUID, invoice_id: UUID) -> None:
    """Whatever changes the balance of one invoice comes one by one."""
    b = invoice_balances.c
    await tx.execute(sa.select(b.version).where(b.org_id == org_id, b.invoice_id == invoice_id).with_for_update())


async def insert_payment(
    tx: Transaction, payment: Payment, *, payment_method: str | None = None, ask_at: datetime | None = None
) -> None:
    """Raises an IntegrityError on uq_payments_reference. A charge has the method that is charged, and when its provider is asked."""
    await tx.execute(
        sa.insert(payments).values(
            org_id=payment.org_id,
            payment_id=payment.payment_id,
            invoice_id=payment.invoice_id,
            customer_id=payment.customer_id,
            status=payment.status,
            amount_minor=payment.amount_minor,
            currency=payment.currency,
            reference=payment.reference,
            method=payment.method,
            failure_code=payment.failure_code,
            provider=payment.provider,
            paid_at=payment.paid_at,
            created_at=payment.created_at,
            payment_method=payment_method,
            ask_at=ask_at,
            asks=0,
        )
    )


async def update_balance(tx: Transaction, org_id: UUID, invoice_id: UUID, balance: Balance) -> None:
    """The new state of a locked balance."""
    b = invoice_balances.c
    await tx.execute(
        sa.update(invoice_balances)
        .where(b.org_id == org_id, b.invoice_id == invoice_id)
        .values(
            status=balance.status,
            paid_minor=balance.paid_minor,
            credited_minor=balance.credited_minor,
            paid_at=balance.paid_at,
            voided_at=balance.voided_at,
            voided_after=balance.voided_after,
            version=balance.version,
        )
    )


async def read_payment(tx: Transaction, org_id: UUID, payment_id: UUID) -> Payment | None:
    """One payment."""
    p = payments.c
    row = (await tx.execute(sa.select(payments).where(p.org_id == org_id, p.payment_id == payment_id))).first()
    return payment_of(row) if row else None


async def list_payments(tx: Transaction, org_id: UUID, page: PageRequest, wanted: PaymentFilter) -> list[Payment]:
    """Newest first."""
    p = payments.c
    statement = sa.select(payments).where(p.org_id == org_id).order_by(p.created_at.desc(), p.payment_id.desc())
    if wanted.invoice_id is not None:
        statement = statement.where(p.invoice_id == wanted.invoice_id)
    if wanted.customer_id is not None:
        statement = statement.where(p.customer_id == wanted.customer_id)
    if wanted.status is not None:
        statement = statement.where(p.status == wanted.status)
    if wanted.reference is not None:
        statement = statement.where(p.reference == wanted.reference)
    if page.after is not None:
        last = (datetime.fromisoformat(page.after[0]), UUID(page.after[1]))
        statement = statement.where(sa.tuple_(p.created_at, p.payment_id) < sa.tuple_(*map(sa.literal, last)))
    return [payment_of(row) for row in await tx.execute(statement.limit(page.limit))]


def payment_of(row: sa.Row[Any]) -> Payment:
    """A row as the payment that it is."""
    return Payment(
        row.org_id,
        row.payment_id,
        row.invoice_id,
        row.customer_id,
        row.status,
        row.amount_minor,
        row.currency,
        row.reference,
        row.method,
        row.failure_code,
        row.provider,
        row.paid_at,
        row.created_at,
    )
