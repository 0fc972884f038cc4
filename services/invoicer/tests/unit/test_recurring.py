"""What recurs a month, and how it moves."""

from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from usageflow_invoicer.domain.recurring import Month, Moves, monthly_minor, months_over, moves

A, B = UUID(int=1), UUID(int=2)


@pytest.mark.parametrize(
    ("price", "interval", "count", "currency", "expected"),
    [
        ("100", "month", 1, "USD", 10_000),
        ("100", "month", 3, "USD", 3_333),
        ("1200", "year", 1, "USD", 10_000),
        ("1000", "year", 1, "USD", 8_333),
        ("300", "quarter", 1, "USD", 10_000),
        ("12", "week", 1, "USD", 5_200),
        ("1", "day", 1, "USD", 3_042),
        ("1", "day", 7, "USD", 435),
        ("1000", "year", 1, "JPY", 83),
        ("1", "year", 1, "KWD", 83),
        ("0.06", "year", 1, "USD", 1),
    ],
)
def test_a_price_is_brought_to_a_month(price, interval, count, currency, expected):
    assert monthly_minor(Decimal(price), interval, count, currency) == expected


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ({}, {}, {}),
        ({}, {(A, "USD"): 5}, {"USD": Moves(5, new=5)}),
        ({(A, "USD"): 5}, {}, {"USD": Moves(0, churned=5)}),
        (
            {(A, "USD"): 5, (B, "USD"): 5},
            {(A, "USD"): 7, (B, "USD"): 4},
            {"USD": Moves(11, expansion=2, contraction=1)},
        ),
        ({(A, "USD"): 5}, {(A, "EUR"): 5}, {"USD": Moves(0, churned=5), "EUR": Moves(5, new=5)}),
    ],
)
def test_moves_explain_the_change(before, after, expected):
    found = moves(before, after)
    assert found == expected
    for currency, each in found.items():
        was = sum(value for (_, unit), value in before.items() if unit == currency)
        assert was + each.new + each.expansion - each.contraction - each.churned == each.mrr


def test_months_are_civil_and_cover_the_span():
    start, end = datetime(2026, 3, 15, tzinfo=UTC), datetime(2026, 4, 30, 22, 30, tzinfo=UTC)
    assert months_over(start, end, ZoneInfo("Europe/Berlin")) == [
        Month(datetime(2026, 2, 28, 23, tzinfo=UTC), datetime(2026, 3, 31, 22, tzinfo=UTC)),
        Month(datetime(2026, 3, 31, 22, tzinfo=UTC), datetime(2026, 4, 30, 22, tzinfo=UTC)),
        Month(datetime(2026, 4, 30, 22, tzinfo=UTC), datetime(2026, 5, 31, 22, tzinfo=UTC)),
    ]
    assert months_over(end, start, ZoneInfo("UTC")) == []
