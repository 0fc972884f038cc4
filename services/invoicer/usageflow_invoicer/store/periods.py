"""Billing periods as a close sees them: which are due, what they are made of, and that they are closed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa

from usageflow_common.database import Transaction, any_of, raw
from usageflow_invoicer.domain.periods import Period
from usageflow_invoicer.domain.segments import PlanRef, Segment
from usageflow_invoicer.store.runs import Run
from usageflow_invoicer.tables import billing_periods

_EARLIEST: Final = """
SELECT end_at FROM billing_periods
 WHERE org_id = owners.org_id AND without_grace = {graceless} AND status = 'open' AND last AND end_at <= $2{tried}
 ORDER BY end_at LIMIT 1"""

_TO_BE_TRIED: Final = """ AND (retry_at IS NULL OR retry_at <= $1)
   AND NOT EXISTS (SELECT FROM billing_runs r
                    WHERE r.org_id = owners.org_id AND r.trigger = 'schedule' AND r.status IN ('waiting', 'closing'))"""

# From one organization to the next: a DISTINCT would look at all of their periods.
_EARLIEST_ENDS: Final = f"""
WITH RECURSIVE owners AS (
    (SELECT org_id FROM billing_periods WHERE status = 'open' AND last ORDER BY org_id LIMIT 1)
     UNION ALL
    SELECT (SELECT org_id FROM billing_periods WHERE status = 'open' AND last AND org_id > owners.org_id ORDER BY org_id LIMIT 1)
      FROM owners
     WHERE owners.org_id IS NOT NULL),
ended AS (
    SELECT org_id,
           least(({_EARLIEST.format(graceless="false", tried="")}), ({_EARLIEST.format(graceless="true", tried="")})) AS first_at
      FROM owners)
SELECT org_id, first_at,
       ({_EARLIEST.format(graceless="false", tried=_TO_BE_TRIED)}) AS due_at,
       ({_EARLIEST.format(graceless="true", tried=_TO_BE_TRIED)}) AS graceless_at
  FROM ended AS owners
 WHERE first_at IS NOT NULL"""


async def due_subscriptions(
    tx: Transaction, run: Run, *, without: Iterable[UUID], after: UUID | None, limit: int
) -> list[UUID]:
    """Subscriptions with a period that the run makes due, behind this one in the order of their ids."""
    p = billing_periods.c
    statement = (
        sa.select(p.subscription_id)
        .distinct()
        .where(_due(run), p.subscription_id.not_in(list(without)))
        .order_by(p.subscription_id)
        .limit(limit)
    )
    if after is not None:
        statement = statement.where(p.subscription_id > after)
    if run.subscription_ids is not None:
        statement = statement.where(any_of(p.subscription_id, run.subscription_ids))
    return list((await tx.scalars(statement)).all())


async def due_segments(
    tx: Transaction, run: Run, subscription_ids: Sequence[UUID]
) -> dict[UUID, tuple[tuple[Segment, ...], tuple[Segment, ...]]]:
    """Of each subscription the parts of the first period that is due, and those of the period behind it as far as there are any."""
    p = billing_periods.c
    first = (
        sa.select(p.subscription_id, sa.func.min(p.period_index).label("period_index"))
        .where(_due(run), any_of(p.subscription_id, subscription_ids))
        .group_by(p.subscription_id)
        .subquery()
    )
    rows = await tx.execute(
        sa.select(billing_periods, first.c.period_index.label("due_index"))
        .join(first, first.c.subscription_id == p.subscription_id)
        .where(
            p.org_id == run.org_id,
            # Named again: else all periods of the organization may be read.
            any_of(p.subscription_id, subscription_ids),
            p.period_index.between(first.c.period_index, first.c.period_index + 1),
        )
        .order_by(p.subscription_id, p.period_index, p.segment)
    )
    found: dict[UUID, tuple[tuple[Segment, ...], tuple[Segment, ...]]] = {}
    for row in rows:
        due, behind = found.get(row.subscription_id, ((), ()))
        segment = segment_of(row)
        if row.period_index == row.due_index:
            found[row.subscription_id] = ((*due, segment), behind)
        else:
            found[row.subscription_id] = (due, (*behind, segment))
    return found


async def mark_closed(tx: Transaction, org_id: UUID, period_ids: Sequence[UUID], status: str) -> None:
    """These parts have their invoice, or (skipped) need none."""
    if not period_ids:
        return
    p = billing_periods.c
    await tx.execute(
        sa.update(billing_periods)
        .where(p.org_id == org_id, any_of(p.period_id, period_ids))
        .values(status=status, retry_at=None)
    )


async def postpone(tx: Transaction, org_id: UUID, subscription_ids: Sequence[UUID], retry_at: datetime) -> None:
    """The scheduler leaves open periods of these subscriptions alone until then."""
    p = billing_periods.c
    await tx.execute(
        sa.update(billing_periods)
        .where(p.org_id == org_id, any_of(p.subscription_id, subscription_ids), p.status == "open")
        .values(retry_at=retry_at)
    )


@dataclass(frozen=True, slots=True)
class Ended:
    """Of an organization's periods that have ended and have no invoice: the earliest end of all, and of those that are to be tried now.

    None is to be tried while the organization's scheduled run is under way.
    """

    org_id: UUID
    first_at: datetime
    due_at: datetime | None
    graceless_at: datetime | None


async def earliest_ends(tx: Transaction, wall: datetime, ended_by: datetime) -> list[Ended]:
    """Organizations with a period that ended by then. It costs a few looks into an index for each of them, however much is due."""
    return [Ended(*row) for row in await (await raw(tx)).fetch(_EARLIEST_ENDS, wall, ended_by)]


def segment_of(row: sa.Row[Any]) -> Segment:
    """A row as the part that it is."""
    return Segment(
        row.period_id,
        Period(row.period_index, row.start_at, row.end_at),
        row.segment,
        row.step,
        row.kind,
        row.full_start_at,
        row.full_end_at,
        PlanRef(row.plan_id, row.plan_version),
        row.paused,
        row.last,
        row.without_grace,
    )


def _due(run: Run) -> sa.ColumnElement[bool]:
    p = billing_periods.c
    ended = sa.or_(p.end_at <= run.due_before, sa.and_(p.without_grace, p.end_at <= run.as_of))
    return sa.and_(p.org_id == run.org_id, p.status == "open", p.last, ended)
