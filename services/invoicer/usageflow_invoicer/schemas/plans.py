"""Plans as the API shows and takes them."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from usageflow_common.ids import Prefix
from usageflow_common.wire import Currency, ExactDecimal, Instant, Metadata, RequestModel, ResponseModel, public
from usageflow_invoicer.domain.periods import Interval
from usageflow_invoicer.domain.plans import Billing
from usageflow_invoicer.schemas.charges import ChargeBody, ChargeInput, Name, Price, charge_body
from usageflow_invoicer.store.plans import Plan, PlanStatus, Published

Code = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_.-]{0,63}$")]
Description = Annotated[str, Field(max_length=1024)]


class DefinitionInput(RequestModel):
    """What a version of a plan says."""

    interval: Interval
    interval_count: Annotated[int, Field(ge=1, le=12)] = 1
    base_price: Price = Decimal(0)
    billing: Billing = "arrears"
    trial_days: Annotated[int, Field(ge=0, le=730)] = 0
    charges: Annotated[tuple[ChargeInput, ...], Field(max_length=100)] = ()


class PlanCreate(RequestModel):
    """A new plan; with `publish` its definition becomes version 1 at once."""

    code: Code
    name: Name
    description: Description | None = None
    currency: Currency
    metadata: Metadata | None = None
    draft: DefinitionInput
    publish: bool = False


def _not_null(value: str | None) -> str:
    if value is None:
        raise PydanticCustomError("invalid_type", "Must be a text")
    return value


class PlanPatch(RequestModel):
    """What may change of a plan beside its draft; null takes a description away."""

    name: Annotated[Name | None, AfterValidator(_not_null)] = None
    description: Description | None = None
    metadata: Metadata | None = None


class VersionBody(ResponseModel):
    """A published version."""

    number: int
    published_at: Instant
    interval: Interval
    interval_count: int
    base_price: ExactDecimal
    billing: Billing
    trial_days: int
    charges: list[ChargeBody]


class PlanBody(ResponseModel):
    """A plan with its latest version and its draft."""

    id: Annotated[UUID, public(Prefix.PLAN)]
    code: str
    name: str
    description: str | None
    currency: str
    status: PlanStatus
    latest_version: int | None
    draft: dict[str, Any] | None
    metadata: dict[str, str]
    created_at: Instant
    version: int
    current: VersionBody | None


class VersionList(ResponseModel):
    """A page of published versions."""

    data: list[VersionBody]
    next_cursor: str | None


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
        status=plan.status,
        latest_version=plan.latest_version,
        draft=dict(plan.draft) if plan.draft is not None else None,
        metadata=dict(plan.metadata),
        created_at=plan.created_at,
        version=plan.version,
        current=version_body(current) if current else None,
    )


def version_body(published: Published) -> VersionBody:
    """The public shape of a published version."""
    version = published.version
    return VersionBody(
        number=version.number,
        published_at=published.published_at,
        interval=version.interval,
        interval_count=version.interval_count,
        base_price=version.base_price,
        billing=version.billing,
        trial_days=version.trial_days,
        charges=[charge_body(charge, version.currency) for charge in version.charges],
    )
