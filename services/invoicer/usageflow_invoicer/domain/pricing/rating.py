"""From a quantity to an amount: exact until the end, bounded, rounded once."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TypeAlias

from usageflow_common.money import AMOUNT_MINOR_MAX, EXACT, round_to_minor
from usageflow_invoicer.domain.pricing.flat import Flat
from usageflow_invoicer.domain.pricing.graduated import Graduated
from usageflow_invoicer.domain.pricing.package import Package
from usageflow_invoicer.domain.pricing.per_unit import PerUnit
from usageflow_invoicer.domain.pricing.percentage import Percentage
from usageflow_invoicer.domain.pricing.steps import Step
from usageflow_invoicer.domain.pricing.volume import Volume

Model: TypeAlias = PerUnit | Graduated | Volume | Package | Percentage | Flat


@dataclass(frozen=True, slots=True)
class Pricing:
    """A model, and what all of them take. The bounds, in major units, hold before rounding; the minimum is owed without usage too."""

    model: Model
    included_units: Decimal = Decimal(0)
    minimum: Decimal | None = None
    maximum: Decimal | None = None


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
    """The amount of a quantity. No billable unit costs nothing, except what is flat. Rounds half up, once. Raises AmountOutOfRange."""
    units = max(Decimal(0), EXACT.subtract(quantity, pricing.included_units))
    steps = pricing.model.steps(units) if units or isinstance(pricing.model, Flat) else ()
    exact = Decimal(0)
    for step in steps:
        exact = EXACT.add(exact, step.amount)
    if pricing.minimum is not None:
        exact = max(exact, pricing.minimum)
    if pricing.maximum is not None:
        exact = min(exact, pricing.maximum)
    return Rated(quantity, pricing.included_units, units, steps, exact, in_range(round_to_minor(exact, currency)))


def in_range(amount_minor: int) -> int:
    """The amount, if JSON can carry it."""
    if abs(amount_minor) > AMOUNT_MINOR_MAX:
        raise AmountOutOfRange(str(amount_minor))
    return amount_minor
