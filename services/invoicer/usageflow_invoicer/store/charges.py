"""Payments that a provider is asked for: which invoices can be collected, and which charges are to be asked about."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

import sqlalchemy as sa

from usageflow_common.database import Transaction
from usageflow_invoicer.domain.charging import Charge
from usageflow_invoicer.store.payments import Payment, payment_of
from usageflow_invoicer.tables import customers, invoice_balances, invoices, outbox, payments

MANUAL: Final = "manual"
"""The provider of payments that are recorded by hand."""


@dataclass(frozen=True, slots=True)
class Pending:
    """A charge whose end is not known, how often its provider was asked, and which one that is."""

    charge: Charge
    provider: str
    asks: int


@dataclass(frozen=True, slots=True)
class Collectable:
    """An invoice that may be collected."""

    org_id: UUID
    invoice_id: UUID
    issued_at: datetime


async def collectable(tx: Transaction, after: Collectable | None, limit: int) -> list[Collectable]:
    """Invoices that are out, open, and were never asked for, of customers with a payment method. Oldest first."""
    i, b, c = invoices.c, invoice_balances.c, customers.c
    statement = (
        sa.select(i.org_id, i.invoice_id, i.issued_at)
        .join(invoice_balances, sa.and_(b.org_id == i.org_id, b.invoice_id == i.invoice_id))
        .join(customers, sa.and_(c.org_id == i.org_id, c.customer_id == i.customer_id))
        .where(b.status == "open", c.payment_method.is_not(None), ~_asked_for(), ~_unsent())
        .order_by(i.issued_at, i.invoice_id)
        .limit(limit)
    )
    if after is not None:
        last = sa.tuple_(sa.literal(after.issued_at), sa.literal(after.invoice_id))
        statement = statement.where(sa.tuple_(i.issued_at, i.invoice_id) > last)
    return [Collectable(*row) for row in await tx.execute(statement)]


async def was_asked_for(tx: Transaction, org_id: UUID, invoice_id: UUID) -> bool:
    """Whether a provider was ever asked for it. The caller has locked its balance."""
    p = payments.c
    asked = sa.exists().where(p.org_id == org_id, p.invoice_id == invoice_id, p.provider != MANUAL)
    return bool(await tx.scalar(sa.select(asked)))


async def waits_for_money(tx: Transaction, org_id: UUID) -> bool:
    """Whether a charge of the organization is under way, or about to be."""
    i, b, c, p = invoices.c, invoice_balances.c, customers.c, payments.c
    pending = sa.exists().where(p.org_id == org_id, p.status == "pending")
    coming = sa.exists(
        sa.select(i.invoice_id)
        .join(invoice_balances, sa.and_(b.org_id == i.org_id, b.invoice_id == i.invoice_id))
        .join(customers, sa.and_(c.org_id == i.org_id, c.customer_id == i.customer_id))
        .where(i.org_id == org_id, b.status == "open", c.payment_method.is_not(None), ~_asked_for())
    )
    return bool(await tx.scalar(sa.select(sa.or_(pending, coming))))


async def payment_method_of(tx: Transaction, org_id: UUID, customer_id: str) -> str | None:
    """What the customer pays with."""
    c = customers.c
    found: str | None = await tx.scalar(
        sa.select(c.payment_method).where(c.org_id == org_id, c.customer_id == customer_id)
    )
    return found


async def pending_minor(tx: Transaction, org_id: UUID, invoice_id: UUID) -> int:
    """How much of an invoice, whose balance is locked, is being collected."""
    p = payments.c
    found = await tx.scalar(
        sa.select(sa.func.sum(p.amount_minor)).where(
            p.org_id == org_id, p.invoice_id == invoice_id, p.status == "pending"
        )
    )
    return int(found or 0)


async def take_due(tx: Transaction, wall: datetime, until: datetime, limit: int) -> list[Pending]:
    """Charges that are to be asked about now; nobody else asks before `until`."""
    p, i = payments.c, invoices.c
    due = (
        sa.select(p.org_id, p.payment_id)
        .where(p.status == "pending", p.ask_at <= wall)
        .order_by(p.ask_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .cte("due")
    )
    rows = await tx.execute(
        sa.update(payments)
        .where(
            p.org_id == due.c.org_id,
            p.payment_id == due.c.payment_id,
            i.org_id == p.org_id,
            i.invoice_id == p.invoice_id,
        )
        .values(ask_at=until, asks=p.asks + 1)
        .returning(payments, i.number)
    )
    return [
        Pending(
            Charge(
                row.org_id,
                row.payment_id,
                row.invoice_id,
                row.number,
                row.customer_id,
                row.payment_method,
                row.amount_minor,
                row.currency,
            ),
            row.provider,
            row.asks,
        )
        for row in rows
    ]


async def ask_at(tx: Transaction, org_id: UUID, payment_id: UUID, at: datetime) -> None:
    """When a charge that is still pending is asked about again."""
    p = payments.c
    mine = sa.and_(p.org_id == org_id, p.payment_id == payment_id, p.status == "pending")
    await tx.execute(sa.update(payments).where(mine).values(ask_at=at))


async def read_pending(tx: Transaction, org_id: UUID, payment_id: UUID) -> Payment | None:
    """A charge whose end is not known. The caller has locked its invoice's balance."""
    p = payments.c
    row = (
        await tx.execute(
            sa.select(payments).where(p.org_id == org_id, p.payment_id == payment_id, p.status == "pending")
        )
    ).first()
    return payment_of(row) if row else None


async def end_charge(tx: Transaction, payment: Payment) -> None:
    """What became of a pending payment."""
    p = payments.c
    await tx.execute(
        sa.update(payments)
        .where(p.org_id == payment.org_id, p.payment_id == payment.payment_id)
        .values(
            status=payment.status,
            failure_code=payment.failure_code,
            method=payment.method,
            paid_at=payment.paid_at,
            ask_at=None,
        )
    )


def _asked_for() -> sa.ColumnElement[bool]:
    p, i = payments.c, invoices.c
    return sa.exists().where(p.org_id == i.org_id, p.invoice_id == i.invoice_id, p.provider != MANUAL)


def _unsent() -> sa.ColumnElement[bool]:
    return sa.exists().where(outbox.c.id == invoices.c.outbox_id)
