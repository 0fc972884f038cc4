"""Monthly recurring revenue: what subscriptions cost a month whatever is used, and how that moves. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from usageflow_common.money import EXACT, round_to_minor
from usageflow_invoicer.domain.periods import Interval, instant_of

_PER_MONTH: Final[Mapping[Interval, tuple[int, int]]] = {
    "day": (365, 12),
    "week": (52, 12),
    "month": (1, 1),
    "quarter": (1, 3),
    "year": (1, 12),
}

Recurring = Mapping[tuple[UUID, str], int]
"""Subscription and currency → minor units a month."""


@dataclass(frozen=True, slots=True)
class Month:
    """Half-open."""

    start_at: datetime
    end_at: datetime


@dataclass(frozen=True, slots=True)
class Moves:
    """Minor units: what recurs at the end of a month, and what made it so since the month before. All but `mrr` add up to the change."""

    mrr: int = 0
    new: int = 0
    expansion: int = 0
    contraction: int = 0
    churned: int = 0


def monthly_minor(price: Decimal, interval: Interval, count: int, currency: str) -> int:
    """A base price, owed every `count` intervals, brought to a month: a day is 12/365 of one, a week 12/52."""
    times, parts = _PER_MONTH[interval]
    product = EXACT.multiply(price, Decimal(times))
    return round_to_minor(EXACT.divide(product, Decimal(parts * count)), currency)


def moves(before: Recurring, after: Recurring) -> dict[str, Moves]:
    """By currency. What changed its currency ended in one and is new in the other."""
    found: dict[str, Moves] = {}
    for key in {**before, **after}:
        was, is_ = before.get(key, 0), after.get(key, 0)
        so_far, change = found.get(key[1], Moves()), is_ - was
        found[key[1]] = Moves(
            so_far.mrr + is_,
            so_far.new + (change if key not in before else 0),
            so_far.expansion + (change if key in before and key in after and change > 0 else 0),
            so_far.contraction + (-change if key in before and key in after and change < 0 else 0),
            so_far.churned + (was if key not in after else 0),
        )
    return found


def months_over(start_at: datetime, end_at: datetime, zone: ZoneInfo) -> list[Month]:
    """The civil months that hold an instant of the span; none when it is empty."""
    bounds = _month_starts(start_at, zone)
    months = []
    begin = next(bounds)
    while begin < end_at:
        end = next(bounds)
        months.append(Month(begin, end))
        begin = end
    return months


def _month_starts(instant: datetime, zone: ZoneInfo) -> Iterator[datetime]:
    civil = instant.astimezone(zone)
    count = civil.year * 12 + civil.month - 1
    while True:
        yield instant_of(datetime(count // 12, count % 12 + 1, 1), zone)  # noqa: DTZ001  # a civil time, placed in its zone
        count += 1
