"""Small duties: whether the database answers, and forgetting answers that nobody can ask for any more."""

from __future__ import annotations

import asyncio
from typing import Final

from sqlalchemy.ext.asyncio import AsyncEngine

from usageflow_common import operations
from usageflow_common.database import is_unavailable, transaction
from usageflow_common.logs import get_logger

PURGE_SECONDS: Final = 600

_log = get_logger(__name__)


async def is_reachable(engine: AsyncEngine) -> bool:
    """Whether a transaction can be had. Raises what says why not."""
    async with transaction(engine, read_only=True):
        return True


async def keep_purging(engine: AsyncEngine) -> None:
    """The task that forgets stored answers, every ten minutes, until cancelled. PostgreSQL may be away."""
    while True:
        try:
            async with transaction(engine) as tx:
                purged = await operations.purge_operations(tx)
        except Exception as error:
            if not is_unavailable(error):
                raise
            _log.warning("purge_put_off", error=type(error).__name__)
            purged = 0
        if not purged:
            await asyncio.sleep(PURGE_SECONDS)
