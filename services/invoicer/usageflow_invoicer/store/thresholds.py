"""Thresholds of running periods."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from usageflow_common.database import Transaction, any_of
from usageflow_invoicer.domain.periods import Period
from usageflow_invoicer.tables import subscriptions, thresholds


@dataclass(frozen=True, slots=True)
class Threshold:
    """Of a metric's quantity, or of what all usage of the running period costs, in minor units of the plan's currency."""

    org_id: UUID
    threshold_id: UUID
    subscription_id: UUID
    metric: str | None
    quantity: Decimal | None
    amount_minor: int | None
    fired_index: int | None
    fired_at: datetime | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Reached:
    """A threshold with what the running period has come to; `quantity` where it is of one."""

    threshold: Threshold
    customer_id: str
    period: Period
    currency: str
    quantity: Decimal | None
    amount_minor: int


async def insert_threshold(tx: Transaction, threshold: Threshold) -> None:
    """A new one."""
    await tx.execute(
        sa.insert(thresholds).values(
            org_id=threshold.org_id,
            threshold_id=threshold.threshold_id,
            subscription_id=threshold.subscription_id,
            metric=threshold.metric,
            quantity=threshold.quantity,
            amount_minor=threshold.amount_minor,
            created_at=threshold.created_at,
        )
    )


async def of_subscription(tx: Transaction, org_id: UUID, subscription_id: UUID) -> list[Threshold]:
    """All of a subscription's, in the order they were made."""
    t = thresholds.c
    rows = await tx.execute(
        sa.select(thresholds)
        .where(t.org_id == org_id, t.subscription_id == subscription_id)
        .order_by(t.created_at, t.threshold_id)
    )
    return [_threshold(row) for row in rows]


async def delete_threshold(tx: Transaction, org_id: UUID, subscription_id: UUID, threshold_id: UUID) -> bool:
    """False where there is none."""
    t = thresholds.c
    gone = await tx.execute(
        sa.delete(thresholds)
        .where(t.org_id == org_id, t.subscription_id == subscription_id, t.threshold_id == threshold_id)
        .returning(t.threshold_id)
    )
    return gone.first() is not None


async def watched(tx: Transaction, after: tuple[UUID, UUID] | None, limit: int) -> list[tuple[UUID, UUID]]:
    """(organization, subscription) of live subscriptions that have thresholds, in the order of their ids."""
    t, s = thresholds.c, subscriptions.c
    statement = (
        sa.select(t.org_id, t.subscription_id)
        .distinct()
        .join(subscriptions, sa.and_(s.org_id == t.org_id, s.subscription_id == t.subscription_id))
        .where(s.status != "canceled")
        .order_by(t.org_id, t.subscription_id)
        .limit(limit)
    )
    if after is not None:
        statement = statement.where(sa.tuple_(t.org_id, t.subscription_id) > sa.tuple_(*map(sa.literal, after)))
    return [(row[0], row[1]) for row in await tx.execute(statement)]


async def waiting(tx: Transaction, org_id: UUID, subscription_ids: Sequence[UUID]) -> list[Threshold]:
    """All of these subscriptions; whether one has fired in the running period is for the caller to see."""
    t = thresholds.c
    rows = await tx.execute(
        sa.select(thresholds)
        .where(t.org_id == org_id, any_of(t.subscription_id, subscription_ids))
        .order_by(t.threshold_id)
    )
    return [_threshold(row) for row in rows]


async def note_fired(tx: Transaction, threshold: Threshold, period_index: int, at: datetime) -> bool:
    """False when somebody else has noted it for this period."""
    t = thresholds.c
    noted = await tx.execute(
        sa.update(thresholds)
        .where(
            t.org_id == threshold.org_id,
            t.threshold_id == threshold.threshold_id,
            sa.or_(t.fired_index.is_(None), t.fired_index < period_index),
        )
        .values(fired_index=period_index, fired_at=at)
        .returning(t.threshold_id)
    )
    return noted.first() is not None


def _threshold(row: sa.Row[Any]) -> Threshold:
    return Threshold(
        row.org_id,
        row.threshold_id,
        row.subscription_id,
        row.metric,
        row.quantity,
        row.amount_minor,
        row.fired_index,
        row.fired_at,
        row.created_at,
    )
