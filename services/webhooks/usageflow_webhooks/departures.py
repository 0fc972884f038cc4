"""Organizations that end: their endpoints are told nothing more."""

from __future__ import annotations

import asyncio
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine

from usageflow_common.catalog import Catalog
from usageflow_common.clock import Clock
from usageflow_common.database import is_unavailable
from usageflow_common.kafka import Bus
from usageflow_common.logs import get_logger
from usageflow_common.records import OrganizationRecord
from usageflow_common.topics import ORGANIZATIONS_CHANGED
from usageflow_webhooks.service.endpoints import end_endpoints

_AGAIN_SECONDS: Final = 1.0

_log = get_logger(__name__)


class Departures:
    """Two tasks: `follow` reads who has ended, `run` ends their endpoints. After a start all are met again, which changes nothing."""

    def __init__(self, bus: Bus, engine: AsyncEngine, clock: Clock) -> None:
        self._engine = engine
        self._clock = clock
        self._ended: asyncio.Queue[UUID] = asyncio.Queue()
        self._catalog = Catalog(bus, ORGANIZATIONS_CHANGED, OrganizationRecord, on_change=self._note)

    async def follow(self) -> None:
        """Until cancelled."""
        await self._catalog.run()

    async def run(self) -> None:
        """Until cancelled; while PostgreSQL is away they wait."""
        while True:
            org_id = await self._ended.get()
            if not await self._end(org_id):
                self._ended.put_nowait(org_id)
                await asyncio.sleep(_AGAIN_SECONDS)

    def _note(self, record: OrganizationRecord) -> None:
        if record.status == "deleted":
            self._ended.put_nowait(record.org_id)

    async def _end(self, org_id: UUID) -> bool:
        try:
            await end_endpoints(self._engine, self._clock, org_id)
        except Exception as error:
            if not is_unavailable(error):
                raise
            _log.warning("endpoints_not_ended_yet", org_id=str(org_id), error=type(error).__name__)
            return False
        return True
