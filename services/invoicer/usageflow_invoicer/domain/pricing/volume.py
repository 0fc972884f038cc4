"""Volume: all units at the price of the tier that their number falls in."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from usageflow_invoicer.domain.pricing.steps import Step, step_of
from usageflow_invoicer.domain.pricing.tiers import Tier


@dataclass(frozen=True, slots=True)
class Volume:
    """Tiers ascend by `up_to`; the last one has no end."""

    tiers: tuple[Tier, ...]

    def steps(self, units: Decimal) -> tuple[Step, ...]:
        """What so many units (above 0) cost."""
        tier = next(tier for tier in self.tiers if tier.up_to is None or units <= tier.up_to)
        return (step_of(units, tier.unit_price, tier.flat_price),)
