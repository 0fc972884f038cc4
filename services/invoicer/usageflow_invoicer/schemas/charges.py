"""Charges as the API shows and takes them."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from usageflow_common.ids import Prefix
from usageflow_common.money import round_to_minor
from usageflow_common.wire import ExactDecimal, MoneyInput, MoneyModel, RequestModel, ResponseModel, public
from usageflow_invoicer.domain.plans import Charge
from usageflow_invoicer.domain.pricing.documents import pricing_document
from usageflow_invoicer.domain.pricing.rating import Pricing


def _not_negative(value: Decimal) -> Decimal:
    if value < 0:
        raise PydanticCustomError("out_of_range", "Must not be negative")
    return value


ModelName = Literal["per_unit", "graduated", "volume", "package", "percentage", "flat"]
Price = Annotated[ExactDecimal, AfterValidator(_not_negative)]
Name = Annotated[str, Field(min_length=1, max_length=256)]


class TierInput(RequestModel):
    """One tier; `upTo` is inclusive, and null on the last one alone."""

    up_to: Price | None = None
    unit_price: Price = Decimal(0)
    flat_price: Price = Decimal(0)


class PriceInput(RequestModel):
    """A price. What the charge's model takes is required, what it does not take is refused.

    `per_unit`: unitPrice; `graduated`, `volume`: tiers; `package`: packageSize, packagePrice; `percentage`: percent; `flat`: price.
    """

    unit_price: Price | None = None
    tiers: Annotated[tuple[TierInput, ...], Field(min_length=1, max_length=100)] | None = None
    package_size: Price | None = None
    package_price: Price | None = None
    percent: Price | None = None
    price: Price | None = None
    included_units: Price = Decimal(0)
    minimum_amount: MoneyInput | None = None
    maximum_amount: MoneyInput | None = None


class MatrixValueInput(PriceInput):
    """The price of one value of the matrix's key, compared by its canonical text."""

    value: Annotated[str, Field(max_length=400)]


class MatrixInput(RequestModel):
    """A price for each value of one of the metric's group-by keys; `default` for all others."""

    property: Annotated[str, Field(min_length=1, max_length=64)]
    values: Annotated[tuple[MatrixValueInput, ...], Field(max_length=400)] = ()
    default: PriceInput


class ChargeInput(PriceInput):
    """The price of one metric; `metric` is its code. With a matrix the price stands in there alone."""

    metric: Annotated[str, Field(min_length=1, max_length=64)]
    name: Name | None = None
    model: ModelName
    matrix: MatrixInput | None = None


class TierBody(ResponseModel):
    """One tier."""

    up_to: ExactDecimal | None
    unit_price: ExactDecimal
    flat_price: ExactDecimal


class PriceBody(ResponseModel):
    """A price; members that the model does not take are null."""

    unit_price: ExactDecimal | None = None
    tiers: list[TierBody] | None = None
    package_size: ExactDecimal | None = None
    package_price: ExactDecimal | None = None
    percent: ExactDecimal | None = None
    price: ExactDecimal | None = None
    included_units: ExactDecimal | None = None
    minimum_amount: MoneyModel | None = None
    maximum_amount: MoneyModel | None = None


class MatrixValueBody(PriceBody):
    """The price of one value."""

    value: str


class MatrixBody(ResponseModel):
    """The prices of a matrix."""

    property: str
    values: list[MatrixValueBody]
    default: PriceBody


class ChargeBody(PriceBody):
    """A charge of a published version; with a matrix the price stands in there alone."""

    id: Annotated[UUID, public(Prefix.CHARGE)]
    metric: str
    name: str
    model: str
    matrix: MatrixBody | None


def charge_body(charge: Charge, currency: str) -> ChargeBody:
    """The public shape of a charge."""
    named = {"id": charge.charge_id, "metric": charge.metric, "name": charge.name, "model": charge.model}
    if charge.matrix is None:
        return ChargeBody(**named, matrix=None, **_price_fields(charge.pricing, currency))
    values = [
        MatrixValueBody(value=value, **_price_fields(pricing, currency))
        for value, pricing in charge.matrix.values.items()
    ]
    default = PriceBody(**_price_fields(charge.pricing, currency))
    return ChargeBody(**named, matrix=MatrixBody(property=charge.matrix.property, values=values, default=default))


def _price_fields(pricing: Pricing, currency: str) -> dict[str, object]:
    document = pricing_document(pricing)
    minimum, maximum = document.pop("minimum"), document.pop("maximum")
    bounds = {"minimumAmount": _money(minimum, currency), "maximumAmount": _money(maximum, currency)}
    return document | bounds


def _money(amount: str | None, currency: str) -> MoneyModel | None:
    if amount is None:
        return None
    return MoneyModel(amount_minor=round_to_minor(Decimal(amount), currency), currency=currency)
