"""Events as callers look for them."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine

from usageflow_aggregator.store import found_events
from usageflow_aggregator.store.found_events import FoundEvent
from usageflow_common.database import transaction
from usageflow_common.errors import NotFound


async def find_event(engine: AsyncEngine, org_id: UUID, event_id: UUID) -> FoundEvent:
    """One event with its corrections; NotFound until it is counted."""
    async with transaction(engine, "REPEATABLE READ", read_only=True) as tx:
        found = await found_events.find_events(tx, org_id, [event_id])
    if not found:
        raise NotFound("There is no such event, or it has not been counted yet.")
    return found[0]
