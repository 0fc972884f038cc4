"""Whether the database answers."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from usageflow_common.database import transaction


async def answers(engine: AsyncEngine) -> bool:
    """For readiness: raises, or is True."""
    async with transaction(engine, read_only=True) as tx:
        return await tx.scalar(sa.select(1)) == 1
