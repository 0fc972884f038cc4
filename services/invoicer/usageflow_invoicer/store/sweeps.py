"""Late usage that no invoice will take up soon: found by how long it waits, and given a period of its own."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from usageflow_common.database import Transaction
from usageflow_invoicer.tables import billing_periods, subscriptions, usage_periods


async def waiting_subscriptions(tx: Transaction, changed_before: datetime, limit: int) -> list[tuple[UUID, UUID]]:
    """(organization, subscription) with an invoiced period whose usage changed by then, and no sweep under way."""
    u, p = usage_periods.c, billing_periods.c
    sweep = billing_periods.alias()
    under_way = sa.exists().where(
        sweep.c.org_id == u.org_id,
        sweep.c.subscription_id == u.subscription_id,
        sweep.c.kind == "sweep",
        sweep.c.status == "open",
    )
    rows = await tx.execute(
        sa.select(u.org_id, u.subscription_id)
        .distinct()
        .join(billing_periods, sa.and_(p.org_id == u.org_id, p.period_id == u.period_id))
        .where(u.changed, u.changed_at <= changed_before, p.status == "invoiced", ~under_way)
        .order_by(u.org_id, u.subscription_id)
        .limit(limit)
    )
    return [(row[0], row[1]) for row in rows]


async def insert_sweep(tx: Transaction, org_id: UUID, subscription_id: UUID, period_id: UUID, at: datetime) -> bool:
    """A period without length, due at once, numbered below all others. False when somebody else makes one."""
    s, p = subscriptions.c, billing_periods.c
    row = (
        await tx.execute(
            sa.select(s.plan_id, s.plan_version)
            .where(s.org_id == org_id, s.subscription_id == subscription_id)
            .with_for_update()
        )
    ).one()
    mine = sa.and_(p.org_id == org_id, p.subscription_id == subscription_id)
    under_way = sa.exists().where(mine, p.kind == "sweep", p.status == "open")
    if await tx.scalar(sa.select(under_way)):
        return False
    lowest = await tx.scalar(sa.select(sa.func.min(p.period_index)).where(mine))
    await tx.execute(
        sa.insert(billing_periods).values(
            org_id=org_id,
            period_id=period_id,
            subscription_id=subscription_id,
            period_index=min(lowest, -1) - 1,
            segment=0,
            step=0,
            kind="sweep",
            start_at=at,
            end_at=at,
            full_start_at=at,
            full_end_at=at,
            plan_id=row.plan_id,
            plan_version=row.plan_version,
            paused=False,
            last=True,
            without_grace=True,
            status="open",
        )
    )
    return True
