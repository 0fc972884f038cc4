"""When keys were used last: noted in memory for every request, written down now and then."""

from __future__ import annotations

import asyncio
from typing import Final

from sqlalchemy.ext.asyncio import AsyncEngine

from usageflow_common.database import is_unavailable
from usageflow_common.logs import get_logger
from usageflow_gateway.access import Access
from usageflow_gateway.service.api_keys import note_used

EVERY_SECONDS: Final = 15.0

_log = get_logger(__name__)


async def follow_uses(access: Access, engine: AsyncEngine) -> None:
    """Until cancelled. What cannot be written is lost: the next use tells it again."""
    while True:
        await asyncio.sleep(EVERY_SECONDS)
        try:
            await note_used(engine, access.take_uses())
        except Exception as error:
            if not is_unavailable(error):
                raise
            _log.warning("key_uses_not_noted", error=type(error).__name__)
