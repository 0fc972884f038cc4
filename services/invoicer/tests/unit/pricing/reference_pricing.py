"""Prices in some lines of fractions, to compare with, and endless random cases for both."""

from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from itertools import islice
from math import ceil
from random import Random

from usageflow_common.money import currency_exponent
from usageflow_invoicer.domain.pricing.flat import Flat
from usageflow_invoicer.domain.pricing.graduated import Graduated
from usageflow_invoicer.domain.pricing.package import Package
from usageflow_invoicer.domain.pricing.per_unit import PerUnit
from usageflow_invoicer.domain.pricing.percentage import Percentage
from usageflow_invoicer.domain.pricing.rating import Model, Pricing, rate
from usageflow_invoicer.domain.pricing.tiers import Tier
from usageflow_invoicer.domain.pricing.volume import Volume

Case = tuple[Pricing, Decimal, str]
"""A price, a quantity, a currency."""


def expected(pricing: Pricing, quantity: Decimal) -> Fraction:
    """Major units, bounded, not rounded."""
    units = max(Fraction(0), Fraction(quantity) - Fraction(pricing.included_units))
    owed = _owed(pricing.model, units) if units or isinstance(pricing.model, Flat) else Fraction(0)
    if pricing.minimum is not None:
        owed = max(owed, Fraction(pricing.minimum))
    return owed if pricing.maximum is None else min(owed, Fraction(pricing.maximum))


def expected_minor(pricing: Pricing, quantity: Decimal, currency: str) -> int:
    """Minor units, rounded once."""
    return half_up(expected(pricing, quantity) * 10 ** (currency_exponent(currency) or 0))


def half_up(value: Fraction) -> int:
    """Away from zero at the half; of a value that is not negative."""
    return (value * 2 + 1).__floor__() // 2


def differences(seed: str, count: int) -> list[Case]:
    """Those of so many random cases in which the rating and the fractions do not agree to the minor unit."""
    return [case for case in islice(random_cases(seed), count) if rate(*case).amount_minor != expected_minor(*case)]


def random_cases(seed: str) -> Iterator[Case]:
    """Every model, with and without included units and bounds; bounds of tiers and sizes of packages are often met exactly."""
    chance = Random(seed)  # noqa: S311 - cases to repeat, no secrets
    while True:
        model, edges = _model(chance)
        included = _decimal(chance, 100) if chance.random() < 0.4 else Decimal(0)
        low = _decimal(chance, 500) if chance.random() < 0.2 else None
        high = (low or Decimal(0)) + _decimal(chance, 5_000) if chance.random() < 0.2 else None
        quantity = included + chance.choice(edges) if chance.random() < 0.3 else _decimal(chance, 10_000) - 500
        yield Pricing(model, included, low, high), quantity, chance.choice(("USD", "JPY", "KWD", "CLF"))


def _model(chance: Random) -> tuple[Model, tuple[Decimal, ...]]:
    """A model, and the quantities at which it changes."""
    match chance.randrange(6):
        case 0:
            return PerUnit(_decimal(chance, 100)), (Decimal(0), Decimal(1))
        case 1:
            return Percentage(_decimal(chance, 20)), (Decimal(0), Decimal(1))
        case 2:
            return Flat(_decimal(chance, 1_000)), (Decimal(0),)
        case 3:
            size = _decimal(chance, 500) + Decimal("0.001")
            return Package(size, _decimal(chance, 50)), (size, size * 3, size + Decimal("0.001"))
        case kind:
            ends = sorted({_decimal(chance, 5_000) + 1 for _ in range(chance.randrange(5))})
            tiers = tuple(Tier(end, _decimal(chance, 10), _decimal(chance, 50)) for end in (*ends, None))
            return (Graduated if kind == 4 else Volume)(tiers), (*ends, Decimal(1))


def _decimal(chance: Random, below: int) -> Decimal:
    places = chance.choice((0, 0, 1, 2, 3, 6, 12))
    return Decimal(chance.randrange(below * 10**places)).scaleb(-places)


def _owed(model: Model, units: Fraction) -> Fraction:
    match model:
        case PerUnit(price):
            return units * Fraction(price)
        case Package(size, price):
            return ceil(units / Fraction(size)) * Fraction(price)
        case Percentage(percent):
            return units * Fraction(percent) / 100
        case Flat(price):
            return Fraction(price)
        case Volume(tiers):
            tier = next(tier for tier in tiers if tier.up_to is None or units <= tier.up_to)
            return units * Fraction(tier.unit_price) + Fraction(tier.flat_price)
        case Graduated(tiers):
            owed, below = Fraction(0), Fraction(0)
            for tier in tiers:
                if units > below:
                    end = units if tier.up_to is None else min(units, Fraction(tier.up_to))
                    owed += (end - below) * Fraction(tier.unit_price) + Fraction(tier.flat_price)
                below = Fraction(tier.up_to or 0)
            return owed
