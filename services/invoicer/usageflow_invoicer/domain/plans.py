"""A published version of a plan: what a subscription is charged by, for as long as it keeps that version."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal, NamedTuple, TypeAlias
from uuid import UUID

from usageflow_common.metering import Aggregation
from usageflow_invoicer.domain.periods import Interval
from usageflow_invoicer.domain.pricing.rating import Pricing

Billing = Literal["advance", "arrears"]
"""When the base price of a period is billed: on the invoice of the period before it, or on its own."""


Value: TypeAlias = str | None
"""A value of a matrix's key; None for a charge without a matrix."""


class Group(NamedTuple):
    """Usage with this value of a group-by key; "" where events had none."""

    property: str
    value: str


@dataclass(frozen=True, slots=True)
class Matrix:
    """A price for each value of one of the metric's group-by keys; values that are not named take the charge's own price."""

    property: str
    values: Mapping[str, Pricing]


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
    matrix: Matrix | None = None

    def pricing_of(self, value: Value) -> Pricing:
        """The price of usage with this value of the matrix's key."""
        if self.matrix is None or value is None:
            return self.pricing
        return self.matrix.values.get(value, self.pricing)

    def group_of(self, value: Value) -> Group | None:
        """Which usage a value of the matrix's key stands for; None is all of it."""
        return None if self.matrix is None or value is None else Group(self.matrix.property, value)


@dataclass(frozen=True, slots=True)
class PlanVersion:
    """Immutable once published. `base_price` is in major units of `currency`, owed per period."""

    plan_id: UUID
    code: str
    name: str
    currency: str
    number: int
    interval: Interval
    interval_count: int
    base_price: Decimal
    billing: Billing
    trial_days: int
    charges: tuple[Charge, ...]
