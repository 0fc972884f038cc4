"""Small duties: whether the database answers, forgetting old answers, the rows of new partitions."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncEngine

from usageflow_common import operations
from usageflow_common.database import is_unavailable, transaction
from usageflow_invoicer.store import applied


async def is_reachable(engine: AsyncEngine) -> bool:
    """Whether a transaction can be had."""
    try:
        async with transaction(engine, read_only=True):
            return True
    except Exception as error:
        if is_unavailable(error):
            return False
        raise


async def purge_operations(engine: AsyncEngine) -> int:
    """Forget answers that nobody can ask for any more."""
    total, purged = 0, 1
    while purged:
        async with transaction(engine) as tx:
            purged = await operations.purge_operations(tx)
        total += purged
    return total


async def add_partitions(engine: AsyncEngine, partitions: int) -> None:
    """A row for each partition of events.raw that has none: a consumer never starts one by itself."""
    async with transaction(engine) as tx:
        await applied.insert_missing(tx, partitions)
