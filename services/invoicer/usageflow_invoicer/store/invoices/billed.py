"""What customers were billed, period by period: what a backtest is compared with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from usageflow_common.database import Transaction
from usageflow_invoicer.tables import billing_periods, invoice_balances, invoice_lines, invoices


@dataclass(frozen=True, slots=True)
class BilledPeriod:
    """An invoiced period. `billed_minor` is all that its lines and the adjustments of them say, base price in advance included."""

    customer_id: str
    start_at: datetime
    end_at: datetime
    full_seconds: int
    billed_minor: int


@dataclass(frozen=True, slots=True)
class BilledFilter:
    """Periods that lie in [from_at, to_at) and were billed in this currency; None is every customer."""

    currency: str
    from_at: datetime
    to_at: datetime
    customer_ids: tuple[str, ...] | None


async def billed_customers(
    tx: Transaction, org_id: UUID, wanted: BilledFilter, after: str | None, limit: int
) -> list[str]:
    """Customers with such periods, in the order of their ids."""
    i = invoices.c
    statement = sa.select(i.customer_id).distinct().where(*_in_range(org_id, wanted)).order_by(i.customer_id)
    if after is not None:
        statement = statement.where(i.customer_id > after)
    if wanted.customer_ids is not None:
        statement = statement.where(i.customer_id.in_(wanted.customer_ids))
    return list((await tx.scalars(statement.limit(limit))).all())


async def billed_periods(
    tx: Transaction, org_id: UUID, wanted: BilledFilter, customer_ids: Sequence[str]
) -> list[BilledPeriod]:
    """Of these customers, in their order. An adjustment counts where the line that it corrects does; void invoices do not."""
    i, line, p = invoices.c, invoice_lines.c, billing_periods.c
    period = sa.func.coalesce(line.segment_id, line.invoice_id)
    owner = billing_periods.alias()
    billed = (
        sa.select(sa.func.coalesce(sa.func.sum(line.amount_minor), 0))
        .join(owner, sa.and_(owner.c.org_id == line.org_id, owner.c.period_id == period))
        .join(
            invoice_balances,
            sa.and_(invoice_balances.c.org_id == line.org_id, invoice_balances.c.invoice_id == line.invoice_id),
        )
        .where(
            line.org_id == i.org_id,
            owner.c.subscription_id == i.subscription_id,
            owner.c.period_index == i.period_index,
            line.kind.in_(("base", "proration", "usage", "adjustment")),
            invoice_balances.c.status != "void",
            sa.or_(line.kind.in_(("usage", "adjustment")), line.period_index == i.period_index),
        )
        .correlate(invoices)
        .scalar_subquery()
    )
    rows = await tx.execute(
        sa.select(
            i.customer_id,
            i.period_start_at,
            i.period_end_at,
            sa.cast(sa.func.extract("epoch", p.full_end_at - p.full_start_at), sa.BigInteger),
            billed,
        )
        .join(billing_periods, sa.and_(p.org_id == i.org_id, p.period_id == i.invoice_id))
        .where(*_in_range(org_id, wanted), i.customer_id.in_(customer_ids))
        .order_by(i.customer_id, i.period_start_at)
    )
    return [BilledPeriod(row[0], row[1], row[2], int(row[3]), int(row[4])) for row in rows]


def _in_range(org_id: UUID, wanted: BilledFilter) -> tuple[sa.ColumnElement[bool], ...]:
    i = invoices.c
    return (
        i.org_id == org_id,
        i.currency == wanted.currency,
        i.period_start_at >= wanted.from_at,
        i.period_end_at <= wanted.to_at,
        i.period_start_at < i.period_end_at,
    )
