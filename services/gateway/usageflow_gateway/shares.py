"""Connections to a service are shared out: one organization never holds more than its part, however slow what it sends or asks is."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID
from weakref import WeakValueDictionary

from usageflow_common.errors import Overloaded
from usageflow_gateway.domain.routing import Service


class Shares:
    """So many requests at once for each organization and service; who comes later waits for a while."""

    def __init__(self, each: int, *, patience_seconds: float) -> None:
        self._each = each
        self._patience_seconds = patience_seconds
        # a share lives as long as somebody holds it or waits for it
        self._shares: WeakValueDictionary[tuple[UUID, Service], asyncio.Semaphore] = WeakValueDictionary()

    @asynccontextmanager
    async def one_of(self, org_id: UUID, service: Service) -> AsyncIterator[None]:
        """One place of the share, until the end of the block; Overloaded when none becomes free in time."""
        share = self._shares.get((org_id, service))
        if share is None:
            share = self._shares[org_id, service] = asyncio.Semaphore(self._each)
        try:
            async with asyncio.timeout(self._patience_seconds):
                await share.acquire()
        except TimeoutError as error:
            raise Overloaded("Too many requests of this organization are under way.") from error
        try:
            yield
        finally:
            share.release()
