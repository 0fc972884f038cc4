"""Per-unit prices: exact, bounded, rounded once."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from usageflow_common.money import currency_exponent
from usageflow_invoicer.domain.pricing.per_unit import PerUnit
from usageflow_invoicer.domain.pricing.rating import AmountOutOfRange, rate

TWELVE_PLACES = st.decimals(min_value=0, max_value=10**9, places=12, allow_nan=False, allow_infinity=False)
QUANTITIES = st.decimals(min_value=-(10**9), max_value=10**9, places=12, allow_nan=False, allow_infinity=False)
CURRENCIES = st.sampled_from(["USD", "JPY", "KWD", "CLF"])


def half_up(value: Fraction) -> int:
    """Away from zero at the half; of a value that is not negative."""
    return (value * 2 + 1).__floor__() // 2


@given(TWELVE_PLACES, TWELVE_PLACES, QUANTITIES, CURRENCIES)
def test_amounts_are_those_of_exact_fractions_rounded_once(price, included, quantity, currency):
    exact = max(Fraction(0), Fraction(quantity) - Fraction(included)) * Fraction(price)
    expected = half_up(exact * 10 ** currency_exponent(currency))
    if expected > 2**53 - 1:
        with pytest.raises(AmountOutOfRange):
            rate(PerUnit(price, included), quantity, currency)
    else:
        rated = rate(PerUnit(price, included), quantity, currency)
        assert rated.amount_minor == expected
        assert Fraction(rated.unrounded) == exact
        assert sum(Fraction(step.amount) for step in rated.steps) == exact


@pytest.mark.parametrize(
    ("pricing", "quantity", "currency", "amount_minor"),
    [
        (PerUnit(Decimal("0.01"), Decimal(10_000)), "12000", "USD", 2000),
        (PerUnit(Decimal("0.01"), Decimal(10_000)), "10000", "USD", 0),
        (PerUnit(Decimal("0.01"), Decimal(10_000)), "-5", "USD", 0),
        (PerUnit(Decimal("0.005"), Decimal(0)), "1", "USD", 1),
        (PerUnit(Decimal("0.0049"), Decimal(0)), "1", "USD", 0),
        (PerUnit(Decimal("0.5"), Decimal(0)), "1", "JPY", 1),
        (PerUnit(Decimal("0.0005"), Decimal(0)), "1", "KWD", 1),
        (PerUnit(Decimal("0.00005"), Decimal(0)), "1", "CLF", 1),
        (PerUnit(Decimal(1), Decimal(0), minimum_minor=500), "0", "USD", 500),
        (PerUnit(Decimal(1), Decimal(0), minimum_minor=500), "6", "USD", 600),
        (PerUnit(Decimal(1), Decimal(0), maximum_minor=500), "6", "USD", 500),
    ],
)
def test_cases_by_hand(pricing, quantity, currency, amount_minor):
    assert rate(pricing, Decimal(quantity), currency).amount_minor == amount_minor


def test_an_amount_that_json_cannot_carry_is_refused():
    largest = Decimal(2**53 - 1).scaleb(-2)
    assert rate(PerUnit(largest, Decimal(0)), Decimal(1), "USD").amount_minor == 2**53 - 1
    with pytest.raises(AmountOutOfRange):
        rate(PerUnit(largest + Decimal("0.01"), Decimal(0)), Decimal(1), "USD")
