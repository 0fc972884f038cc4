"""Payments, and the balance that they bring to nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from usageflow_common.database import Transaction
from usageflow_invoicer.store.invoices.reading import Balance
from usageflow_invoicer.tables import invoice_balances, payments


@dataclass(frozen=True, slots=True)
class Payment:
    """Money that came in."""

    org_id: UUID
    payment_id: UUID
    invoice_id: UUID
    customer_id: str
    amount_minor: int
    currency: str
    reference: str
    method: str | None
    paid_at: datetime
    created_at: datetime


async def lock_balance(tx: Transaction, org_id: UUID, invoice_id: UUID) -> None:
    """Payments of one invoice come one by one."""
    b = invoice_balances.c
    await tx.execute(sa.select(b.version).where(b.org_id == org_id, b.invoice_id == invoice_id).with_for_update())


async def insert_payment(tx: Transaction, payment: Payment) -> None:
    """Raises an IntegrityError on uq_payments_reference."""
    await tx.execute(
        sa.insert(payments).values(
            org_id=payment.org_id,
            payment_id=payment.payment_id,
            invoice_id=payment.invoice_id,
            customer_id=payment.customer_id,
            status="succeeded",
            amount_minor=payment.amount_minor,
            currency=payment.currency,
            reference=payment.reference,
            method=payment.method,
            paid_at=payment.paid_at,
            created_at=payment.created_at,
        )
    )


async def update_balance(tx: Transaction, org_id: UUID, invoice_id: UUID, balance: Balance) -> None:
    """The new state of a locked balance."""
    b = invoice_balances.c
    await tx.execute(
        sa.update(invoice_balances)
        .where(b.org_id == org_id, b.invoice_id == invoice_id)
        .values(status=balance.status, paid_minor=balance.paid_minor, paid_at=balance.paid_at, version=balance.version)
    )
