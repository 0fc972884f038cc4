"""Days of raw events, made ahead of the events or, when some come from another day, on demand. Never inside a counting transaction."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from sqlalchemy.ext.asyncio import AsyncEngine

from usageflow_aggregator.store import days as store
from usageflow_common.database import transaction


async def make_days(engine: AsyncEngine, days: Iterable[date]) -> tuple[date, ...]:
    """Make the partitions of these days; those that were missing. Safe to repeat, and to run twice at once."""
    made = []
    for day in sorted(set(days)):
        async with transaction(engine) as tx:
            if await store.make_day(tx, day):
                made.append(day)
    return tuple(made)
