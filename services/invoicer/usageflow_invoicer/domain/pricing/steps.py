"""The steps of a calculation: what a line shows of its arithmetic."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from usageflow_common.money import EXACT


@dataclass(frozen=True, slots=True)
class Step:
    """So many units at a price and a flat price, all in major units; None where there is none."""

    units: Decimal
    unit_price: Decimal | None
    flat_price: Decimal | None
    amount: Decimal


def step_of(units: Decimal, unit_price: Decimal, flat_price: Decimal | None = None) -> Step:
    """The step with its amount. A flat price of 0 is none."""
    amount = EXACT.multiply(units, unit_price)
    if not flat_price:
        return Step(units, unit_price, None, amount)
    return Step(units, unit_price, flat_price, EXACT.add(amount, flat_price))
