"""Flat: a price for the period, whatever the usage."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from usageflow_invoicer.domain.pricing.steps import Step


@dataclass(frozen=True, slots=True)
class Flat:
    """`price` in major units, owed without usage too."""

    price: Decimal

    def steps(self, units: Decimal) -> tuple[Step, ...]:
        """The price, with the units that it covers."""
        return (Step(units, None, self.price, self.price),)
