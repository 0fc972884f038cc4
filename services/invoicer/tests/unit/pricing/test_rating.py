"""Every price model: exact, bounded, rounded once."""

import itertools
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reference_pricing import differences, expected, expected_minor

from usageflow_invoicer.domain.pricing.documents import pricing_document, pricing_from, step_document, step_from
from usageflow_invoicer.domain.pricing.flat import Flat
from usageflow_invoicer.domain.pricing.graduated import Graduated
from usageflow_invoicer.domain.pricing.package import Package
from usageflow_invoicer.domain.pricing.per_unit import PerUnit
from usageflow_invoicer.domain.pricing.percentage import Percentage
from usageflow_invoicer.domain.pricing.proration import WHOLE, Share, prorate, prorated_price
from usageflow_invoicer.domain.pricing.rating import AmountOutOfRange, Pricing, rate
from usageflow_invoicer.domain.pricing.tiers import Tier
from usageflow_invoicer.domain.pricing.volume import Volume

PRICES = st.decimals(min_value=0, max_value=10**6, places=12)
SMALL = st.decimals(min_value=0, max_value=1_000, places=3)
QUANTITIES = st.decimals(min_value=-1_000, max_value=10_000, places=3)
CURRENCIES = st.sampled_from(["USD", "JPY", "KWD", "CLF"])
TIERS = st.tuples(
    st.lists(st.integers(1, 5_000), max_size=4, unique=True).map(sorted),
    st.lists(st.tuples(SMALL, SMALL), min_size=5, max_size=5),
).map(
    lambda drawn: tuple(
        Tier(up_to, *price) for up_to, price in zip([*map(Decimal, drawn[0]), None], drawn[1], strict=False)
    )
)
MODELS = st.one_of(
    PRICES.map(PerUnit),
    TIERS.map(Graduated),
    TIERS.map(Volume),
    st.builds(Package, st.decimals(min_value=Decimal("0.001"), max_value=500, places=3), SMALL),
    st.decimals(min_value=0, max_value=200, places=6).map(Percentage),
    SMALL.map(Flat),
)
BOUNDS = st.one_of(st.none(), SMALL)
PRICINGS = st.builds(Pricing, MODELS, SMALL, BOUNDS, BOUNDS)
NAMES = {
    PerUnit: "per_unit",
    Graduated: "graduated",
    Volume: "volume",
    Package: "package",
    Percentage: "percentage",
    Flat: "flat",
}


@given(PRICINGS, QUANTITIES, CURRENCIES)
def test_amounts_are_those_of_exact_fractions_rounded_once(pricing, quantity, currency):
    rated, exact = rate(pricing, quantity, currency), expected(pricing, quantity)
    assert Fraction(rated.unrounded) == exact
    assert rated.amount_minor == expected_minor(pricing, quantity, currency)
    if pricing.minimum is None and pricing.maximum is None:
        assert sum(Fraction(step.amount) for step in rated.steps) == exact


@given(PRICINGS, QUANTITIES)
def test_documents_say_everything(pricing, quantity):
    assert pricing_from(NAMES[type(pricing.model)], pricing_document(pricing)) == pricing
    for step in rate(pricing, quantity, "USD").steps:
        assert step_from(step_document(step)) == step


def test_twenty_thousand_random_cases_agree_to_the_minor_unit():
    assert differences("today", 20_000) == []


TIERED = (
    Tier(Decimal(10), Decimal(2), Decimal(5)),
    Tier(Decimal(20), Decimal(1), Decimal(3)),
    Tier(None, Decimal("0.5"), Decimal(0)),
)


@pytest.mark.parametrize(
    ("pricing", "quantity", "currency", "amount_minor"),
    [
        (Pricing(PerUnit(Decimal("0.01")), Decimal(10_000)), "12000", "USD", 2000),
        (Pricing(PerUnit(Decimal("0.01")), Decimal(10_000)), "10000", "USD", 0),
        (Pricing(PerUnit(Decimal("0.01")), Decimal(10_000)), "-5", "USD", 0),
        (Pricing(PerUnit(Decimal("0.005"))), "1", "USD", 1),
        (Pricing(PerUnit(Decimal("0.0049"))), "1", "USD", 0),
        (Pricing(PerUnit(Decimal("0.5"))), "1", "JPY", 1),
        (Pricing(PerUnit(Decimal("0.0005"))), "1", "KWD", 1),
        (Pricing(PerUnit(Decimal("0.00005"))), "1", "CLF", 1),
        (Pricing(PerUnit(Decimal(1)), minimum=Decimal(5)), "0", "USD", 500),
        (Pricing(PerUnit(Decimal(1)), minimum=Decimal(5)), "6", "USD", 600),
        (Pricing(PerUnit(Decimal(1)), maximum=Decimal(5)), "6", "USD", 500),
        (Pricing(Graduated(TIERED)), "0", "USD", 0),
        (Pricing(Graduated(TIERED)), "10", "USD", 2500),
        (Pricing(Graduated(TIERED)), "10.5", "USD", 2850),
        (Pricing(Graduated(TIERED)), "30", "USD", 4300),
        (Pricing(Graduated(TIERED), Decimal(10)), "20", "USD", 2500),
        (Pricing(Volume(TIERED)), "10", "USD", 2500),
        (Pricing(Volume(TIERED)), "11", "USD", 1400),
        (Pricing(Volume(TIERED)), "30", "USD", 1500),
        (Pricing(Package(Decimal(100), Decimal(3))), "0", "USD", 0),
        (Pricing(Package(Decimal(100), Decimal(3))), "100", "USD", 300),
        (Pricing(Package(Decimal(100), Decimal(3))), "100.001", "USD", 600),
        (Pricing(Percentage(Decimal("2.5")), Decimal(100)), "300", "USD", 500),
        (Pricing(Flat(Decimal("9.99"))), "0", "USD", 999),
        (Pricing(Flat(Decimal("9.99"))), "-3", "USD", 999),
    ],
)
def test_cases_by_hand(pricing, quantity, currency, amount_minor):
    assert rate(pricing, Decimal(quantity), currency).amount_minor == amount_minor


def test_an_amount_that_json_cannot_carry_is_refused():
    largest = Decimal(2**53 - 1).scaleb(-2)
    assert rate(Pricing(PerUnit(largest)), Decimal(1), "USD").amount_minor == 2**53 - 1
    with pytest.raises(AmountOutOfRange):
        rate(Pricing(PerUnit(largest + Decimal("0.01"))), Decimal(1), "USD")


@given(PRICES, st.lists(st.integers(0, 2_678_400), max_size=6), CURRENCIES)
def test_the_parts_of_a_period_cost_what_the_whole_costs(price, cuts, currency):
    seconds = 2_678_400
    bounds = [0, *sorted(cuts), seconds]
    shares = [Share(until - since, seconds, since) for since, until in itertools.pairwise(bounds)]
    parts = [prorated_price(price, share, currency) for share in shares]
    assert all(part >= 0 for part in parts)
    assert sum(parts) == prorated_price(price, WHOLE, currency)


def test_what_is_agreed_for_a_period_shrinks_and_tiers_do_not():
    half = prorate(Pricing(Graduated(TIERED), Decimal(1000), Decimal(5), Decimal(9)), Share(1, 2))
    assert half == Pricing(Graduated(TIERED), Decimal(500), Decimal("2.5"), Decimal("4.5"))
    assert prorate(Pricing(Flat(Decimal(10))), Share(1, 3)).model == Flat(Decimal("3.333333333333"))
    assert prorate(Pricing(PerUnit(Decimal(3))), Share(1, 3)) == Pricing(PerUnit(Decimal(3)))
