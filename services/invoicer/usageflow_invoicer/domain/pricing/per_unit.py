"""Per unit: every unit costs the same."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from usageflow_invoicer.domain.pricing.steps import Step, step_of


@dataclass(frozen=True, slots=True)
class PerUnit:
    """`unit_price` in major units."""

    unit_price: Decimal

    def steps(self, units: Decimal) -> tuple[Step, ...]:
        """What so many units (above 0) cost."""
        return (step_of(units, self.unit_price),)
