"""Dunning: which invoices are owed beyond their time, what is due next, and what that makes of subscriptions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from usageflow_common.database import Transaction, any_of
from usageflow_invoicer.domain.money import Dunning
from usageflow_invoicer.tables import dunnings, invoice_balances, invoices, outbox, payments


@dataclass(frozen=True, slots=True)
class Owing:
    """What is owed on a subscription's invoices beyond their time: since when it is suspended for that, and for which invoice."""

    suspended_at: datetime | None
    invoice_id: UUID | None


async def owing(tx: Transaction, org_id: UUID, subscription_ids: Sequence[UUID]) -> dict[UUID, Owing]:
    """Of those that have an invoice in dunning."""
    d = dunnings.c
    rows = await tx.execute(
        sa.select(dunnings)
        .where(d.org_id == org_id, any_of(d.subscription_id, subscription_ids), d.ended_at.is_(None))
        .order_by(d.suspended_at.asc().nulls_last(), d.invoice_id)
    )
    found: dict[UUID, Owing] = {}
    for row in rows:
        found.setdefault(row.subscription_id, Owing(row.suspended_at, row.invoice_id if row.suspended_at else None))
    return found


async def begin(tx: Transaction, org_id: UUID, dunning: Dunning) -> bool:
    """False when the invoice has one already, of which only a failed attempt is to be noted."""
    values = {
        "org_id": org_id,
        "invoice_id": dunning.invoice_id,
        "subscription_id": dunning.subscription_id,
        "began_at": dunning.began_at,
        "attempt": dunning.attempt,
        "next_attempt_at": dunning.next_attempt_at,
        "suspends_at": dunning.suspends_at,
    }
    made = await tx.execute(insert(dunnings).values(values).on_conflict_do_nothing().returning(dunnings.c.invoice_id))
    return made.first() is not None


async def read(tx: Transaction, org_id: UUID, invoice_id: UUID) -> Dunning | None:
    """The dunning of an invoice, if it goes on."""
    d = dunnings.c
    row = (
        await tx.execute(
            sa.select(dunnings).where(d.org_id == org_id, d.invoice_id == invoice_id, d.ended_at.is_(None))
        )
    ).first()
    return _dunning(row) if row else None


async def store(tx: Transaction, org_id: UUID, dunning: Dunning) -> None:
    """A further attempt, or the suspension."""
    d = dunnings.c
    await tx.execute(
        sa.update(dunnings)
        .where(d.org_id == org_id, d.invoice_id == dunning.invoice_id, d.ended_at.is_(None))
        .values(attempt=dunning.attempt, next_attempt_at=dunning.next_attempt_at, suspended_at=dunning.suspended_at)
    )


async def end(tx: Transaction, org_id: UUID, invoice_id: UUID, at: datetime) -> UUID | None:
    """Nothing is owed on the invoice any more; the subscription, where it was in dunning."""
    d = dunnings.c
    ended: UUID | None = await tx.scalar(
        sa.update(dunnings)
        .where(d.org_id == org_id, d.invoice_id == invoice_id, d.ended_at.is_(None))
        .values(ended_at=at)
        .returning(d.subscription_id)
    )
    return ended


async def due_organizations(tx: Transaction, wall: datetime) -> list[UUID]:
    """Organizations in which an invoice may be overdue, or an attempt or a suspension due, by then."""
    i, b, d = invoices.c, invoice_balances.c, dunnings.c
    overdue = (
        sa.select(i.org_id)
        .join(invoice_balances, sa.and_(b.org_id == i.org_id, b.invoice_id == i.invoice_id))
        .where(b.status == "open", i.due_at < wall, ~_under_way(i.org_id, i.invoice_id))
    )
    due = sa.select(d.org_id).where(d.ended_at.is_(None), _due(wall))
    return list((await tx.scalars(overdue.union(due))).all())


async def overdue_invoices(tx: Transaction, org_id: UUID, now: datetime, limit: int) -> list[UUID]:
    """Open invoices whose time is over, that are not in dunning yet and not being collected. One that Kafka does not have is not issued yet."""
    i, b, d = invoices.c, invoice_balances.c, dunnings.c
    dunned = sa.exists().where(d.org_id == i.org_id, d.invoice_id == i.invoice_id)
    unsent = sa.exists().where(outbox.c.id == i.outbox_id)
    rows = await tx.scalars(
        sa.select(i.invoice_id)
        .join(invoice_balances, sa.and_(b.org_id == i.org_id, b.invoice_id == i.invoice_id))
        .where(
            i.org_id == org_id,
            b.status == "open",
            i.due_at < now,
            ~dunned,
            ~unsent,
            ~_under_way(i.org_id, i.invoice_id),
        )
        .order_by(i.due_at, i.invoice_id)
        .limit(limit)
    )
    return list(rows.all())


async def due_dunnings(tx: Transaction, org_id: UUID, now: datetime, limit: int) -> list[UUID]:
    """Invoices in dunning of which an attempt or the suspension is due."""
    d = dunnings.c
    rows = await tx.scalars(
        sa.select(d.invoice_id)
        .where(d.org_id == org_id, d.ended_at.is_(None), _due(now))
        .order_by(d.invoice_id)
        .limit(limit)
    )
    return list(rows.all())


def _due(now: datetime) -> sa.ColumnElement[bool]:
    """An attempt that is under way is not due again: its end says how it goes on."""
    d = dunnings.c
    attempt = sa.and_(d.next_attempt_at <= now, ~_under_way(d.org_id, d.invoice_id))
    return sa.or_(attempt, sa.and_(d.suspends_at <= now, d.suspended_at.is_(None)))


def _under_way(org_id: sa.ColumnElement[UUID], invoice_id: sa.ColumnElement[UUID]) -> sa.ColumnElement[bool]:
    p = payments.c
    return sa.exists().where(p.org_id == org_id, p.invoice_id == invoice_id, p.status == "pending")


def _dunning(row: sa.Row[Any]) -> Dunning:
    return Dunning(
        row.invoice_id,
        row.subscription_id,
        row.began_at,
        row.attempt,
        row.next_attempt_at,
        row.suspends_at,
        row.suspended_at,
    )
