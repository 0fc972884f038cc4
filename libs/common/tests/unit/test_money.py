"""Decimals stay exact and amounts are rounded once, half up, away from zero."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from usageflow_common.money import (
    OutOfRange,
    TooPrecise,
    bound_decimal,
    currency_exponent,
    decimal_text,
    exact,
    round_to_minor,
    to_major,
)

PERMITTED = st.decimals(
    min_value=Decimal(-(10**19)), max_value=Decimal(10**19), places=12, allow_nan=False, allow_infinity=False
)


@pytest.mark.parametrize(
    ("amount", "currency", "minor"),
    [
        ("20", "USD", 2_000),
        ("0.005", "USD", 1),
        ("0.0049999999", "USD", 0),
        ("-0.005", "USD", -1),
        ("-5.005", "USD", -501),
        ("1.5", "JPY", 2),
        ("-1.5", "JPY", -2),
        ("1.0005", "BHD", 1_001),
        ("1.00005", "CLF", 10_001),
        ("0", "EUR", 0),
    ],
)
def test_rounding_to_the_minor_unit(amount, currency, minor):
    assert round_to_minor(Decimal(amount), currency) == minor


@given(PERMITTED, st.sampled_from(["JPY", "USD", "BHD", "CLF"]))
def test_rounding_equals_the_textbook(amount, currency):
    exponent = currency_exponent(currency)
    scaled = Fraction(amount) * 10**exponent
    half_up = int(abs(scaled) + Fraction(1, 2))
    assert round_to_minor(amount, currency) == (half_up if scaled >= 0 else -half_up)


@given(st.integers(-(2**53), 2**53), st.sampled_from(["JPY", "USD", "BHD", "CLF"]))
def test_minor_units_survive_the_way_to_major_and_back(minor, currency):
    assert round_to_minor(to_major(minor, currency), currency) == minor


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("12000", "12000"),
        ("1E3", "1000"),
        ("0.010", "0.01"),
        ("-0", "0"),
        ("-0.000", "0"),
        ("1E-12", "0.000000000001"),
        ("-1.50", "-1.5"),
    ],
)
def test_the_canonical_text_of_a_decimal(value, text):
    assert decimal_text(bound_decimal(Decimal(value))) == text


@pytest.mark.parametrize(
    "value", ["NaN", "sNaN", "Infinity", "-Infinity", "1e400000", "-1e400000", "1e20", "123456789012345678901"]
)
def test_what_is_out_of_range_is_refused_without_expanding_it(value):
    assert bound_decimal(Decimal(value)) == OutOfRange()


@pytest.mark.parametrize(
    "value", ["0.0000000000001", "1e-400000", "99999999999999999999.1234567890123", "0." + "1" * 5_000]
)
def test_more_than_twelve_places_are_refused(value):
    assert bound_decimal(Decimal(value)) == TooPrecise()


@pytest.mark.parametrize(
    "value", ["99999999999999999999.123456789012", "1.5000000000000000000000000000000000", "1e19", "0e400000"]
)
def test_trailing_zeros_do_not_count_and_nothing_permitted_is_rounded(value):
    assert bound_decimal(Decimal(value)) == Decimal(value)


@given(PERMITTED, PERMITTED)
def test_products_of_permitted_decimals_are_exact(a, b):
    with exact():
        assert Fraction(a * b) == Fraction(a) * Fraction(b)
