"""Per unit: every unit beyond the included ones costs the same."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from usageflow_common.money import EXACT


@dataclass(frozen=True, slots=True)
class PerUnit:
    """`unit_price` in major units. The bounds, in minor units, hold before rounding; the minimum is owed at zero usage too."""

    unit_price: Decimal
    included_units: Decimal
    minimum_minor: int | None = None
    maximum_minor: int | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the calculation: so many units at this price."""

    units: Decimal
    unit_price: Decimal
    amount: Decimal


def price_per_unit(pricing: PerUnit, quantity: Decimal) -> tuple[Decimal, tuple[Step, ...]]:
    """Billable units, and the steps whose amounts add up to what they cost in exact major units."""
    units = max(Decimal(0), EXACT.subtract(quantity, pricing.included_units))
    if not units:
        return units, ()
    return units, (Step(units, pricing.unit_price, EXACT.multiply(units, pricing.unit_price)),)
