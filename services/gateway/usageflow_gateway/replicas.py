"""How many gateways there are: each says every few seconds that it lives, and counts the others who do."""

from __future__ import annotations

import asyncio
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine

from usageflow_common.database import is_unavailable
from usageflow_common.ids import new_id
from usageflow_common.logs import get_logger
from usageflow_gateway.service.replicas import beat, leave

EVERY_SECONDS: Final = 2.0

_log = get_logger(__name__)


class Replicas:
    """`count` is what was seen last; while PostgreSQL is away it stays."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._instance_id: UUID = new_id()
        self.count = 1

    async def run(self) -> None:
        """Until cancelled; then it does not count any more."""
        try:
            while True:
                try:
                    self.count = max(1, await beat(self._engine, self._instance_id))
                except Exception as error:
                    if not is_unavailable(error):
                        raise
                    _log.warning("replica_not_announced", error=type(error).__name__)
                await asyncio.sleep(EVERY_SECONDS)
        finally:
            try:
                await leave(self._engine, self._instance_id)
            except Exception as error:
                if not is_unavailable(error):
                    raise
                _log.warning("replica_not_withdrawn", error=type(error).__name__)
