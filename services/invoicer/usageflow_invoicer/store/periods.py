"""Billing periods: which there are, which are due, and what they hold."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import distinct_on

from usageflow_common.database import Transaction
from usageflow_invoicer.domain.periods import Period, Rhythm
from usageflow_invoicer.domain.plans import PlanVersion
from usageflow_invoicer.tables import billing_periods, period_charges, plan_versions, subscriptions


@dataclass(frozen=True, slots=True)
class NewPeriod:
    """A period to be made, with the subscription it belongs to."""

    period_id: UUID
    subscription_id: UUID
    customer_id: str
    period: Period


@dataclass(frozen=True, slots=True)
class Newest:
    """A live subscription's newest period and what the next one is computed from."""

    subscription_id: UUID
    customer_id: str
    plan_id: UUID
    plan_version: int
    rhythm: Rhythm
    index: int
    end_at: datetime


@dataclass(frozen=True, slots=True)
class OpenPeriod:
    """A period that is not invoiced yet."""

    period_id: UUID
    subscription_id: UUID
    period: Period


async def insert_periods(tx: Transaction, org_id: UUID, new: Sequence[tuple[NewPeriod, PlanVersion]]) -> None:
    """Make periods and say what their charges bill. Their usage is filled in by the caller."""
    await tx.execute(
        sa.insert(billing_periods),
        [
            {
                "org_id": org_id,
                "period_id": each.period_id,
                "subscription_id": each.subscription_id,
                "period_index": each.period.index,
                "start_at": each.period.start_at,
                "end_at": each.period.end_at,
                "status": "open",
            }
            for each, _ in new
        ],
    )
    charges = [
        {
            "org_id": org_id,
            "customer_id": each.customer_id,
            "metric_id": charge.metric_id,
            "start_at": each.period.start_at,
            "end_at": each.period.end_at,
            "period_id": each.period_id,
            "charge_id": charge.charge_id,
            "subscription_id": each.subscription_id,
        }
        for each, plan in new
        for charge in plan.charges
    ]
    if charges:
        await tx.execute(sa.insert(period_charges), charges)


async def lock_newest(
    tx: Transaction, org_id: UUID, ended_by: datetime, *, without: Iterable[UUID], limit: int
) -> list[Newest]:
    """Live subscriptions whose newest period has ended by then, locked so that one transaction makes the next one."""
    s, newest = subscriptions.c, _newest_ended(org_id, ended_by)
    lock = (
        sa.select(s.subscription_id)
        .join(newest, newest.c.subscription_id == s.subscription_id)
        .where(s.org_id == org_id, s.status != "canceled", s.subscription_id.not_in(list(without)))
        .order_by(s.subscription_id)
        .limit(limit)
        .with_for_update(of=subscriptions)
    )
    ids = (await tx.scalars(lock)).all()
    if not ids:
        return []
    # A second statement: it sees what the first one waited for.
    version = sa.and_(
        plan_versions.c.org_id == s.org_id,
        plan_versions.c.plan_id == s.plan_id,
        plan_versions.c.number == s.plan_version,
    )
    found = (
        sa.select(
            subscriptions,
            plan_versions.c.interval,
            plan_versions.c.interval_count,
            newest.c.period_index,
            newest.c.end_at,
        )
        .join(newest, newest.c.subscription_id == s.subscription_id)
        .join(plan_versions, version)
        .where(s.org_id == org_id, s.subscription_id.in_(ids))
        .order_by(s.subscription_id)
    )
    return [_newest(row) for row in await tx.execute(found)]


def _newest_ended(org_id: UUID, ended_by: datetime) -> sa.Subquery:
    p = billing_periods.c
    return (
        sa.select(
            p.subscription_id,
            sa.func.max(p.period_index).label("period_index"),
            sa.func.max(p.end_at).label("end_at"),
        )
        .where(p.org_id == org_id)
        .group_by(p.subscription_id)
        .having(sa.func.max(p.end_at) <= ended_by)
        .subquery()
    )


def _newest(row: sa.Row[Any]) -> Newest:
    rhythm = Rhythm(row.anchor_at, row.time_zone, row.interval, row.interval_count)
    return Newest(
        row.subscription_id, row.customer_id, row.plan_id, row.plan_version, rhythm, row.period_index, row.end_at
    )


async def due_subscriptions(
    tx: Transaction,
    org_id: UUID,
    due_before: datetime,
    *,
    only: Sequence[UUID] | None,
    without: Iterable[UUID],
    limit: int,
) -> list[UUID]:
    """Subscriptions with an open period that ended by `due_before`."""
    p = billing_periods.c
    statement = (
        sa.select(p.subscription_id)
        .distinct()
        .where(p.org_id == org_id, p.status == "open", p.end_at <= due_before, p.subscription_id.not_in(list(without)))
        .order_by(p.subscription_id)
        .limit(limit)
    )
    if only is not None:
        statement = statement.where(p.subscription_id.in_(only))
    return list((await tx.scalars(statement)).all())


async def earliest_open(
    tx: Transaction, org_id: UUID, subscription_ids: Sequence[UUID], due_before: datetime
) -> dict[UUID, OpenPeriod]:
    """Of each subscription the first period that is due."""
    p = billing_periods.c
    rows = await tx.execute(
        sa.select(p.subscription_id, p.period_id, p.period_index, p.start_at, p.end_at)
        .ext(distinct_on(p.subscription_id))
        .where(
            p.org_id == org_id,
            p.subscription_id.in_(subscription_ids),
            p.status == "open",
            p.end_at <= due_before,
        )
        .order_by(p.subscription_id, p.period_index)
    )
    return {
        row.subscription_id: OpenPeriod(
            row.period_id, row.subscription_id, Period(row.period_index, row.start_at, row.end_at)
        )
        for row in rows
    }


async def mark_invoiced(tx: Transaction, org_id: UUID, period_ids: Sequence[UUID]) -> None:
    """These periods have their invoice."""
    p = billing_periods.c
    await tx.execute(
        sa.update(billing_periods)
        .where(p.org_id == org_id, p.period_id.in_(period_ids))
        .values(status="invoiced", retry_at=None)
    )


async def postpone(tx: Transaction, org_id: UUID, subscription_ids: Sequence[UUID], retry_at: datetime) -> None:
    """The scheduler leaves open periods of these subscriptions alone until then."""
    p = billing_periods.c
    await tx.execute(
        sa.update(billing_periods)
        .where(p.org_id == org_id, p.subscription_id.in_(subscription_ids), p.status == "open")
        .values(retry_at=retry_at)
    )


async def earliest_ends(tx: Transaction, wall: datetime, ended_by: datetime) -> list[tuple[UUID, datetime]]:
    """Organizations with an open period that ended by then and is to be tried now, with the earliest such end."""
    p = billing_periods.c
    rows = await tx.execute(
        sa.select(p.org_id, sa.func.min(p.end_at).label("end_at"))
        .where(p.status == "open", p.end_at <= ended_by, sa.or_(p.retry_at.is_(None), p.retry_at <= wall))
        .group_by(p.org_id)
    )
    return [(row.org_id, row.end_at) for row in rows]


async def owners(tx: Transaction, org_id: UUID, period_ids: Sequence[UUID]) -> dict[UUID, UUID]:
    """Subscription by period."""
    p = billing_periods.c
    rows = await tx.execute(
        sa.select(p.period_id, p.subscription_id).where(p.org_id == org_id, p.period_id.in_(period_ids))
    )
    return {row.period_id: row.subscription_id for row in rows}
