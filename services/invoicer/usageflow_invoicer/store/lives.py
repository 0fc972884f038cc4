"""The life of subscriptions in rows: terms, the parts of the newest period, changes that wait; and what has become of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from usageflow_common.database import Transaction, any_of
from usageflow_invoicer.domain.lifecycle import Change, Life, PlanTerms, Terms
from usageflow_invoicer.domain.plans import PlanVersion
from usageflow_invoicer.domain.segments import PlanRef, Segment
from usageflow_invoicer.store.periods import segment_of
from usageflow_invoicer.tables import (
    billing_periods,
    period_charges,
    plan_versions,
    subscription_changes,
    subscriptions,
    usage_periods,
)


@dataclass(frozen=True, slots=True)
class Living:
    """A locked subscription with its life and the changes that wait, all of them."""

    subscription_id: UUID
    customer_id: str
    life: Life
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class Lived:
    """What has become of the parts of one subscription."""

    subscription_id: UUID
    customer_id: str
    removed: tuple[UUID, ...]
    altered: tuple[Segment, ...]
    added: tuple[Segment, ...]


async def lock_living(tx: Transaction, org_id: UUID, subscription_ids: Sequence[UUID]) -> list[Living]:
    """These subscriptions, locked in one order. Canceled ones have no life and are left out."""
    s = subscriptions.c
    lock = (
        sa.select(s.subscription_id)
        .where(s.org_id == org_id, any_of(s.subscription_id, subscription_ids), s.status != "canceled")
        .order_by(s.subscription_id)
        .with_for_update()
    )
    ids = (await tx.scalars(lock)).all()
    # Further statements: they see what the first one waited for.
    return await read_living(tx, org_id, ids)


async def read_living(tx: Transaction, org_id: UUID, subscription_ids: Sequence[UUID]) -> list[Living]:
    """The same without a lock, for a look from a snapshot; none of them is canceled."""
    s, v, ids = subscriptions.c, plan_versions.c, list(subscription_ids)
    if not ids:
        return []
    segments = await _newest_segments(tx, org_id, ids)
    changes = await _waiting_changes(tx, org_id, ids)
    version = sa.and_(v.org_id == s.org_id, v.plan_id == s.plan_id, v.number == s.plan_version)
    rows = await tx.execute(
        sa.select(subscriptions, v.interval, v.interval_count)
        .join(plan_versions, version)
        .where(s.org_id == org_id, any_of(s.subscription_id, ids))
        .order_by(s.subscription_id)
    )
    return [
        Living(
            row.subscription_id,
            row.customer_id,
            Life(_terms(row), segments[row.subscription_id]),
            changes.get(row.subscription_id, ()),
        )
        for row in rows
    ]


async def read_segments(tx: Transaction, org_id: UUID, subscription_id: UUID, period_index: int) -> tuple[Segment, ...]:
    """The parts of one period."""
    p = billing_periods.c
    rows = await tx.execute(
        sa.select(billing_periods)
        .where(p.org_id == org_id, p.subscription_id == subscription_id, p.period_index == period_index)
        .order_by(p.segment)
    )
    return tuple(segment_of(row) for row in rows)


async def live_of_customer(tx: Transaction, org_id: UUID, customer_id: str) -> list[UUID]:
    """The customer's subscriptions that are not canceled, oldest first."""
    s = subscriptions.c
    rows = await tx.scalars(
        sa.select(s.subscription_id)
        .where(s.org_id == org_id, s.customer_id == customer_id, s.status != "canceled")
        .order_by(s.created_at, s.subscription_id)
    )
    return list(rows.all())


async def due_lives(tx: Transaction, org_id: UUID, now: datetime, *, without: Iterable[UUID], limit: int) -> list[UUID]:
    """Subscriptions to which something has happened by `now`."""
    s = subscriptions.c
    rows = await tx.scalars(
        sa.select(s.subscription_id)
        .where(s.org_id == org_id, s.status != "canceled", s.next_at <= now, s.subscription_id.not_in(list(without)))
        .order_by(s.next_at, s.subscription_id)
        .limit(limit)
    )
    return list(rows.all())


async def due_organizations(tx: Transaction, ended_by: datetime) -> list[tuple[UUID, datetime]]:
    """Organizations in which something has happened by then, with the earliest such instant."""
    s = subscriptions.c
    rows = await tx.execute(
        sa.select(s.org_id, sa.func.min(s.next_at))
        .where(s.status != "canceled", s.next_at <= ended_by)
        .group_by(s.org_id)
    )
    return [(row[0], row[1]) for row in rows]


async def store_lived(
    tx: Transaction, org_id: UUID, lived: Sequence[Lived], plans: Mapping[PlanRef, PlanVersion]
) -> None:
    """Take away, alter and add parts, and say what their charges bill. Their usage is filled in anew by the caller."""
    p, c, u = billing_periods.c, period_charges.c, usage_periods.c
    removed = [each for one in lived for each in one.removed]
    altered = [segment for one in lived for segment in one.altered]
    emptied = [*removed, *(segment.period_id for segment in altered)]
    if emptied:
        await tx.execute(sa.delete(usage_periods).where(u.org_id == org_id, u.period_id.in_(emptied)))
        await tx.execute(sa.delete(period_charges).where(c.org_id == org_id, c.period_id.in_(emptied)))
    if removed:
        await tx.execute(sa.delete(billing_periods).where(p.org_id == org_id, p.period_id.in_(removed)))
    for segment in altered:
        await tx.execute(
            sa.update(billing_periods)
            .where(p.org_id == org_id, p.period_id == segment.period_id)
            .values(end_at=segment.period.end_at, last=segment.last, without_grace=segment.without_grace)
        )
    added = [_segment_values(org_id, one.subscription_id, segment) for one in lived for segment in one.added]
    if added:
        await tx.execute(sa.insert(billing_periods), added)
    charges = [
        {
            "org_id": org_id,
            "customer_id": one.customer_id,
            "metric_id": charge.metric_id,
            "start_at": segment.period.start_at,
            "end_at": segment.period.end_at,
            "period_id": segment.period_id,
            "charge_id": charge.charge_id,
            "subscription_id": one.subscription_id,
            "matrix_property": charge.matrix.property if charge.matrix else None,
        }
        for one in lived
        for segment in (*one.altered, *one.added)
        if segment.kind != "opening"
        for charge in plans[segment.plan].charges
    ]
    if charges:
        await tx.execute(sa.insert(period_charges), charges)


async def are_open(tx: Transaction, org_id: UUID, period_ids: Sequence[UUID]) -> bool:
    """Whether none of these parts has its invoice."""
    p = billing_periods.c
    closed = sa.exists().where(p.org_id == org_id, any_of(p.period_id, period_ids), p.status != "open")
    return not await tx.scalar(sa.select(closed))


async def _newest_segments(
    tx: Transaction, org_id: UUID, subscription_ids: Sequence[UUID]
) -> dict[UUID, tuple[Segment, ...]]:
    p = billing_periods.c
    newest = (
        sa.select(p.subscription_id, sa.func.max(p.period_index).label("period_index"))
        .where(p.org_id == org_id, any_of(p.subscription_id, subscription_ids))
        .group_by(p.subscription_id)
        .subquery()
    )
    rows = await tx.execute(
        sa.select(billing_periods)
        .join(
            newest,
            sa.and_(newest.c.subscription_id == p.subscription_id, newest.c.period_index == p.period_index),
        )
        .where(p.org_id == org_id)
        .order_by(p.segment)
    )
    found: dict[UUID, tuple[Segment, ...]] = {}
    for row in rows:
        found[row.subscription_id] = (*found.get(row.subscription_id, ()), segment_of(row))
    return found


async def _waiting_changes(
    tx: Transaction, org_id: UUID, subscription_ids: Sequence[UUID]
) -> dict[UUID, tuple[Change, ...]]:
    c, v = subscription_changes.c, plan_versions.c
    rows = await tx.execute(
        sa.select(subscription_changes, v.interval, v.interval_count)
        .outerjoin(plan_versions, sa.and_(v.org_id == c.org_id, v.plan_id == c.plan_id, v.number == c.plan_version))
        .where(c.org_id == org_id, any_of(c.subscription_id, subscription_ids), c.status == "scheduled")
        .order_by(c.at, c.change_id)
    )
    found: dict[UUID, tuple[Change, ...]] = {}
    for row in rows:
        found[row.subscription_id] = (*found.get(row.subscription_id, ()), change_of(row))
    return found


def change_of(row: sa.Row[Any]) -> Change:
    """A row as the change that it is, with the interval of its plan."""
    plan = None
    if row.plan_id is not None:
        plan = PlanTerms(PlanRef(row.plan_id, row.plan_version), row.interval, row.interval_count)
    return Change(row.change_id, row.kind, row.at, plan, row.reason)


def _terms(row: sa.Row[Any]) -> Terms:
    plan = PlanTerms(PlanRef(row.plan_id, row.plan_version), row.interval, row.interval_count)
    return Terms(plan, row.anchor_at, row.time_zone, row.paused, row.canceled_at)


def _segment_values(org_id: UUID, subscription_id: UUID, segment: Segment) -> dict[str, Any]:
    return {
        "org_id": org_id,
        "period_id": segment.period_id,
        "subscription_id": subscription_id,
        "period_index": segment.period.index,
        "segment": segment.segment,
        "step": segment.step,
        "kind": segment.kind,
        "start_at": segment.period.start_at,
        "end_at": segment.period.end_at,
        "full_start_at": segment.full_start_at,
        "full_end_at": segment.full_end_at,
        "plan_id": segment.plan.plan_id,
        "plan_version": segment.plan.number,
        "paused": segment.paused,
        "last": segment.last,
        "without_grace": segment.without_grace,
        "status": "open",
    }
