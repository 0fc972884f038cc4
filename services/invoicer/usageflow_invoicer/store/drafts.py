"""Periods that have ended and have no invoice yet."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from usageflow_common.database import Transaction
from usageflow_common.wire import PageRequest
from usageflow_invoicer.store.invoices.listing import MetricAt
from usageflow_invoicer.tables import billing_periods, plan_metrics, plans, subscriptions


@dataclass(frozen=True, slots=True)
class DraftFilter:
    """Which have ended by `now`; None is everything."""

    now: datetime
    customer_ids: tuple[str, ...] | None = None
    subscription_id: UUID | None = None
    currency: str | None = None
    bills: MetricAt | None = None


@dataclass(frozen=True, slots=True)
class EndedPeriod:
    """A period by its last part, whose id its invoice will have."""

    period_id: UUID
    subscription_id: UUID
    period_index: int
    end_at: datetime


async def list_ended(tx: Transaction, org_id: UUID, page: PageRequest, wanted: DraftFilter) -> list[EndedPeriod]:
    """The ones that ended last first."""
    p = billing_periods.c
    statement = _ended(org_id, wanted).order_by(p.end_at.desc(), p.period_id.desc()).limit(page.limit)
    if page.after is not None:
        last = (datetime.fromisoformat(page.after[0]), UUID(page.after[1]))
        statement = statement.where(sa.tuple_(p.end_at, p.period_id) < sa.tuple_(*map(sa.literal, last)))
    return [EndedPeriod(*row) for row in await tx.execute(statement)]


async def read_ended(tx: Transaction, org_id: UUID, period_id: UUID, wanted: DraftFilter) -> EndedPeriod | None:
    """One of them."""
    row = (await tx.execute(_ended(org_id, wanted).where(billing_periods.c.period_id == period_id))).first()
    return EndedPeriod(*row) if row else None


def _ended(org_id: UUID, wanted: DraftFilter) -> sa.Select[Any]:
    p, s = billing_periods.c, subscriptions.c
    statement = (
        sa.select(p.period_id, p.subscription_id, p.period_index, p.end_at)
        .join(subscriptions, sa.and_(s.org_id == p.org_id, s.subscription_id == p.subscription_id))
        .where(p.org_id == org_id, p.status == "open", p.last, p.end_at <= wanted.now, p.kind == "regular")
    )
    if wanted.customer_ids is not None:
        statement = statement.where(s.customer_id.in_(wanted.customer_ids))
    if wanted.subscription_id is not None:
        statement = statement.where(p.subscription_id == wanted.subscription_id)
    if wanted.currency is not None:
        of_plan = sa.exists().where(
            plans.c.org_id == p.org_id, plans.c.plan_id == p.plan_id, plans.c.currency == wanted.currency
        )
        statement = statement.where(of_plan)
    if wanted.bills is not None:
        statement = statement.where(_will_have_line(wanted.bills))
    return statement


def _will_have_line(bills: MetricAt) -> sa.ColumnElement[bool]:
    """Whether a part of the period has a charge of the metric then."""
    p, part, m = billing_periods.c, billing_periods.alias(), plan_metrics.c
    return sa.exists().where(
        part.c.org_id == p.org_id,
        part.c.subscription_id == p.subscription_id,
        part.c.period_index == p.period_index,
        part.c.start_at <= bills.at,
        part.c.end_at > bills.at,
        m.org_id == part.c.org_id,
        m.plan_id == part.c.plan_id,
        m.number == part.c.plan_version,
        m.metric == bills.metric,
    )
