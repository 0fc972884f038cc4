"""The range of a query: from instants or civil dates to the windows that are asked for. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from usageflow_common.civil import Span, TooManyWindows, WindowSize, civil_windows, midnight

WINDOWS_MAX: Final = 10_000
_DAYS_MAX: Final = timedelta(days=400)
_EARLIEST: Final = datetime(2000, 1, 1, tzinfo=UTC)
"""From here on every zone's offset is a whole number of quarter hours, so that civil windows consist of whole windows."""
_LATEST: Final = datetime(2200, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class OutOfBounds:
    """An end that lies where nothing can be, or a range that ends before it begins. `field`: `from` or `to`."""

    field: str
    detail: str


@dataclass(frozen=True, slots=True)
class TooLarge:
    """More than 400 days, or than 10,000 windows."""


def instant_of_end(end: datetime | date, zone: ZoneInfo) -> datetime:
    """An instant as it is; a date as its midnight in the zone."""
    if isinstance(end, datetime):
        return end
    return (
        midnight(end, zone) if _EARLIEST.date() <= end <= _LATEST.date() else datetime.combine(end, _EARLIEST.timetz())
    )


def plan_windows(
    start_at: datetime, end_at: datetime, size: WindowSize, zone: ZoneInfo
) -> list[Span] | OutOfBounds | TooLarge:
    """The windows that tile the range."""
    for field, instant in (("from", start_at), ("to", end_at)):
        if not _EARLIEST <= instant <= _LATEST:
            return OutOfBounds(field, "Must lie between the years 2000 and 2200")
    if end_at <= start_at:
        return OutOfBounds("to", "Must be later than from")
    if end_at - start_at > _DAYS_MAX:
        return TooLarge()
    try:
        return civil_windows(Span(start_at, end_at), size, zone, most=WINDOWS_MAX)
    except TooManyWindows:
        return TooLarge()
