"""What keeps a schema small, and tells whether it can be reached."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncEngine

from usageflow_common import operations
from usageflow_common.database import transaction


async def purge_operations(engine: AsyncEngine) -> int:
    """Forget stored answers that are past their time, a bounded number in each transaction; returns how many."""
    total = 0
    purged = 1
    while purged:
        async with transaction(engine) as tx:
            purged = await operations.purge_operations(tx)
        total += purged
    return total


async def is_reachable(engine: AsyncEngine) -> bool:
    """Whether a transaction can begin; raises otherwise."""
    async with transaction(engine, read_only=True):
        return True
