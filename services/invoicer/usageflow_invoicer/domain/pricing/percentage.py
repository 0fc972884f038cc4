"""Percentage: a share of an amount. The metric's unit is the currency's major unit."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from usageflow_common.money import EXACT
from usageflow_invoicer.domain.pricing.steps import Step, step_of


@dataclass(frozen=True, slots=True)
class Percentage:
    """`percent`: 2.5 is 2.5 %."""

    percent: Decimal

    def steps(self, units: Decimal) -> tuple[Step, ...]:
        """The share of so many units (above 0). The step's unit price is the share of one: 0.025 for 2.5 %."""
        return (step_of(units, EXACT.scaleb(self.percent, -2)),)
