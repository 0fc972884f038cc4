"""A published version of a plan: what a subscription is charged by, for as long as it keeps that version."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from usageflow_common.metering import Aggregation
from usageflow_invoicer.domain.periods import Interval
from usageflow_invoicer.domain.pricing.rating import Pricing


@dataclass(frozen=True, slots=True)
class Charge:
    """The price of one metric's usage. The aggregation is the metric's, which never changes."""

    charge_id: UUID
    metric_id: UUID
    metric: str
    aggregation: Aggregation
    name: str
    model: str
    pricing: Pricing


@dataclass(frozen=True, slots=True)
class PlanVersion:
    """Immutable once published. `base_price` is in major units of `currency`, owed per period in arrears."""

    plan_id: UUID
    code: str
    name: str
    currency: str
    number: int
    interval: Interval
    interval_count: int
    base_price: Decimal
    charges: tuple[Charge, ...]
