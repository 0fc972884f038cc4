"""Subscriptions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from usageflow_common.database import Transaction
from usageflow_common.wire import PageRequest
from usageflow_invoicer.domain.periods import Period
from usageflow_invoicer.tables import billing_periods, plan_metrics, plans, subscriptions


@dataclass(frozen=True, slots=True)
class Subscription:
    """A customer on a version of a plan."""

    org_id: UUID
    subscription_id: UUID
    customer_id: str
    plan_id: UUID
    plan_code: str
    plan_version: int
    status: str
    time_zone: str
    start_at: datetime
    anchor_at: datetime
    metadata: Mapping[str, str]
    created_at: datetime
    version: int
    current_period: Period


@dataclass(frozen=True, slots=True)
class Locked:
    """What a close needs to know of a subscription; it stays as it is until the transaction ends."""

    subscription_id: UUID
    customer_id: str
    plan_id: UUID
    plan_version: int


async def insert_subscription(tx: Transaction, subscription: Subscription) -> None:
    """A new subscription; its periods are made beside it."""
    await tx.execute(
        sa.insert(subscriptions).values(
            org_id=subscription.org_id,
            subscription_id=subscription.subscription_id,
            customer_id=subscription.customer_id,
            plan_id=subscription.plan_id,
            plan_version=subscription.plan_version,
            status=subscription.status,
            time_zone=subscription.time_zone,
            start_at=subscription.start_at,
            anchor_at=subscription.anchor_at,
            metadata=dict(subscription.metadata),
            created_at=subscription.created_at,
            version=subscription.version,
            closes=0,
        )
    )


async def charged_metrics(tx: Transaction, org_id: UUID, customer_id: str, metric_ids: Sequence[UUID]) -> list[str]:
    """Codes of those metrics that a live subscription of the customer charges. The caller holds the customer's lock."""
    s, m = subscriptions.c, plan_metrics.c
    rows = await tx.scalars(
        sa.select(m.metric)
        .join(
            subscriptions,
            sa.and_(s.org_id == m.org_id, s.plan_id == m.plan_id, s.plan_version == m.number),
        )
        .where(s.org_id == org_id, s.customer_id == customer_id, s.status != "canceled", m.metric_id.in_(metric_ids))
        .order_by(m.metric)
    )
    return list(rows.all())


async def touch_for_close(tx: Transaction, org_id: UUID, subscription_ids: Sequence[UUID]) -> list[Locked]:
    """Lock and update, in one order. The update is what makes a second closer fail: a lock alone would let it go on."""
    s = subscriptions.c
    locked = (
        sa.select(s.subscription_id)
        .where(s.org_id == org_id, s.subscription_id.in_(subscription_ids))
        .order_by(s.subscription_id)
        .with_for_update()
    )
    ids = (await tx.scalars(locked)).all()
    rows = await tx.execute(
        sa.update(subscriptions)
        .where(s.org_id == org_id, s.subscription_id.in_(ids))
        .values(closes=s.closes + 1)
        .returning(s.subscription_id, s.customer_id, s.plan_id, s.plan_version)
    )
    return sorted((Locked(*row) for row in rows), key=lambda each: each.subscription_id)


async def read_subscription(tx: Transaction, org_id: UUID, subscription_id: UUID) -> Subscription | None:
    """One subscription with its newest period."""
    statement = _select(org_id).where(subscriptions.c.subscription_id == subscription_id)
    row = (await tx.execute(statement)).first()
    return _subscription(row) if row else None


async def existing(tx: Transaction, org_id: UUID, subscription_ids: Sequence[UUID]) -> set[UUID]:
    """Those that exist in this organization."""
    s = subscriptions.c
    rows = await tx.scalars(
        sa.select(s.subscription_id).where(s.org_id == org_id, s.subscription_id.in_(subscription_ids))
    )
    return set(rows.all())


async def list_subscriptions(
    tx: Transaction, org_id: UUID, page: PageRequest, *, customer_id: str | None, plan_id: UUID | None
) -> list[Subscription]:
    """Newest first."""
    s = subscriptions.c
    statement = _select(org_id).order_by(s.created_at.desc(), s.subscription_id.desc())
    if customer_id is not None:
        statement = statement.where(s.customer_id == customer_id)
    if plan_id is not None:
        statement = statement.where(s.plan_id == plan_id)
    if page.after is not None:
        last = (datetime.fromisoformat(page.after[0]), UUID(page.after[1]))
        statement = statement.where(sa.tuple_(s.created_at, s.subscription_id) < sa.tuple_(*map(sa.literal, last)))
    return [_subscription(row) for row in await tx.execute(statement.limit(page.limit))]


def _select(org_id: UUID) -> sa.Select[Any]:
    s, p = subscriptions.c, billing_periods.c
    newest = (
        sa.select(sa.func.max(p.period_index))
        .where(p.org_id == s.org_id, p.subscription_id == s.subscription_id)
        .correlate(subscriptions)
        .scalar_subquery()
    )
    return (
        sa.select(
            subscriptions,
            plans.c.code.label("plan_code"),
            p.period_index,
            p.start_at.label("period_start_at"),
            p.end_at,
        )
        .join(plans, sa.and_(plans.c.org_id == s.org_id, plans.c.plan_id == s.plan_id))
        .join(
            billing_periods,
            sa.and_(p.org_id == s.org_id, p.subscription_id == s.subscription_id, p.period_index == newest),
        )
        .where(s.org_id == org_id)
    )


def _subscription(row: sa.Row[Any]) -> Subscription:
    return Subscription(
        row.org_id,
        row.subscription_id,
        row.customer_id,
        row.plan_id,
        row.plan_code,
        row.plan_version,
        row.status,
        row.time_zone,
        row.start_at,
        row.anchor_at,
        row.metadata,
        row.created_at,
        row.version,
        Period(row.period_index, row.period_start_at, row.end_at),
    )
