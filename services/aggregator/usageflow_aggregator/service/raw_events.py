"""Raw events as proof: one event, a page of them, and the count made again from those below a cut."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine

from usageflow_aggregator.domain.fold import Addition, merge
from usageflow_aggregator.domain.measure import NOTHING, Aggregation
from usageflow_aggregator.domain.recount import recount
from usageflow_aggregator.store import events
from usageflow_aggregator.store.events import EventPlace, Selection, StoredEvent
from usageflow_common.clock import window_start
from usageflow_common.database import transaction
from usageflow_common.errors import NotFound


@dataclass(frozen=True, slots=True)
class Recount:
    """The total, and every window that has events, in order."""

    total: Addition
    windows: tuple[tuple[datetime, Addition], ...]


async def find_event(engine: AsyncEngine, org_id: UUID, event_id: UUID) -> StoredEvent:
    """One counted event; NotFound until it is counted."""
    async with transaction(engine, read_only=True) as tx:
        event = await events.read_event(tx, org_id, event_id)
    if event is None:
        raise NotFound("There is no such event, or it has not been counted yet.")
    return event


async def page_events(
    engine: AsyncEngine, org_id: UUID, selection: Selection, after: EventPlace | None, limit: int
) -> list[StoredEvent]:
    """Events below the cut, in the order of their times."""
    async with transaction(engine, read_only=True) as tx:
        return await events.page_events(tx, org_id, selection, after, limit)


async def recompute(
    engine: AsyncEngine, digest_key: bytes, org_id: UUID, aggregation: Aggregation, selection: Selection
) -> Recount:
    """Fold the raw events below the cut again, from one snapshot; hashes are made anew, never read."""
    windows: dict[datetime, Addition] = {}
    total = Addition(0, NOTHING, 0, -1)
    async with transaction(engine, "REPEATABLE READ", read_only=True) as tx:
        async for chunk in events.stream_events(tx, org_id, selection):
            for event in chunk:
                one = recount(digest_key, aggregation, event.core, event.salt, event.properties, offset=event.offset)
                start_at = window_start(event.core.occurred_at)
                windows[start_at] = merge(windows[start_at], one) if start_at in windows else one
                total = merge(total, one)
    return Recount(total, tuple(sorted(windows.items())))
