"""Graduated: each tier's units at its own price, and the flat price of each tier that is entered."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from usageflow_common.money import EXACT
from usageflow_invoicer.domain.pricing.steps import Step, step_of
from usageflow_invoicer.domain.pricing.tiers import Tier


@dataclass(frozen=True, slots=True)
class Graduated:
    """Tiers ascend by `up_to`; the last one has no end."""

    tiers: tuple[Tier, ...]

    def steps(self, units: Decimal) -> tuple[Step, ...]:
        """One for each tier that so many units (above 0) enter."""
        steps, below = [], Decimal(0)
        for tier in self.tiers:
            end = units if tier.up_to is None else min(units, tier.up_to)
            steps.append(step_of(EXACT.subtract(end, below), tier.unit_price, tier.flat_price))
            below = end
            if end == units:
                break
        return tuple(steps)
