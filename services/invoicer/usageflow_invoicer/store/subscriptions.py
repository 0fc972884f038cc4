"""Subscriptions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import sqlalchemy as sa

from usageflow_common.database import Transaction, any_of
from usageflow_common.wire import PageRequest
from usageflow_invoicer.domain.lifecycle import Terms
from usageflow_invoicer.domain.periods import Period
from usageflow_invoicer.store.changes import StoredChange, waiting_changes
from usageflow_invoicer.tables import (
    billing_periods,
    period_charges,
    plan_metrics,
    plans,
    subscription_changes,
    subscriptions,
)

SubscriptionStatus = Literal["trialing", "active", "past_due", "suspended", "canceled"]


@dataclass(frozen=True, slots=True)
class Suspension:
    """Why and since when a subscription is suspended."""

    reason: Literal["paused", "payment_failed"]
    since: datetime


@dataclass(frozen=True, slots=True)
class Subscription:
    """A customer on a version of a plan. `current_period` is the newest one, `changes` are those that wait."""

    org_id: UUID
    subscription_id: UUID
    customer_id: str
    plan_id: UUID
    plan_code: str
    plan_version: int
    status: SubscriptionStatus
    time_zone: str
    start_at: datetime
    anchor_at: datetime
    trial_end_at: datetime | None
    canceled_at: datetime | None
    suspension: Suspension | None
    metadata: Mapping[str, str]
    created_at: datetime
    version: int
    current_period: Period
    changes: tuple[StoredChange, ...] = ()


@dataclass(frozen=True, slots=True)
class Locked:
    """What a close needs to know of a subscription; it stays as it is until the transaction ends."""

    subscription_id: UUID
    customer_id: str


@dataclass(frozen=True, slots=True)
class SubscriptionFilter:
    """What a list is narrowed to; None is everything."""

    customer_ids: tuple[str, ...] | None = None
    plan_id: UUID | None = None
    status: SubscriptionStatus | None = None
    cancel_at_from: datetime | None = None
    cancel_at_to: datetime | None = None


async def insert_subscription(tx: Transaction, subscription: Subscription, next_at: datetime) -> None:
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
            trial_end_at=subscription.trial_end_at,
            paused=False,
            next_at=next_at,
            metadata=dict(subscription.metadata),
            created_at=subscription.created_at,
            version=subscription.version,
            closes=0,
        )
    )


async def update_life(
    tx: Transaction,
    before: Subscription,
    terms: Terms,
    status: SubscriptionStatus,
    suspension: Suspension | None,
    *,
    next_at: datetime,
) -> bool:
    """What has become of a locked subscription. True when that can be seen: then it has a new version."""
    s = subscriptions.c
    plan = terms.plan.plan
    seen = (plan.plan_id, plan.number, terms.anchor_at, status, suspension, terms.canceled_at)
    was = (
        before.plan_id,
        before.plan_version,
        before.anchor_at,
        before.status,
        before.suspension,
        before.canceled_at,
    )
    await tx.execute(
        sa.update(subscriptions)
        .where(s.org_id == before.org_id, s.subscription_id == before.subscription_id)
        .values(
            plan_id=plan.plan_id,
            plan_version=plan.number,
            anchor_at=terms.anchor_at,
            status=status,
            suspension_reason=suspension.reason if suspension else None,
            suspended_at=suspension.since if suspension else None,
            paused=terms.paused,
            canceled_at=terms.canceled_at,
            next_at=next_at,
            version=s.version + (1 if seen != was else 0),
        )
    )
    return seen != was


async def put_metadata(tx: Transaction, org_id: UUID, subscription_id: UUID, metadata: Mapping[str, str]) -> None:
    """Of a locked subscription."""
    s = subscriptions.c
    await tx.execute(
        sa.update(subscriptions)
        .where(s.org_id == org_id, s.subscription_id == subscription_id)
        .values(metadata=dict(metadata), version=s.version + 1)
    )


async def touch(tx: Transaction, org_id: UUID, subscription_id: UUID) -> None:
    """A new version: changes that wait are seen in it."""
    s = subscriptions.c
    await tx.execute(
        sa.update(subscriptions)
        .where(s.org_id == org_id, s.subscription_id == subscription_id)
        .values(version=s.version + 1)
    )


async def lock_subscription(tx: Transaction, org_id: UUID, subscription_id: UUID) -> bool:
    """Until the end of the transaction. False where there is none."""
    s = subscriptions.c
    lock = sa.select(s.version).where(s.org_id == org_id, s.subscription_id == subscription_id).with_for_update()
    return (await tx.execute(lock)).first() is not None


async def find_customer(tx: Transaction, org_id: UUID, subscription_id: UUID) -> str | None:
    """Whose subscription it is: that never changes, so it may be asked for before any lock."""
    s = subscriptions.c
    found: str | None = await tx.scalar(
        sa.select(s.customer_id).where(s.org_id == org_id, s.subscription_id == subscription_id)
    )
    return found


async def charged_metrics(
    tx: Transaction,
    org_id: UUID,
    customer_id: str,
    metric_ids: Sequence[UUID],
    *,
    since: datetime,
    besides: UUID | None = None,
) -> list[str]:
    """Codes of those metrics that another subscription of the customer charges at or after `since`, or will by a change that waits.

    A canceled one counts up to its end, and a plan that was left up to the change. The caller holds the customer's lock.
    """
    s, m, c, p = subscriptions.c, plan_metrics.c, subscription_changes.c, period_charges.c
    waits = sa.exists().where(
        c.org_id == s.org_id,
        c.subscription_id == s.subscription_id,
        c.status == "scheduled",
        c.plan_id == m.plan_id,
        c.plan_version == m.number,
    )
    live = sa.and_(s.status != "canceled", sa.or_(sa.and_(s.plan_id == m.plan_id, s.plan_version == m.number), waits))
    charged = sa.exists().where(
        p.org_id == s.org_id,
        p.customer_id == s.customer_id,
        p.metric_id == m.metric_id,
        p.subscription_id == s.subscription_id,
        p.end_at > since,
    )
    statement = (
        sa.select(m.metric)
        .distinct()
        .join(subscriptions, s.org_id == m.org_id)
        .where(
            s.org_id == org_id,
            s.customer_id == customer_id,
            any_of(m.metric_id, metric_ids),
            sa.or_(live, charged),
        )
        .order_by(m.metric)
    )
    if besides is not None:
        statement = statement.where(s.subscription_id != besides)
    return list((await tx.scalars(statement)).all())


async def touch_for_close(tx: Transaction, org_id: UUID, subscription_ids: Sequence[UUID]) -> list[Locked]:
    """Lock and update, in one order. The update is what makes a second closer fail: a lock alone would let it go on."""
    s = subscriptions.c
    locked = (
        sa.select(s.subscription_id)
        .where(s.org_id == org_id, any_of(s.subscription_id, subscription_ids))
        .order_by(s.subscription_id)
        .with_for_update()
    )
    ids = (await tx.scalars(locked)).all()
    rows = await tx.execute(
        sa.update(subscriptions)
        .where(s.org_id == org_id, any_of(s.subscription_id, ids))
        .values(closes=s.closes + 1)
        .returning(s.subscription_id, s.customer_id)
    )
    return sorted((Locked(*row) for row in rows), key=lambda each: each.subscription_id)


async def read_subscription(tx: Transaction, org_id: UUID, subscription_id: UUID) -> Subscription | None:
    """One subscription with its newest period and the changes that wait."""
    [*found] = await read_subscriptions(tx, org_id, [subscription_id])
    return found[0] if found else None


async def read_subscriptions(tx: Transaction, org_id: UUID, subscription_ids: Sequence[UUID]) -> list[Subscription]:
    """These, in the order of their ids."""
    s = subscriptions.c
    rows = await tx.execute(
        _select(org_id).where(any_of(s.subscription_id, subscription_ids)).order_by(s.subscription_id)
    )
    return await _with_changes(tx, org_id, [_subscription(row) for row in rows])


async def existing(tx: Transaction, org_id: UUID, subscription_ids: Sequence[UUID]) -> set[UUID]:
    """Those that exist in this organization."""
    s = subscriptions.c
    rows = await tx.scalars(
        sa.select(s.subscription_id).where(s.org_id == org_id, any_of(s.subscription_id, subscription_ids))
    )
    return set(rows.all())


async def lives(tx: Transaction, org_id: UUID) -> bool:
    """Whether any goes on."""
    s = subscriptions.c
    return bool(await tx.scalar(sa.select(sa.exists().where(s.org_id == org_id, s.status != "canceled"))))


async def list_subscriptions(
    tx: Transaction, org_id: UUID, page: PageRequest, wanted: SubscriptionFilter
) -> list[Subscription]:
    """Newest first."""
    s, c = subscriptions.c, subscription_changes.c
    statement = _select(org_id).order_by(s.created_at.desc(), s.subscription_id.desc())
    if wanted.customer_ids is not None:
        statement = statement.where(s.customer_id.in_(wanted.customer_ids))
    if wanted.plan_id is not None:
        statement = statement.where(s.plan_id == wanted.plan_id)
    if wanted.status is not None:
        statement = statement.where(s.status == wanted.status)
    if wanted.cancel_at_from is not None or wanted.cancel_at_to is not None:
        cancels = sa.and_(
            c.org_id == s.org_id, c.subscription_id == s.subscription_id, c.kind == "cancel", c.status == "scheduled"
        )
        if wanted.cancel_at_from is not None:
            cancels = sa.and_(cancels, c.at >= wanted.cancel_at_from)
        if wanted.cancel_at_to is not None:
            cancels = sa.and_(cancels, c.at < wanted.cancel_at_to)
        statement = statement.where(sa.exists().where(cancels))
    if page.after is not None:
        last = (datetime.fromisoformat(page.after[0]), UUID(page.after[1]))
        statement = statement.where(sa.tuple_(s.created_at, s.subscription_id) < sa.tuple_(*map(sa.literal, last)))
    rows = await tx.execute(statement.limit(page.limit))
    return await _with_changes(tx, org_id, [_subscription(row) for row in rows])


async def _with_changes(tx: Transaction, org_id: UUID, found: list[Subscription]) -> list[Subscription]:
    waiting = await waiting_changes(tx, org_id, [each.subscription_id for each in found])
    return [replace(each, changes=waiting.get(each.subscription_id, ())) for each in found]


def _select(org_id: UUID) -> sa.Select[Any]:
    s, p = subscriptions.c, billing_periods.c
    newest = (
        sa.select(
            p.period_index,
            sa.func.min(p.start_at).label("period_start_at"),
            sa.func.max(p.end_at).label("period_end_at"),
        )
        .where(p.org_id == s.org_id, p.subscription_id == s.subscription_id)
        .group_by(p.period_index)
        .order_by(p.period_index.desc())
        .limit(1)
        .correlate(subscriptions)
        .lateral()
    )
    return (
        sa.select(subscriptions, plans.c.code.label("plan_code"), newest)
        .join(plans, sa.and_(plans.c.org_id == s.org_id, plans.c.plan_id == s.plan_id))
        .join(newest, sa.true())
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
        row.trial_end_at,
        row.canceled_at,
        Suspension(row.suspension_reason, row.suspended_at) if row.suspension_reason else None,
        row.metadata,
        row.created_at,
        row.version,
        Period(row.period_index, row.period_start_at, row.period_end_at),
    )
