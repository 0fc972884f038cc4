"""Explain a range below a cut by its windows: as they are kept where nothing changed them since, counted again from raw events elsewhere.

A window changes when an event beyond the cut falls into it, or a correction beyond the cut takes one out of it. It then says so, since it
knows behind which offset it was changed last; all others are still what they were at the cut.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from usageflow_aggregator.domain.asking import EveryRow
from usageflow_aggregator.domain.recount import Tally, TallyKey, merge_tallies
from usageflow_aggregator.service.raw_events import BEGINNING, Counted, Counter
from usageflow_aggregator.store import kept_windows, usage
from usageflow_aggregator.store.kept_windows import KeptWindow
from usageflow_aggregator.store.raw_events import Selection
from usageflow_aggregator.store.usage_parts import Reach
from usageflow_common.civil import Span
from usageflow_common.clock import WINDOW
from usageflow_common.database import transaction
from usageflow_common.money import EXACT

_Tallies = Mapping[datetime, Tally]


@dataclass(frozen=True, slots=True)
class Explained:
    """The whole range, and a page of its quarter hours that have events. `more`: there are windows behind the last one."""

    total: Counted
    windows: tuple[Counted, ...]
    more: bool


async def explain(counter: Counter, selection: Selection, *, after: datetime | None, limit: int) -> Explained:
    """The windows that begin behind `after`, and what all of them amount to."""
    span = selection.span
    weighted = counter.aggregation == "WEIGHTED_SUM"
    reach = Span(BEGINNING, span.end_at) if weighted else span
    async with transaction(counter.engine, read_only=True) as tx:
        kept = await kept_windows.read_kept(tx, counter.org_id, counter.aggregation, selection, reach)
    # What a range begins with is the sum of everything before it; a window that the range cuts in two is counted in each half.
    before = Span(BEGINNING, span.start_at)
    opening = Decimal(0)
    if weighted and before.start_at < before.end_at:
        earlier = await _tallies(counter, selection, kept, before)
        opening = merge_tallies("SUM", list(earlier.values())).state.total
    tallies = await _tallies(counter, selection, kept, span)
    starts = sorted(tallies)
    page = [start_at for start_at in starts if after is None or start_at > after]
    shown = page[:limit]
    told = await _distinct(counter, selection, [span], starts)
    counted = []
    distinct = await _distinct(counter, selection, [Span(each, each + WINDOW) for each in shown], shown)
    level = EXACT.add(opening, _total(tallies[each] for each in starts[: len(starts) - len(page)]))
    for start_at, values in zip(shown, distinct, strict=True):
        tally = tallies[start_at]
        counted.append(Counted(Span(start_at, start_at + WINDOW), tally, level, values))
        level = EXACT.add(level, tally.state.total)
    whole = merge_tallies(counter.aggregation, list(tallies.values()))
    return Explained(Counted(span, whole, opening, told[0]), tuple(counted), len(page) > limit)


async def _tallies(counter: Counter, selection: Selection, kept: Sequence[KeptWindow], span: Span) -> _Tallies:
    """Each window of the span that has events below the cut."""
    stretches = _changed(kept, span)
    found = {
        window.start_at: Tally(window.state, window.digest)
        for window in kept
        if window.state.event_count and _within(window, span) and not window.changed
    }
    counting = counter.counting(by_window=True)
    for stretch in stretches:
        await counter.count_into(counting, replace(selection, span=stretch))
    for key, tally in counting.tallies.items():
        found[_start_of(key)] = tally
    return found


async def _distinct(
    counter: Counter, selection: Selection, spans: Sequence[Span], there: Sequence[datetime]
) -> list[int]:
    """The distinct values in each span (UNIQUE), between which there are no events.

    Which windows have changed is asked anew, in one snapshot with the values: one may have changed since they were last looked at.
    """
    if counter.aggregation != "UNIQUE" or not there:
        return [0] * len(spans)
    whole = Span(max(spans[0].start_at, selection.span.start_at), min(spans[-1].end_at, selection.span.end_at))
    async with transaction(counter.engine, "REPEATABLE READ", read_only=True) as tx:
        kept = await kept_windows.read_kept(tx, counter.org_id, counter.aggregation, selection, whole)
        stretches = _changed(kept, whole)
        reach = Reach(tuple(_between(stretches, whole)), tuple(stretches))
        _, rows = await usage.read_usage(
            tx, counter.org_id, counter.asked(selection), spans, EveryRow(), cut=selection.cut, reach=reach
        )
    found = {row.place.ordinal: row.found.distinct for row in rows}
    return [found.get(ordinal, 0) for ordinal in range(1, len(spans) + 1)]


def _changed(kept: Iterable[KeptWindow], span: Span) -> list[Span]:
    """What of the span has to be counted from raw events: changed windows, and those of which it holds but a part. Neighbours together."""
    stretches: list[Span] = []
    for window in kept:
        start_at, end_at = max(window.start_at, span.start_at), min(window.start_at + WINDOW, span.end_at)
        if start_at >= end_at or (_within(window, span) and not window.changed):
            continue
        if stretches and stretches[-1].end_at == start_at:
            start_at = stretches.pop().start_at
        stretches.append(Span(start_at, end_at))
    return stretches


def _between(stretches: Sequence[Span], span: Span) -> Iterable[Span]:
    """What the stretches leave of the span."""
    start_at = span.start_at
    for stretch in (*stretches, Span(span.end_at, span.end_at)):
        if start_at < stretch.start_at:
            yield Span(start_at, stretch.start_at)
        start_at = stretch.end_at


def _within(window: KeptWindow, span: Span) -> bool:
    return span.start_at <= window.start_at and window.start_at + WINDOW <= span.end_at


def _start_of(key: TallyKey) -> datetime:
    if key.window_start_at is None:
        raise RuntimeError("It was not counted by windows.")
    return key.window_start_at


def _total(tallies: Iterable[Tally]) -> Decimal:
    total = Decimal(0)
    for tally in tallies:
        total = EXACT.add(total, tally.state.total)
    return total
