"""What a price would make of usage, as the API shows and takes it."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias
from uuid import UUID

from pydantic import Field

from usageflow_common.ids import Prefix
from usageflow_common.wire import Currency, ExactDecimal, MoneyModel, PlainDecimal, RequestModel, ResponseModel, public
from usageflow_invoicer.schemas.plans import DefinitionInput


class VersionPricing(RequestModel):
    """A published version of a plan."""

    plan_id: Annotated[UUID, public(Prefix.PLAN)]
    version: Annotated[int, Field(ge=1, le=2**31 - 1)]


class DraftPricing(RequestModel):
    """The draft of a plan."""

    plan_id: Annotated[UUID, public(Prefix.PLAN)]
    draft: Literal[True]


class DefinitionPricing(RequestModel):
    """A definition that no plan has."""

    currency: Currency
    definition: DefinitionInput


PricingInput: TypeAlias = VersionPricing | DraftPricing | DefinitionPricing


class UsageInput(RequestModel):
    """So much of a metric; `group` names the value of the matrix's key, where the charge has one."""

    metric: Annotated[str, Field(min_length=1, max_length=64)]
    group: Annotated[dict[str, Annotated[str, Field(max_length=400)]], Field(max_length=10)] | None = None
    quantity: ExactDecimal


class SimulationInput(RequestModel):
    """A price, and sets of usage of one whole period."""

    pricing: PricingInput
    usages: Annotated[
        tuple[Annotated[tuple[UsageInput, ...], Field(max_length=1000)], ...], Field(min_length=1, max_length=64)
    ]


class StepBody(ResponseModel):
    """One step of a line's calculation."""

    units: PlainDecimal
    unit_price: PlainDecimal | None
    flat_price: PlainDecimal | None
    amount: PlainDecimal


class SimulatedLine(ResponseModel):
    """A line as an invoice would have it."""

    kind: Literal["base", "usage"]
    description: str
    metric: str | None = None
    model: str | None = None
    group: dict[str, str] | None = None
    quantity: ExactDecimal | None = None
    included_units: ExactDecimal | None = None
    billable_units: ExactDecimal | None = None
    steps: list[StepBody] | None = None
    unrounded: PlainDecimal | None = None
    amount: MoneyModel


class SimulatedInvoice(ResponseModel):
    """What one set of usage costs."""

    lines: list[SimulatedLine]
    total: MoneyModel


class SimulationBody(ResponseModel):
    """One for each set, in their order."""

    data: list[SimulatedInvoice]
