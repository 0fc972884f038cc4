"""What customers were billed, period by period: what a backtest is compared with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

import sqlalchemy as sa

from usageflow_common.database import Transaction, any_of, raw
from usageflow_invoicer.tables import invoices


@dataclass(frozen=True, slots=True)
class BilledPeriod:
    """An invoiced period. `billed_minor` is what is billed for it by now: base price, in advance or not, usage and its adjustments."""

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
        statement = statement.where(any_of(i.customer_id, wanted.customer_ids))
    return list((await tx.scalars(statement.limit(limit))).all())


# What an invoice says of its own period, what the one before it billed of that in advance, and what later ones corrected of it.
_BILLED: Final = """
SELECT i.customer_id, i.period_start_at, i.period_end_at,
       extract(epoch FROM p.full_end_at - p.full_start_at)::bigint AS full_seconds,
       (SELECT coalesce(sum(l.amount_minor), 0) FROM invoice_lines l
         WHERE l.org_id = i.org_id AND l.invoice_id = i.invoice_id AND l.period_index = i.period_index
           AND l.kind IN ('base', 'proration', 'usage', 'credit'))
       + (SELECT coalesce(sum(l.amount_minor), 0)
            FROM invoices before
            JOIN invoice_lines l ON l.org_id = before.org_id AND l.invoice_id = before.invoice_id
           WHERE before.org_id = i.org_id AND before.subscription_id = i.subscription_id
             AND before.period_index = i.period_index - 1 AND l.period_index = i.period_index
             AND l.kind IN ('base', 'proration'))
       + (SELECT coalesce(sum(a.amount_minor), 0)
            FROM invoice_lines l
            JOIN invoice_lines a ON a.org_id = l.org_id AND a.adjusts_line_id = l.line_id AND a.kind = 'adjustment'
           WHERE l.org_id = i.org_id AND l.invoice_id = i.invoice_id AND l.kind = 'usage') AS billed_minor
  FROM invoices i
  JOIN billing_periods p ON p.org_id = i.org_id AND p.period_id = i.invoice_id
 WHERE i.org_id = $1 AND i.currency = $2 AND i.period_start_at >= $3 AND i.period_end_at <= $4
   AND i.period_start_at < i.period_end_at AND p.kind = 'regular' AND i.customer_id = ANY($5::text[])
 ORDER BY i.customer_id, i.period_start_at"""


async def billed_periods(
    tx: Transaction, org_id: UUID, wanted: BilledFilter, customer_ids: Sequence[str]
) -> list[BilledPeriod]:
    """Of these customers, in their order. What a void invoice billed counts as billed."""
    rows = await (await raw(tx)).fetch(
        _BILLED, org_id, wanted.currency, wanted.from_at, wanted.to_at, list(customer_ids)
    )
    return [BilledPeriod(*row) for row in rows]


def _in_range(org_id: UUID, wanted: BilledFilter) -> tuple[sa.ColumnElement[bool], ...]:
    i = invoices.c
    return (
        i.org_id == org_id,
        i.currency == wanted.currency,
        i.period_start_at >= wanted.from_at,
        i.period_end_at <= wanted.to_at,
        i.period_start_at < i.period_end_at,
    )
