"""Events as callers look for them: one by its id, and searches, each of which reads a bounded part of the log."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine

from usageflow_aggregator.domain.searching import Key, LogPosition, Order, Position, Search, frontier_of, moved
from usageflow_aggregator.store import found_events, searches
from usageflow_aggregator.store.found_events import FoundEvent
from usageflow_common.database import Transaction, transaction
from usageflow_common.errors import NotFound, ValidationFailed

_LOOKED_AT_MAX: Final = 20_000
"""Events of the log that one page looks at, over all partitions."""


@dataclass(frozen=True, slots=True)
class FoundPage:
    """`next_after`: where the search goes on. A page may be short, or empty, and still have a next one."""

    events: tuple[FoundEvent, ...]
    next_after: Position | None


async def find_event(engine: AsyncEngine, org_id: UUID, event_id: UUID) -> FoundEvent:
    """One event with its corrections; NotFound until it is counted."""
    async with transaction(engine, "REPEATABLE READ", read_only=True) as tx:
        found = await found_events.find_event(tx, org_id, event_id)
    if not isinstance(found, FoundEvent):
        raise NotFound("There is no such event, or it has not been counted yet.")
    return found


async def search_events(
    engine: AsyncEngine, org_id: UUID, search: Search, after: Position | None, limit: int
) -> FoundPage:
    """A page of a search, in its order. ValidationFailed (range_too_large) when too many events would have to be sorted."""
    async with transaction(engine, "REPEATABLE READ", read_only=True) as tx:
        if isinstance(after, LogPosition):
            return await _search_log(tx, org_id, search, after, limit)
        if search.event_ids is None and after is None and not await _is_sortable(tx, org_id, search):
            if not search.order.is_of_log:
                raise ValidationFailed(
                    f"More than {searches.CANDIDATES_MAX} events to put in order: narrow their times.",
                    code="range_too_large",
                )
            return await _search_log(tx, org_id, search, await _beginning(tx, search.order), limit)
        found = await searches.find_candidates(tx, org_id, search, after, limit + 1)
        more = len(found) > limit
        return FoundPage(tuple(found[:limit]), searches.key_of(found[limit - 1], search.order) if more else None)


async def _is_sortable(tx: Transaction, org_id: UUID, search: Search) -> bool:
    return search.customer_ids is not None and await searches.has_few_candidates(tx, org_id, search)


async def _beginning(tx: Transaction, order: Order) -> LogPosition:
    # Taken once, so that what is counted while a caller turns pages does not appear among them.
    ends = await searches.read_ends(tx)
    return LogPosition(ends if order.is_descending else dict.fromkeys(ends, -1))


async def _search_log(tx: Transaction, org_id: UUID, search: Search, position: LogPosition, limit: int) -> FoundPage:
    most = max(limit + 1, _LOOKED_AT_MAX // max(1, len(position.bounds)))
    scans = await searches.scan_log(tx, org_id, search, position, most)
    until: Key | None = frontier_of(scans, search.order)
    found = await searches.find_in_log(tx, org_id, search, position, scans, until, limit + 1)
    if len(found) > limit:
        found = found[:limit]
        until = searches.key_of(found[-1], search.order)
    if until is None:
        return FoundPage(tuple(found), None)
    seen = await searches.last_seen(tx, org_id, search, position, scans, until)
    return FoundPage(tuple(found), moved(position, seen))
