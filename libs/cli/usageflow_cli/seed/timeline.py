"""When things happen in the demo organization: three periods that close, and one that goes on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from usageflow_cli.api import Misused

ZONE: Final = ZoneInfo("Europe/Berlin")
CLOSED: Final = 3
DAYS_MIN: Final = 7
DAYS_MAX: Final = 37
RUNNING_MIN: Final = timedelta(hours=36)
"""The running period is older than this: else the clock of the organization ends ahead of everybody's."""


@dataclass(frozen=True, slots=True)
class Timeline:
    """`bounds` are the ends and beginnings of four periods: three closed ones, and one that runs at `until`. Aware instants."""

    bounds: tuple[datetime, ...]
    until: datetime
    interval: str
    interval_count: int

    @property
    def start(self) -> datetime:
        """The first instant with usage."""
        return self.bounds[0]

    @property
    def span_days(self) -> int:
        """How long a period is, roughly."""
        return (self.bounds[1] - self.bounds[0]).days

    def within(self, period: int, percent: int) -> datetime:
        """An instant inside a period (0 to 3), of a month a midnight, and never behind the end of the story."""
        start = self.bounds[period]
        at = start + timedelta(days=self.span_days) * percent / 100
        if self.interval == "month":
            at = datetime.combine(at.date(), time(), ZONE)
        return min(at, self.until)

    def period(self, number: int) -> tuple[datetime, datetime]:
        """[start, end) of a period; the last one ends where the story does."""
        return self.bounds[number], self.bounds[number + 1] if number < CLOSED else self.until


def timeline(until: datetime, days: int | None) -> Timeline:
    """Three months before that of `until`, or, with `days`, so many days in thirds. Misused when they are too few or too many."""
    local = until.astimezone(ZONE)
    if days is None:
        months = [_month(local, back) for back in range(CLOSED, -1, -1)]
        return Timeline(tuple(months), max(until, months[-1] + RUNNING_MIN), "month", 1)
    if not DAYS_MIN <= days <= DAYS_MAX:
        raise Misused(f"--days takes {DAYS_MIN} to {DAYS_MAX}")
    span = (days - 1) // CLOSED
    first = local.date() - timedelta(days=days)
    dates = [first + timedelta(days=number * span) for number in range(CLOSED + 1)]
    starts = [datetime.combine(date, time(), ZONE) for date in dates]
    return Timeline(tuple(starts), max(until, starts[-1] + RUNNING_MIN), "day", span)


def _month(local: datetime, back: int) -> datetime:
    months = local.year * 12 + local.month - 1 - back
    return datetime(months // 12, months % 12 + 1, 1, tzinfo=ZONE)
