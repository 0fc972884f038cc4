"""Package: units are sold in packages, of which a started one is paid whole."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from usageflow_common.money import EXACT
from usageflow_invoicer.domain.pricing.steps import Step, step_of


@dataclass(frozen=True, slots=True)
class Package:
    """`size` units (above 0) for `price` in major units."""

    size: Decimal
    price: Decimal

    def steps(self, units: Decimal) -> tuple[Step, ...]:
        """The packages that so many units (above 0) start. The step's units are packages."""
        packages = EXACT.divide_int(units, self.size)
        if EXACT.multiply(packages, self.size) < units:
            packages = EXACT.add(packages, Decimal(1))
        return (step_of(packages, self.price),)
