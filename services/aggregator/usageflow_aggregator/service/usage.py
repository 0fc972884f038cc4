"""How much was used: a range, exact at any boundary, divided into civil windows and told apart by dimensions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine

from usageflow_aggregator.domain.asking import (
    Amount,
    Asked,
    ByValue,
    ByWindow,
    EveryRow,
    Found,
    FoundRow,
    OfGroups,
    Page,
    Place,
    Rank,
    Row,
    amount_of,
)
from usageflow_aggregator.store import progress, usage
from usageflow_common.civil import Span
from usageflow_common.database import Transaction, transaction
from usageflow_common.errors import Unavailable
from usageflow_common.metering import EMPTY


@dataclass(frozen=True, slots=True)
class PageAsked:
    """Which rows: behind `after` (a Rank when they are ordered by value), at most `limit`."""

    limit: int
    by_value: bool
    after: Place | Rank | None


@dataclass(frozen=True, slots=True)
class Part:
    """A page of rows, and the whole range."""

    rows: tuple[Row, ...]
    total: Amount


@dataclass(frozen=True, slots=True)
class Usage:
    """One database snapshot. `next_after`: where the next page goes on, None on the last one."""

    present: Part
    previous: Part | None
    next_after: Place | Rank | None
    counted_through: datetime


async def read_usage(
    engine: AsyncEngine,
    org_id: UUID,
    asked: Asked,
    windows: Sequence[Span],
    *,
    previous: Sequence[Span] | None,
    page: PageAsked,
) -> Usage:
    """Usage in consecutive windows (at least one), and in those of the period before.

    The rows of the period before are those with the same windows, by their order, and groups as the page has.
    """
    async with transaction(engine, "REPEATABLE READ", read_only=True) as tx:
        counted_through = await progress.read_counted_through(tx)
        reading = _Reading(tx, org_id, asked)
        whole, rows = await reading.page(windows, _page_of(asked, page))
        more = len(rows) > page.limit
        rows = rows[: page.limit]
        before = None if previous is None else await reading.page(previous, _same(asked, page, rows, more=more))
    if counted_through is None:
        raise Unavailable("Nothing has been set up to be counted yet.")
    return Usage(
        present=_part(asked, windows, whole, rows),
        previous=None if before is None or previous is None else _part(asked, previous, *before),
        next_after=_after(page, rows[-1]) if more and rows else None,
        counted_through=counted_through,
    )


@dataclass(frozen=True, slots=True)
class _Reading:
    tx: Transaction
    org_id: UUID
    asked: Asked

    async def page(self, windows: Sequence[Span], page: Page) -> tuple[Found, list[FoundRow]]:
        """The range and its rows; without dimensions each window has one, also an empty one."""
        if self.asked.dimensions or not isinstance(page, ByWindow):
            whole, rows = await usage.read_usage(self.tx, self.org_id, self.asked, windows, page)
            return whole, _in_order(page, rows)
        whole, found = await usage.read_usage(self.tx, self.org_id, self.asked, windows, EveryRow())
        there = {row.place.ordinal: row for row in found}
        first = page.after.ordinal + 1 if page.after else 1
        last = min(page.until.ordinal if page.until else len(windows), len(windows), first + page.limit)
        return whole, [
            there.get(ordinal) or FoundRow(Place(ordinal, ()), Found(EMPTY), None) for ordinal in range(first, last + 1)
        ]


def _in_order(page: Page, rows: list[FoundRow]) -> list[FoundRow]:
    if not isinstance(page, OfGroups):
        return rows
    there = {row.place.group: row for row in rows}
    return [there[group] for group in page.groups if group in there]


def _page_of(asked: Asked, page: PageAsked) -> Page:
    match page.after:
        case Rank() as after:
            return ByValue(after, page.limit)
        case Place() as after:
            return ByWindow(after, None, page.limit)
        case None:
            by_value = page.by_value and asked.dimensions
            return ByValue(None, page.limit) if by_value else ByWindow(None, None, page.limit)


def _same(asked: Asked, page: PageAsked, rows: Sequence[FoundRow], *, more: bool) -> Page:
    if page.by_value and asked.dimensions:
        return OfGroups(tuple(row.place.group for row in rows))
    after = page.after if isinstance(page.after, Place) else None
    return ByWindow(after, rows[-1].place if more else None, usage.ROWS_MAX)


def _after(page: PageAsked, last: FoundRow) -> Place | Rank:
    return Rank(last.rank, last.place.group) if page.by_value else last.place


def _part(asked: Asked, windows: Sequence[Span], whole: Found, rows: Sequence[FoundRow]) -> Part:
    def row_of(row: FoundRow) -> Row:
        span = windows[row.place.ordinal - 1]
        group = dict(zip(asked.dimensions, row.place.group, strict=True))
        return Row(span, group, amount_of(asked.aggregation, row.found, span.start_at, span.end_at))

    total = amount_of(asked.aggregation, whole, windows[0].start_at, windows[-1].end_at)
    return Part(tuple(row_of(row) for row in rows), total)
