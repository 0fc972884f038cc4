"""The period before, and the change since."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from usageflow_aggregator.domain.comparison import change_since, previous_period
from usageflow_common.civil import Span

BERLIN = ZoneInfo("Europe/Berlin")


def at(text):
    return datetime.fromisoformat(text).astimezone(UTC)


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        ("2026-03-01T00:00+01:00", "2026-04-01T00:00+02:00", "2026-02-01T00:00+01:00"),
        ("2026-04-01T00:00+02:00", "2026-05-01T00:00+02:00", "2026-03-01T00:00+01:00"),
        ("2026-01-01T00:00+01:00", "2026-04-01T00:00+02:00", "2025-10-01T00:00+02:00"),
        ("2026-03-01T00:00+00:00", "2026-04-01T00:00+00:00", "2026-01-29T00:00+00:00"),
        ("2026-03-01T00:00+01:00", "2026-03-15T00:00+01:00", "2026-02-15T00:00+01:00"),
        ("2026-03-29T00:00+01:00", "2026-03-30T00:00+02:00", "2026-03-28T01:00+01:00"),
    ],
)
def test_months_are_compared_with_months_and_all_else_with_the_same_length(start, end, expected):
    span = Span(at(start), at(end))

    assert previous_period(span, BERLIN) == Span(at(expected), span.start_at)


@pytest.mark.parametrize(
    ("previous", "total", "change"),
    [
        ("9100", "12000", "0.318681318681"),
        ("3", "1", "-0.666666666667"),
        ("-2", "-1", "-0.5"),
        ("-2", "1", "-1.5"),
        ("0", "1", None),
        (None, "1", None),
        ("1", None, None),
        ("2", "2", "0"),
    ],
)
def test_the_change_is_a_share_of_what_was_before(previous, total, change):
    given = [None if text is None else Decimal(text) for text in (previous, total)]

    assert change_since(*given) == (None if change is None else Decimal(change))
