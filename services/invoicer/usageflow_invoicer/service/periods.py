"""Make billing periods, filled with the usage that is there already."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine

from usageflow_common.database import Transaction, transaction
from usageflow_common.ids import new_id
from usageflow_invoicer.domain.plans import PlanVersion
from usageflow_invoicer.store import applied, periods, plans
from usageflow_invoicer.store.periods import NewPeriod

_BATCH: Final = 200


async def open_periods(engine: AsyncEngine, org_id: UUID, now: datetime) -> int:
    """Make what is missing, so that every live subscription has the period that `now` falls into. Returns how many were made."""
    made = 0
    while True:
        async with transaction(engine) as tx:
            # 1. No state is applied until we commit: none can fall between the filling and the first apply that sees the period.
            await applied.freeze_positions(tx)
            # 2. The next period of those whose newest one is over.
            ended = await periods.lock_newest(tx, org_id, now, _BATCH)
            if not ended:
                return made
            versions = await plans.read_versions(tx, org_id, {(each.plan_id, each.plan_version) for each in ended})
            new = [
                (
                    NewPeriod(new_id(), each.subscription_id, each.customer_id, each.rhythm.period(each.index + 1)),
                    versions[each.plan_id, each.plan_version].version,
                )
                for each in ended
            ]
            await make_periods(tx, org_id, new)
            made += len(new)


async def make_periods(tx: Transaction, org_id: UUID, new: Sequence[tuple[NewPeriod, PlanVersion]]) -> None:
    """Insert periods and fill them. The transaction is READ COMMITTED and has called freeze_positions before anything else."""
    await periods.insert_periods(tx, org_id, new)
    await applied.fill_periods(tx, org_id, [each.period_id for each, _ in new])
