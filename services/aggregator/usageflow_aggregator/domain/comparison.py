"""The period before: which range it is, and by how much usage changed since. Pure."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from usageflow_common.civil import Span, midnight
from usageflow_common.metering import quotient
from usageflow_common.money import EXACT


def previous_period(span: Span, zone: ZoneInfo) -> Span:
    """As many calendar months before the range when both its ends begin a month in the zone; otherwise the range of equal length before it."""
    start, end = _month(span.start_at, zone), _month(span.end_at, zone)
    if start is None or end is None:
        return Span(span.start_at - (span.end_at - span.start_at), span.start_at)
    first = start - (end - start)
    civil = span.start_at.astimezone(zone).date()
    return Span(midnight(civil.replace(year=first // 12, month=first % 12 + 1, day=1), zone), span.start_at)


def change_since(previous: Decimal | None, total: Decimal | None) -> Decimal | None:
    """(total − previous) ÷ previous, half up to 12 decimals; None without two values, or when the first is 0."""
    if not previous or total is None:
        return None
    difference = EXACT.subtract(total, previous)
    return quotient(difference, previous) if previous > 0 else quotient(EXACT.minus(difference), EXACT.minus(previous))


def _month(instant: datetime, zone: ZoneInfo) -> int | None:
    """Months since the year 0, if one begins at the instant."""
    day = instant.astimezone(zone).date()
    return day.year * 12 + day.month - 1 if day.day == 1 and midnight(day, zone) == instant else None
