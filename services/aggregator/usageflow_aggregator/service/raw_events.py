"""Raw events as proof: a page of them, and the count made again from those below a cut.

What lies below a cut never changes, so a count may take many short transactions and still be one answer.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine

from usageflow_aggregator.domain.asking import Asked, EveryRow
from usageflow_aggregator.domain.digest import value_salt
from usageflow_aggregator.domain.recount import Recounting, Tally, TallyKey
from usageflow_aggregator.domain.rehash import StoredColumns
from usageflow_aggregator.store import raw_events, usage
from usageflow_aggregator.store.raw_events import EventPlace, Selection, StoredEvent
from usageflow_aggregator.tenants import KnownMetric
from usageflow_common.civil import Span
from usageflow_common.database import transaction
from usageflow_common.metering import Aggregation

_PAGE: Final = 4_000
BEGINNING: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Counted:
    """A range counted again. `opening`: the level at its beginning (WEIGHTED_SUM); `distinct`: the values in it (UNIQUE)."""

    span: Span
    tally: Tally
    opening: Decimal = Decimal(0)
    distinct: int = 0


@dataclass(frozen=True, slots=True)
class Counter:
    """Counts the events of one organization's metric again."""

    engine: AsyncEngine
    digest_key: bytes
    org_id: UUID
    metric: KnownMetric

    @property
    def aggregation(self) -> Aggregation:
        """The metric's."""
        return self.metric.aggregation

    async def page_events(self, selection: Selection, after: EventPlace | None, limit: int) -> list[StoredEvent]:
        """Events below the cut, in the order of their times."""
        async with transaction(self.engine, read_only=True) as tx:
            return await raw_events.page_events(tx, self.org_id, selection, after, limit)

    async def recount(self, selection: Selection) -> Counted:
        """The whole range."""
        counted = await self._recount(selection)
        return counted.get(None, Counted(selection.span, Tally(), await self._opening(selection)))

    async def recount_by(self, selection: Selection, key: str) -> Mapping[str, Counted]:
        """The same told apart by the values of one of the metric's keys, in one pass; those that have events (or a level)."""
        counted = await self._recount(replace(selection, told_by=key))
        return {told or "": each for told, each in counted.items()}

    def counting(self, *, by_window: bool = False) -> Recounting:
        """Nothing counted yet."""
        value_property = self.metric.record.value_property
        return Recounting(self.digest_key, self.org_id, self.aggregation, value_property, by_window)

    async def count_into(self, counting: Recounting, selection: Selection) -> None:
        """Read page by page, and fold one beside the event loop while the next one is read."""
        async for events in self._pages(selection):
            await asyncio.to_thread(counting.add, events)

    def asked(self, selection: Selection, *, aggregation: Aggregation | None = None, by: Sequence[str] = ()) -> Asked:
        """The selection as a question for usage, told apart by some of the metric's keys."""
        return Asked(
            metric_id=selection.metric_id,
            aggregation=aggregation or self.aggregation,
            value_property=self.metric.record.value_property,
            group_by=selection.group_by,
            value_salt=value_salt(self.digest_key, self.org_id),
            customer_ids=(selection.customer_id,),
            group_filters={key: (value,) for key, value in (selection.group or {}).items()},
            dimensions=tuple(by),
        )

    async def _recount(self, selection: Selection) -> dict[str | None, Counted]:
        counting = self.counting()
        await self.count_into(counting, selection)
        openings = await self._found(selection, "WEIGHTED_SUM")
        distinct = await self._found(selection, "UNIQUE")
        nothing = Decimal(0)
        return {
            told: Counted(
                selection.span,
                counting.tallies.get(TallyKey(told), Tally()),
                openings.get(told, nothing),
                int(distinct.get(told, nothing)),
            )
            for told in {key.told for key in counting.tallies} | openings.keys()
        }

    async def _opening(self, selection: Selection) -> Decimal:
        return (await self._found(selection, "WEIGHTED_SUM")).get(None, Decimal(0))

    async def _found(self, selection: Selection, aggregation: Aggregation) -> dict[str | None, Decimal]:
        """What PostgreSQL adds up below the cut, where the metric has it: a level is the sum of everything before the range; distinct
        values are too many to be held here, and are told apart by their hashes as PostgreSQL makes them from the columns."""
        if self.aggregation != aggregation:
            return {}
        weighted = aggregation == "WEIGHTED_SUM"
        span = Span(BEGINNING, selection.span.start_at) if weighted else selection.span
        by = () if selection.told_by is None else (selection.told_by,)
        asked = self.asked(selection, aggregation="SUM" if weighted else None, by=by)
        async with transaction(self.engine, read_only=True) as tx:
            _, rows = await usage.read_usage(tx, self.org_id, asked, [span], EveryRow(), cut=selection.cut)
        return {
            row.place.group[0] if row.place.group else None: (
                row.found.state.total if weighted else Decimal(row.found.distinct)
            )
            for row in rows
        }

    async def _pages(self, selection: Selection) -> AsyncIterator[list[StoredColumns]]:
        reading = asyncio.create_task(self._page(selection, None))
        try:
            while True:
                events = await reading
                if len(events) < _PAGE:
                    yield events
                    return
                reading = asyncio.create_task(self._page(selection, raw_events.place_of_columns(events[-1])))
                yield events
        finally:
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)

    async def _page(self, selection: Selection, after: EventPlace | None) -> list[StoredColumns]:
        async with transaction(self.engine, read_only=True) as tx:
            return await raw_events.page_columns(tx, self.org_id, selection, after, _PAGE)
