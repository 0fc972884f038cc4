"""What a restored database is given back: periods of invoices that it had lost, and the state that these had reached."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from usageflow_common.database import Transaction, any_of
from usageflow_invoicer.domain.segments import PlanRef
from usageflow_invoicer.store.invoices.reading import Balance
from usageflow_invoicer.tables import (
    billing_periods,
    billing_runs,
    credit_notes,
    invoice_balances,
    invoices,
    payments,
    period_charges,
    plan_metrics,
    usage_periods,
)


async def hash_of(tx: Transaction, org_id: UUID, sequence: int) -> str | None:
    """Of the invoice with this number; None where there is none."""
    i = invoices.c
    found: str | None = await tx.scalar(sa.select(i.hash).where(i.org_id == org_id, i.sequence == sequence))
    return found


async def plans_of_charges(tx: Transaction, org_id: UUID, charge_ids: Sequence[UUID]) -> dict[UUID, PlanRef]:
    """The version that each charge belongs to."""
    m = plan_metrics.c
    rows = await tx.execute(
        sa.select(m.charge_id, m.plan_id, m.number).where(m.org_id == org_id, any_of(m.charge_id, charge_ids))
    )
    return {row.charge_id: PlanRef(row.plan_id, row.number) for row in rows}


async def take_away_period(tx: Transaction, org_id: UUID, subscription_id: UUID, period_index: int) -> None:
    """Its parts, none of them invoiced, with their usage: the ones of the invoice take their place."""
    p = billing_periods.c
    ids = (
        await tx.scalars(
            sa.select(p.period_id).where(
                p.org_id == org_id, p.subscription_id == subscription_id, p.period_index == period_index
            )
        )
    ).all()
    for table in (usage_periods, period_charges, billing_periods):
        await tx.execute(sa.delete(table).where(table.c.org_id == org_id, any_of(table.c.period_id, ids)))


async def cancel_runs(tx: Transaction) -> int:
    """Runs of before the restore: their markers lie before cuts that are billed already."""
    r = billing_runs.c
    live = r.status.in_(("waiting", "closing"))
    rows = await tx.execute(
        sa.update(billing_runs).where(live).values(status="failed", leased_until=None).returning(r.run_id)
    )
    return len(rows.all())


async def read_balance(tx: Transaction, org_id: UUID, invoice_id: UUID) -> Balance | None:
    """Locked; None for an invoice that is not there."""
    b = invoice_balances.c
    row = (
        await tx.execute(
            sa.select(invoice_balances).where(b.org_id == org_id, b.invoice_id == invoice_id).with_for_update()
        )
    ).first()
    if row is None:
        return None
    return Balance(
        row.status, row.paid_minor, row.credited_minor, row.paid_at, row.voided_at, row.voided_after, row.version
    )


async def sums_of(tx: Transaction, org_id: UUID, invoice_id: UUID) -> tuple[int, int]:
    """What was paid on the invoice, and what was credited of what is due, in minor units."""
    p, n = payments.c, credit_notes.c
    paid = await tx.scalar(
        sa.select(sa.func.sum(p.amount_minor)).where(
            p.org_id == org_id, p.invoice_id == invoice_id, p.status == "succeeded"
        )
    )
    credited = await tx.scalar(
        sa.select(sa.func.sum(n.total_minor)).where(
            n.org_id == org_id, n.invoice_id == invoice_id, n.disposition == "reduce_due"
        )
    )
    return int(paid or 0), int(credited or 0)


async def last_issued_by(tx: Transaction, org_id: UUID, at: datetime) -> int:
    """How far the chain was then."""
    i = invoices.c
    found = await tx.scalar(sa.select(sa.func.max(i.sequence)).where(i.org_id == org_id, i.issued_at <= at))
    return int(found or 0)
