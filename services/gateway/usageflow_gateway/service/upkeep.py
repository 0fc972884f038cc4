"""What keeps a schema small, and tells whether it can be reached."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncEngine

from usageflow_common import operations
from usageflow_common.clock import Clock
from usageflow_common.database import transaction
from usageflow_gateway.store import sessions


async def purge_operations(engine: AsyncEngine) -> int:
    """Forget stored answers that are past their time, a bounded number in each transaction; returns how many."""
    total = 0
    purged = 1
    while purged:
        async with transaction(engine) as tx:
            purged = await operations.purge_operations(tx)
        total += purged
    return total


async def purge_sessions(engine: AsyncEngine, clock: Clock) -> None:
    """Forget sessions that have ended by themselves, and attempts of long ago."""
    async with transaction(engine) as tx:
        await sessions.purge_sessions(tx, clock.wall())


async def is_reachable(engine: AsyncEngine) -> bool:
    """Whether a transaction can begin; raises otherwise."""
    async with transaction(engine, read_only=True):
        return True
