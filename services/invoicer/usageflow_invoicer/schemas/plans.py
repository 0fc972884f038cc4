"""Plans as the API shows and takes them."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from usageflow_common.ids import Prefix
from usageflow_common.wire import (
    Currency,
    ExactDecimal,
    Instant,
    Metadata,
    MoneyInput,
    MoneyModel,
    RequestModel,
    ResponseModel,
    public,
)
from usageflow_invoicer.domain.periods import Interval
from usageflow_invoicer.domain.plans import Charge
from usageflow_invoicer.store.plans import Plan, Published


def _not_negative(value: Decimal) -> Decimal:
    if value < 0:
        raise PydanticCustomError("out_of_range", "Must not be negative")
    return value


def _supported_model(value: str) -> str:
    if value != "per_unit":
        raise PydanticCustomError("invalid_value", "This version rates per_unit only")
    return value


def _supported_billing(value: str) -> str:
    if value != "arrears":
        raise PydanticCustomError("invalid_value", "This version bills the base price in arrears only")
    return value


Price = Annotated[ExactDecimal, AfterValidator(_not_negative)]
Name = Annotated[str, Field(min_length=1, max_length=256)]
Code = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_.-]{0,63}$")]


class ChargeInput(RequestModel):
    """The price of one metric; `metric` is its code."""

    metric: Annotated[str, Field(min_length=1, max_length=64)]
    name: Name | None = None
    model: Annotated[
        Literal["per_unit", "graduated", "volume", "package", "percentage", "flat"], AfterValidator(_supported_model)
    ]
    unit_price: Price
    included_units: Price = Decimal(0)
    minimum_amount: MoneyInput | None = None
    maximum_amount: MoneyInput | None = None
    matrix: None = None


class DefinitionInput(RequestModel):
    """What a version of a plan says."""

    interval: Interval
    interval_count: Annotated[int, Field(ge=1, le=12)] = 1
    base_price: Price = Decimal(0)
    billing: Annotated[Literal["advance", "arrears"], AfterValidator(_supported_billing)] = "arrears"
    trial_days: Annotated[int, Field(ge=0, le=0)] = 0
    charges: Annotated[tuple[ChargeInput, ...], Field(max_length=100)] = ()


class PlanCreate(RequestModel):
    """A new plan; with `publish` its definition becomes version 1 at once."""

    code: Code
    name: Name
    description: Annotated[str, Field(max_length=1024)] | None = None
    currency: Currency
    metadata: Metadata | None = None
    draft: DefinitionInput
    publish: bool = False


class ChargeBody(ResponseModel):
    """A charge of a published version."""

    id: Annotated[UUID, public(Prefix.CHARGE)]
    metric: str
    name: str
    model: str
    unit_price: ExactDecimal
    included_units: ExactDecimal
    minimum_amount: MoneyModel | None
    maximum_amount: MoneyModel | None
    matrix: None


class VersionBody(ResponseModel):
    """A published version."""

    number: int
    published_at: Instant
    interval: Interval
    interval_count: int
    base_price: ExactDecimal
    billing: str
    trial_days: int
    charges: list[ChargeBody]


class PlanBody(ResponseModel):
    """A plan with its latest version and its draft."""

    id: Annotated[UUID, public(Prefix.PLAN)]
    code: str
    name: str
    description: str | None
    currency: str
    status: Literal["draft", "active"]
    latest_version: int | None
    draft: dict[str, Any] | None
    metadata: dict[str, str]
    created_at: Instant
    version: int
    current: VersionBody | None


class PlanList(ResponseModel):
    """A page of plans."""

    data: list[PlanBody]
    next_cursor: str | None


def plan_body(plan: Plan, current: Published | None) -> PlanBody:
    """The public shape of a plan."""
    return PlanBody(
        id=plan.plan_id,
        code=plan.code,
        name=plan.name,
        description=plan.description,
        currency=plan.currency,
        status="draft" if plan.latest_version is None else "active",
        latest_version=plan.latest_version,
        draft=dict(plan.draft) if plan.draft is not None else None,
        metadata=dict(plan.metadata),
        created_at=plan.created_at,
        version=plan.version,
        current=_version_body(current) if current else None,
    )


def _version_body(published: Published) -> VersionBody:
    version = published.version
    return VersionBody(
        number=version.number,
        published_at=published.published_at,
        interval=version.interval,
        interval_count=version.interval_count,
        base_price=version.base_price,
        billing="arrears",
        trial_days=0,
        charges=[_charge_body(charge, version.currency) for charge in version.charges],
    )


def _charge_body(charge: Charge, currency: str) -> ChargeBody:
    pricing = charge.pricing
    return ChargeBody(
        id=charge.charge_id,
        metric=charge.metric,
        name=charge.name,
        model=charge.model,
        unit_price=pricing.unit_price,
        included_units=pricing.included_units,
        minimum_amount=_money(pricing.minimum_minor, currency),
        maximum_amount=_money(pricing.maximum_minor, currency),
        matrix=None,
    )


def _money(amount_minor: int | None, currency: str) -> MoneyModel | None:
    return None if amount_minor is None else MoneyModel(amount_minor=amount_minor, currency=currency)
