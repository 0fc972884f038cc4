"""Civil windows: hours, days and months as a time zone has them, clock changes included, cut to the range that was asked for. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import assert_never
from zoneinfo import ZoneInfo

from usageflow_common.clock import WINDOW, window_start


class WindowSize(StrEnum):
    """How a range is divided."""

    NONE = "none"
    QUARTER_HOUR = "quarter_hour"
    HOUR = "hour"
    DAY = "day"
    MONTH = "month"


@dataclass(frozen=True, slots=True)
class Span:
    """Half-open, UTC: from `start_at` to just before `end_at`."""

    start_at: datetime
    end_at: datetime


class TooManyWindows(Exception):
    """The range has more windows than permitted."""


def civil_windows(span: Span, size: WindowSize, zone: ZoneInfo, *, most: int) -> list[Span]:
    """The windows that the range touches, in order; they tile it exactly. TooManyWindows beyond `most`."""
    if size is WindowSize.NONE:
        return [span]
    bounds = [span.start_at]
    for bound in _bounds_after(span.start_at, size, zone):
        if bound >= span.end_at:
            break
        if len(bounds) == most:
            raise TooManyWindows
        bounds.append(bound)
    return [Span(start, end) for start, end in zip(bounds, [*bounds[1:], span.end_at], strict=True)]


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """The instant at which the day begins in the zone: the first of two midnights; the transition itself when there is none."""
    civil = datetime.combine(day, time(), zone)
    instant = civil.astimezone(UTC)
    if instant.astimezone(zone).replace(tzinfo=None) == civil.replace(tzinfo=None):
        return instant
    # A clock change skips this midnight. Python's reading with the offset before the gap lies after the transition.
    return _transition(instant - timedelta(days=1), instant, zone)


def whole_windows(span: Span) -> Span | None:
    """The longest run of whole quarter hours inside the range; None when there is none."""
    start = window_start(span.start_at)
    start = start if start == span.start_at else start + WINDOW
    end = window_start(span.end_at)
    return Span(start, end) if start < end else None


def _bounds_after(instant: datetime, size: WindowSize, zone: ZoneInfo) -> Iterator[datetime]:
    match size:
        case WindowSize.QUARTER_HOUR:
            yield from _steps(window_start(instant), WINDOW)
        case WindowSize.HOUR:
            yield from _hours(instant, zone)
        case WindowSize.DAY:
            day = instant.astimezone(zone).date()
            while True:
                day += timedelta(days=1)
                yield midnight(day, zone)
        case WindowSize.MONTH:
            first = instant.astimezone(zone).date().replace(day=1)
            while True:
                first = (first + timedelta(days=32)).replace(day=1)
                yield midnight(first, zone)
        case WindowSize.NONE:
            return
        case _:
            assert_never(size)


def _hours(instant: datetime, zone: ZoneInfo) -> Iterator[datetime]:
    # Quarter by quarter, because some clock changes are of half an hour: then an hour begins where the clock jumps into it.
    before = window_start(instant).astimezone(zone)
    for bound in _steps(window_start(instant), WINDOW):
        civil = bound.astimezone(zone)
        if civil.minute == 0 or civil.hour != before.hour:
            yield bound
        before = civil


def _steps(start: datetime, step: timedelta) -> Iterator[datetime]:
    while True:
        start += step
        yield start


def _transition(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """The second at which the zone's offset changes between two instants."""
    old = before.astimezone(zone).utcoffset()
    while after - before > timedelta(seconds=1):
        middle = (before + (after - before) / 2).replace(microsecond=0)
        if middle <= before:
            break
        before, after = (middle, after) if middle.astimezone(zone).utcoffset() == old else (before, middle)
    return after
