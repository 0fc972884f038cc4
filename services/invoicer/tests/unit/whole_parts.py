"""A period that nothing cuts, as the part that it is."""

from decimal import Decimal
from uuid import UUID

from usageflow_invoicer.domain.lines import Part
from usageflow_invoicer.domain.periods import Period
from usageflow_invoicer.domain.plans import Charge, PlanVersion
from usageflow_invoicer.domain.segments import PlanRef, Segment


def whole(period_id: UUID, period: Period, plan: PlanVersion) -> Part:
    """All of the period on this plan."""
    ref = PlanRef(plan.plan_id, plan.number)
    segment = Segment(period_id, period, 0, period.index, "regular", period.start_at, period.end_at, ref)
    return Part(segment, plan)


def plan_with(*charges: Charge, base_price: str = "100", billing: str = "arrears") -> PlanVersion:
    """A monthly plan in US dollars."""
    return PlanVersion(UUID(int=4), "PRO", "Pro", "USD", 1, "month", 1, Decimal(base_price), billing, 0, charges)
