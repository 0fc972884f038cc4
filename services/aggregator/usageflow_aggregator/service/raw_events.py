"""Raw events as proof: a page of them, and the count made again from those below a cut.

What lies below a cut never changes, so a count may take many short transactions and still be one answer.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine

from usageflow_aggregator.domain.asking import Asked, EveryRow
from usageflow_aggregator.domain.digest import value_salt
from usageflow_aggregator.domain.recount import Recounting, Tally
from usageflow_aggregator.store import raw_events, usage
from usageflow_aggregator.store.raw_events import EventPlace, Selection, StoredEvent
from usageflow_aggregator.tenants import KnownMetric
from usageflow_common.civil import Span
from usageflow_common.clock import WINDOW
from usageflow_common.database import transaction
from usageflow_common.money import EXACT

_PAGE: Final = 4_000
_BEGINNING: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Counted:
    """A range counted again. `opening`: the level at its beginning (WEIGHTED_SUM); `distinct`: the values in it (UNIQUE)."""

    span: Span
    tally: Tally
    opening: Decimal
    distinct: int


@dataclass(frozen=True, slots=True)
class WindowsAsked:
    """Which quarter hours: those after `after`, at whose end the level is `level` (None: from the beginning); at most `limit`."""

    limit: int
    after: datetime | None = None
    level: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Recount:
    """`total` is None where it was not asked for. `more`: there are windows behind the last one."""

    total: Counted | None
    windows: tuple[Counted, ...]
    more: bool


@dataclass(frozen=True, slots=True)
class Recounter:
    """Counts the events of one organization's metric again."""

    engine: AsyncEngine
    digest_key: bytes
    org_id: UUID
    metric: KnownMetric

    async def page_events(self, selection: Selection, after: EventPlace | None, limit: int) -> list[StoredEvent]:
        """Events below the cut, in the order of their times."""
        async with transaction(self.engine, read_only=True) as tx:
            return await raw_events.page_events(tx, self.org_id, selection, after, limit)

    async def recount(self, selection: Selection, windows: WindowsAsked | None) -> Recount:
        """The whole range and its first windows; or, behind some window, further windows alone.

        Reads as far as it must, page by page, and folds beside the event loop.
        """
        behind = windows.after if windows else None
        span = (
            selection.span
            if behind is None
            else Span(min(behind + WINDOW, selection.span.end_at), selection.span.end_at)
        )
        enough = windows.limit if windows and behind is not None else None
        counting = self._counting()
        async for events in self._pages(replace(selection, span=span)):
            await asyncio.to_thread(_add_all, counting, events)
            if enough is not None and len(counting.windows) > enough:
                break  # the last window may not be whole, but it is only looked for
        opening = await self._level_before(selection, span.start_at, windows.level if windows else None)
        total = None
        if behind is None:
            distinct = (await self._distinct(selection, [span]))[0]
            total = Counted(span, counting.total(), opening, distinct)
        limit = windows.limit if windows else 0
        starts = sorted(counting.windows)
        counted = await self._windows(selection, counting, starts[:limit], opening)
        return Recount(total, counted, windows is not None and len(starts) > limit)

    async def _pages(self, selection: Selection) -> AsyncIterator[list[StoredEvent]]:
        after: EventPlace | None = None
        while True:
            events = await self.page_events(selection, after, _PAGE)
            yield events
            if len(events) < _PAGE:
                return
            after = raw_events.place_of(events[-1])

    async def _windows(
        self, selection: Selection, counting: Recounting, starts: Sequence[datetime], level: Decimal
    ) -> tuple[Counted, ...]:
        spans = [Span(start_at, start_at + WINDOW) for start_at in starts]
        distinct = await self._distinct(selection, spans) if spans else []
        counted = []
        for span, values in zip(spans, distinct, strict=True):
            tally = counting.windows[span.start_at]
            counted.append(Counted(span, tally, level, values))
            level = EXACT.add(level, tally.state.total)
        return tuple(counted)

    async def _level_before(self, selection: Selection, instant: datetime, known: Decimal | None) -> Decimal:
        """Σδ of everything before an instant; 0 where it means nothing."""
        if self.metric.aggregation != "WEIGHTED_SUM":
            return Decimal(0)
        if known is not None:
            return known
        asked = replace(self._asked(selection), aggregation="SUM")
        async with transaction(self.engine, read_only=True) as tx:
            spans = [Span(_BEGINNING, instant)]
            whole, _ = await usage.read_usage(tx, self.org_id, asked, spans, EveryRow(), cut=selection.cut)
        return whole.state.total

    async def _distinct(self, selection: Selection, spans: Sequence[Span]) -> list[int]:
        """Distinct values in each span, by their hashes as PostgreSQL makes them from the columns: too many to be held here."""
        if self.metric.aggregation != "UNIQUE":
            return [0] * len(spans)
        async with transaction(self.engine, read_only=True) as tx:
            _, rows = await usage.read_usage(
                tx, self.org_id, self._asked(selection), spans, EveryRow(), cut=selection.cut
            )
        there = {row.place.ordinal: row.found.distinct for row in rows}
        return [there.get(ordinal, 0) for ordinal in range(1, len(spans) + 1)]

    def _counting(self) -> Recounting:
        return Recounting(self.digest_key, self.metric.aggregation, self.metric.record.value_property)

    def _asked(self, selection: Selection) -> Asked:
        return Asked(
            metric_id=selection.metric_id,
            aggregation=self.metric.aggregation,
            value_property=self.metric.record.value_property,
            group_by=selection.group_by,
            value_salt=value_salt(self.digest_key, self.org_id),
            customer_ids=(selection.customer_id,),
            group_filters={key: (value,) for key, value in (selection.group or {}).items()},
            dimensions=(),
        )


def _add_all(counting: Recounting, events: Sequence[StoredEvent]) -> None:
    for event in events:
        counting.add(event.core, event.salt, event.properties)
