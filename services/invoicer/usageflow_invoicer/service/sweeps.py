"""Late usage waits for the next invoice of its subscription; when none has come for a week, it gets one of its own."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from sqlalchemy.ext.asyncio import AsyncEngine

from usageflow_common.clock import Clock, window_start
from usageflow_common.database import transaction
from usageflow_common.ids import new_id
from usageflow_common.logs import get_logger
from usageflow_invoicer.store import sweeps as store

WAIT: Final = timedelta(days=7)
_BATCH: Final = 200

_log = get_logger(__name__)


async def sweep(engine: AsyncEngine, clock: Clock) -> int:
    """Make a period for each subscription whose late usage has waited long enough; the next run closes it. How many were made."""
    async with transaction(engine, read_only=True) as tx:
        waiting = await store.waiting_subscriptions(tx, clock.wall() - WAIT, _BATCH)
    made = 0
    for org_id, subscription_id in waiting:
        async with transaction(engine) as tx:
            at = window_start(clock.now(org_id))
            made += await store.insert_sweep(tx, org_id, subscription_id, new_id(), at)
    if made:
        _log.info("late_usage_swept", subscriptions=made)
    return made
