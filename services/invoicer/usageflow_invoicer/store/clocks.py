"""Test clocks, and what falls due by them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from usageflow_common.database import Transaction
from usageflow_invoicer.tables import (
    billing_periods,
    billing_runs,
    dunnings,
    invoice_balances,
    invoices,
    subscriptions,
    test_clocks,
)


@dataclass(frozen=True, slots=True)
class OrgClock:
    """How far an organization's time is from wall time, and where it is to be."""

    org_id: UUID
    offset: timedelta
    target_at: datetime | None
    asked_at: datetime
    version: int


async def read_clock(tx: Transaction, org_id: UUID) -> OrgClock | None:
    """None when it was never moved."""
    return await _one(tx, sa.select(test_clocks).where(test_clocks.c.org_id == org_id))


async def lock_clock(tx: Transaction, org_id: UUID) -> OrgClock | None:
    """Until the end of the transaction."""
    return await _one(tx, sa.select(test_clocks).where(test_clocks.c.org_id == org_id).with_for_update())


async def store_clock(tx: Transaction, clock: OrgClock) -> None:
    """As it now is."""
    values = {
        "org_id": clock.org_id,
        "offset_microseconds": clock.offset // timedelta(microseconds=1),
        "target_at": clock.target_at,
        "asked_at": clock.asked_at,
        "version": clock.version,
    }
    await tx.execute(insert(test_clocks).values(values).on_conflict_do_update(index_elements=["org_id"], set_=values))


async def moving_clocks(tx: Transaction) -> list[UUID]:
    """Organizations whose clock is not yet where it is to be."""
    rows = await tx.scalars(sa.select(test_clocks.c.org_id).where(test_clocks.c.target_at.is_not(None)))
    return list(rows.all())


async def has_subscriptions(tx: Transaction, org_id: UUID) -> bool:
    """Whether anything has begun by this clock."""
    s = subscriptions.c
    return bool(await tx.scalar(sa.select(sa.exists().where(s.org_id == org_id))))


async def runs_since(tx: Transaction, org_id: UUID, wall: datetime, limit: int) -> list[UUID]:
    """The organization's runs that were made since then, oldest first."""
    r = billing_runs.c
    rows = await tx.scalars(
        sa.select(r.run_id)
        .where(r.org_id == org_id, r.created_at >= wall)
        .order_by(r.created_at, r.run_id)
        .limit(limit)
    )
    return list(rows.all())


async def is_busy(tx: Transaction, org_id: UUID) -> bool:
    """Whether a run is under way."""
    r = billing_runs.c
    return bool(await tx.scalar(sa.select(sa.exists().where(r.org_id == org_id, r.status.in_(("waiting", "closing"))))))


async def earliest_due(
    tx: Transaction, org_id: UUID, grace: timedelta | None, *, without: Collection[UUID] = ()
) -> datetime | None:
    """When the next thing falls due: a period or a change, a close (None as grace: nobody closes), an overdue invoice, dunning.

    A period that could not be closed and waits to be tried again holds no clock up, nor does a subscription that cannot live on.
    """
    s, p, d, i, b = subscriptions.c, billing_periods.c, dunnings.c, invoices.c, invoice_balances.c
    dunned = sa.exists().where(d.org_id == i.org_id, d.invoice_id == i.invoice_id)
    statements = [
        sa.select(sa.func.min(s.next_at)).where(
            s.org_id == org_id, s.status != "canceled", s.subscription_id.not_in(list(without))
        ),
        sa.select(sa.func.min(d.next_attempt_at)).where(d.org_id == org_id, d.ended_at.is_(None)),
        sa.select(sa.func.min(d.suspends_at)).where(d.org_id == org_id, d.ended_at.is_(None), d.suspended_at.is_(None)),
        sa.select(sa.func.min(i.due_at))
        .join(invoice_balances, sa.and_(b.org_id == i.org_id, b.invoice_id == i.invoice_id))
        .where(i.org_id == org_id, b.status == "open", ~dunned),
    ]
    if grace is not None:
        end_at = sa.case((p.without_grace, p.end_at), else_=p.end_at + grace)
        statements.append(
            sa.select(sa.func.min(end_at)).where(p.org_id == org_id, p.status == "open", p.last, p.retry_at.is_(None))
        )
    found = [await tx.scalar(statement) for statement in statements]
    return min((instant for instant in found if instant is not None), default=None)


async def _one(tx: Transaction, statement: sa.Select[tuple[object, ...]]) -> OrgClock | None:
    row = (await tx.execute(statement)).first()
    if row is None:
        return None
    offset = timedelta(microseconds=row.offset_microseconds)
    return OrgClock(row.org_id, offset, row.target_at, row.asked_at, row.version)
