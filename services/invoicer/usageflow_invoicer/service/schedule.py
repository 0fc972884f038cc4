"""The schedule: an organization's ended periods are due when its own time has passed their end and its grace."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Final
from uuid import UUID

from prometheus_client import Gauge
from sqlalchemy.ext.asyncio import AsyncEngine

from usageflow_common.clock import Clock
from usageflow_common.database import transaction
from usageflow_common.records import OrganizationRecord
from usageflow_invoicer.service.runs import Occasion, schedule_run
from usageflow_invoicer.store import periods

OVERDUE_SECONDS: Final = Gauge(
    "usageflow_overdue_period_seconds", "How long the period that has waited longest for its invoice is past its grace"
)


async def schedule_runs(
    engine: AsyncEngine, find: Callable[[UUID], OrganizationRecord | None], clock: Clock, partitions: int
) -> int:
    """Make a run for each organization that has something due. Organizations that finalize by hand keep their drafts."""
    wall = clock.wall()
    async with transaction(engine, read_only=True) as tx:
        ended = await periods.earliest_ends(tx, wall, clock.latest())
    made, overdue = 0, 0.0
    for each in ended:
        organization = find(each.org_id)
        if organization is None or organization.status != "active" or not organization.auto_finalize:
            continue
        now, grace = clock.now(each.org_id), timedelta(hours=organization.grace_hours)
        if organization.mode == "live":
            overdue = max(overdue, (now - each.first_at - grace).total_seconds())
        due = each.due_at is not None and each.due_at + grace <= now
        if due or (each.graceless_at is not None and each.graceless_at <= now):
            made += await schedule_run(engine, Occasion(organization, now, wall, partitions))
    OVERDUE_SECONDS.set(overdue)
    return made
