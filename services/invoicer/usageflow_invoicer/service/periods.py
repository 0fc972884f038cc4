"""Make billing periods, filled with the usage that is there already."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine

from usageflow_common.database import Transaction, transaction
from usageflow_common.ids import new_id
from usageflow_common.logs import get_logger
from usageflow_invoicer.domain.plans import PlanVersion
from usageflow_invoicer.store import applied, periods, plans, sums
from usageflow_invoicer.store.periods import Newest, NewPeriod
from usageflow_invoicer.store.runs import Failure

_BATCH: Final = 200
_NO_SUCH_TIME: Final = (ArithmeticError, LookupError, ValueError)
"""What the calendar raises where it ends, or does not know a zone."""

_log = get_logger(__name__)


async def open_periods(engine: AsyncEngine, org_id: UUID, now: datetime) -> tuple[Failure, ...]:
    """Make what is missing, so that every live subscription has the period that `now` falls into.

    A subscription whose next period cannot be told (its zone is unknown on this machine) is a failure, and stops nobody else. Its
    ended period must stay open meanwhile, or nothing would ever ask for the next one again.
    """
    failures: dict[UUID, Failure] = {}
    while True:
        async with transaction(engine) as tx:
            # 1. No state is applied until we commit: none can fall between the filling and the first apply that sees the period.
            await applied.freeze_positions(tx)
            # 2. The next period of those whose newest one is over.
            ended = await periods.lock_newest(tx, org_id, now, without=failures, limit=_BATCH)
            if not ended:
                return tuple(failures.values())
            versions = await plans.read_versions(tx, org_id, {(each.plan_id, each.plan_version) for each in ended})
            new = []
            for each in ended:
                try:
                    period = each.rhythm.following(each.index)
                except _NO_SUCH_TIME as error:
                    _log.error("next_period_unknown", subscription_id=str(each.subscription_id), exc_info=error)
                    failures[each.subscription_id] = _failure(each)
                    continue
                made = NewPeriod(new_id(), each.subscription_id, each.customer_id, period)
                new.append((made, versions[each.plan_id, each.plan_version].version))
            await make_periods(tx, org_id, new)


async def make_periods(tx: Transaction, org_id: UUID, new: Sequence[tuple[NewPeriod, PlanVersion]]) -> None:
    """Insert periods and fill them. The transaction is READ COMMITTED and has called freeze_positions before anything else."""
    if not new:
        return
    await periods.insert_periods(tx, org_id, new)
    await sums.fill_periods(tx, org_id, [each.period_id for each, _ in new])


def _failure(newest: Newest) -> Failure:
    detail = "The period that follows cannot be computed; usage waits for it."
    return Failure(newest.subscription_id, "next_period_unknown", detail)
