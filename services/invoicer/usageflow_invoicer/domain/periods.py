"""Billing periods: half-open, computed from the anchor, never one from the other (Jan 31, Feb 28, Mar 31), in the subscription's zone.

Boundaries are instants of UTC at the beginning of a window, so that usage, which is folded per window, is never split.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from dateutil.relativedelta import relativedelta

from usageflow_common.clock import window_start

Interval = Literal["day", "week", "month", "quarter", "year"]

_MONTHS: dict[Interval, int] = {"month": 1, "quarter": 3, "year": 12}
_DAYS: dict[Interval, int] = {"day": 1, "week": 7}
_LONGEST: dict[Interval, int] = {"day": 1, "week": 7, "month": 31, "quarter": 92, "year": 366}
_SHORTEST: dict[Interval, int] = {"day": 1, "week": 7, "month": 28, "quarter": 90, "year": 365}


@dataclass(frozen=True, slots=True)
class Period:
    """`[start_at, end_at)`, the `index`-th one since the anchor."""

    index: int
    start_at: datetime
    end_at: datetime


@dataclass(frozen=True, slots=True)
class Rhythm:
    """What all periods of a subscription are computed from."""

    anchor_at: datetime
    time_zone: str
    interval: Interval
    interval_count: int

    def period(self, index: int) -> Period:
        """The `index`-th period, from 0."""
        return Period(index, self._boundary(index), self._boundary(index + 1))

    def following(self, index: int) -> Period:
        """The next period after the `index`-th one. A civil day that the zone skipped (Samoa, 30 December 2011) is no period."""
        period = self.period(index + 1)
        return period if period.start_at < period.end_at else self.following(index + 1)

    def step_of(self, instant: datetime) -> int:
        """The index of the period that an instant falls into; below 0 before the anchor."""
        days = (_LONGEST if instant >= self.anchor_at else _SHORTEST)[self.interval] * self.interval_count
        step = (instant - self.anchor_at) // timedelta(days=days) - 1  # at or before it
        while self._boundary(step + 1) <= instant:
            step += 1
        return step

    def _boundary(self, steps: int) -> datetime:
        if steps == 0:
            return window_start(self.anchor_at)  # the anchor itself, also where its civil time occurs twice
        civil = self.anchor_at.astimezone(ZoneInfo(self.time_zone)).replace(tzinfo=None)
        count = steps * self.interval_count
        if self.interval in _MONTHS:
            civil += relativedelta(months=_MONTHS[self.interval] * count)
        else:
            civil += relativedelta(days=_DAYS[self.interval] * count)
        return window_start(instant_of(civil, ZoneInfo(self.time_zone)))


def instant_of(civil: datetime, zone: ZoneInfo) -> datetime:
    """The instant of a civil time: the first of two occurrences; skipped ones by the offset before the gap.

    A skipped midnight is the transition itself: that is when the civil day begins.
    """
    instant = civil.replace(tzinfo=zone, fold=0).astimezone(UTC)
    skipped = instant.astimezone(zone).replace(tzinfo=None) != civil
    return _transition_before(instant, zone) if skipped and civil.time() == time() else instant


def _transition_before(instant: datetime, zone: ZoneInfo) -> datetime:
    """The change of offset in the day before `instant`, to the second."""
    low, high = instant - timedelta(days=1), instant
    after = high.astimezone(zone).utcoffset()
    while high - low > timedelta(seconds=1):
        middle = low + timedelta(seconds=(high - low) // timedelta(seconds=2))
        if middle.astimezone(zone).utcoffset() == after:
            high = middle
        else:
            low = middle
    return high
