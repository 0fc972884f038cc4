"""From a quantity to an amount: exact until the end, bounded, rounded once."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TypeAlias

from usageflow_common.money import AMOUNT_MINOR_MAX, EXACT, round_to_minor, to_major
from usageflow_invoicer.domain.pricing.per_unit import PerUnit, Step, price_per_unit

Pricing: TypeAlias = PerUnit
"""The price models; a further one joins this union and gets its case in `rate`."""


class AmountOutOfRange(Exception):
    """The amount cannot be told exactly in JSON: the invoice stays a draft."""


@dataclass(frozen=True, slots=True)
class Rated:
    """An amount and how it came about. `unrounded` is in major units, after minimum and maximum."""

    quantity: Decimal
    included_units: Decimal
    billable_units: Decimal
    steps: tuple[Step, ...]
    unrounded: Decimal
    amount_minor: int


def rate(pricing: Pricing, quantity: Decimal, currency: str) -> Rated:
    """The amount of a quantity. Rounds half up, once. Raises AmountOutOfRange."""
    units, steps = price_per_unit(pricing, quantity)
    exact = Decimal(0)
    for step in steps:
        exact = EXACT.add(exact, step.amount)
    if pricing.minimum_minor is not None:
        exact = max(exact, to_major(pricing.minimum_minor, currency))
    if pricing.maximum_minor is not None:
        exact = min(exact, to_major(pricing.maximum_minor, currency))
    return Rated(quantity, pricing.included_units, units, steps, exact, in_range(round_to_minor(exact, currency)))


def in_range(amount_minor: int) -> int:
    """The amount, if JSON can carry it."""
    if abs(amount_minor) > AMOUNT_MINOR_MAX:
        raise AmountOutOfRange(str(amount_minor))
    return amount_minor
