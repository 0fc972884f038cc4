"""From a definition as it was sent to charges: every field that is not right is named."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from usageflow_common.errors import FieldError, ValidationFailed
from usageflow_common.ids import new_id
from usageflow_common.metering import AGGREGATIONS, Aggregation
from usageflow_common.money import to_major
from usageflow_common.records import MetricRecord
from usageflow_common.wire import MoneyInput
from usageflow_invoicer.domain.plans import Charge, Matrix
from usageflow_invoicer.domain.pricing.documents import MODELS
from usageflow_invoicer.domain.pricing.flat import Flat
from usageflow_invoicer.domain.pricing.graduated import Graduated
from usageflow_invoicer.domain.pricing.package import Package
from usageflow_invoicer.domain.pricing.per_unit import PerUnit
from usageflow_invoicer.domain.pricing.percentage import Percentage
from usageflow_invoicer.domain.pricing.rating import Model, Pricing
from usageflow_invoicer.domain.pricing.tiers import Tier
from usageflow_invoicer.domain.pricing.volume import Volume
from usageflow_invoicer.schemas.charges import ChargeInput, PriceInput
from usageflow_invoicer.schemas.plans import DefinitionInput

MATRIX_VALUES_MAX: Final = 400
_AGGREGATIONS: Final[Mapping[str, Aggregation]] = {each: each for each in AGGREGATIONS}
_TAKES: Final[Mapping[str, tuple[str, ...]]] = {
    "per_unit": ("unit_price",),
    "graduated": ("tiers",),
    "volume": ("tiers",),
    "package": ("package_size", "package_price"),
    "percentage": ("percent",),
    "flat": ("price",),
}
"""By model, in the order of documents.MODELS."""

_FIELDS: Final = tuple(dict.fromkeys(field for model in MODELS for field in _TAKES[model]))


@dataclass(frozen=True, slots=True)
class _Place:
    """Where in the body something stands, and the plan's currency."""

    pointer: str
    currency: str

    def at(self, field: str) -> _Place:
        return _Place(f"{self.pointer}/{field}", self.currency)

    def error(self, code: str, detail: str) -> FieldError:
        return FieldError(self.pointer, code, detail)


def read_charges(
    definition: DefinitionInput, currency: str, metrics: Mapping[str, MetricRecord], pointer: str = "/draft"
) -> tuple[Charge, ...]:
    """The charges with their metrics. ValidationFailed names each field that is not right, below `pointer`."""
    errors: list[FieldError] = []
    charges: list[Charge] = []
    seen: set[str] = set()
    matrix_values = 0
    for index, charge in enumerate(definition.charges):
        place = _Place(f"{pointer}/charges/{index}", currency)
        metric = metrics.get(charge.metric)
        faults = [*_charge_errors(charge, metric, place)]
        if charge.metric in seen:
            faults.append(place.at("metric").error("duplicate", "One charge per metric"))
        matrix_values += len(charge.matrix.values) if charge.matrix else 0
        if matrix_values > MATRIX_VALUES_MAX:
            detail = f"At most {MATRIX_VALUES_MAX} values in all charges together"
            faults.append(place.at("matrix").at("values").error("too_long", detail))
        seen.add(charge.metric)
        errors += faults
        if metric is not None and not faults:
            charges.append(_charge(charge, metric, currency))
    if errors:
        raise ValidationFailed.of(*errors)
    return tuple(charges)


def _charge(charge: ChargeInput, metric: MetricRecord, currency: str) -> Charge:
    default: PriceInput = charge
    matrix = None
    if charge.matrix is not None:
        default = charge.matrix.default
        values = {each.value: _pricing(charge.model, each, currency) for each in charge.matrix.values}
        matrix = Matrix(charge.matrix.property, values)
    pricing = _pricing(charge.model, default, currency)
    aggregation = _AGGREGATIONS[metric.aggregation]
    name = charge.name or metric.code
    return Charge(new_id(), metric.metric_id, metric.code, aggregation, name, charge.model, pricing, matrix)


def _charge_errors(charge: ChargeInput, metric: MetricRecord | None, place: _Place) -> Iterator[FieldError]:
    if metric is None:
        yield place.at("metric").error("invalid_value", "There is no such metric")
    elif metric.aggregation not in _AGGREGATIONS:
        yield place.at("metric").error("invalid_value", f"{metric.aggregation} is not known here")
    if charge.matrix is None:
        yield from _price_errors(charge.model, charge, place)
        return
    matrix = place.at("matrix")
    if metric is not None and charge.matrix.property not in metric.group_by:
        yield matrix.at("property").error("invalid_value", "Is not a group-by key of the metric")
    # A stored draft names every member: what says nothing beside a matrix is null, or no units included.
    beside = {field for field in (*_FIELDS, "minimum_amount", "maximum_amount") if getattr(charge, field) is not None}
    for field in sorted(beside | ({"included_units"} if charge.included_units else set())):
        detail = "With a matrix, prices stand in there"
        yield place.at(_wire_name(field)).error("unknown_field", detail)
    yield from _price_errors(charge.model, charge.matrix.default, matrix.at("default"))
    values: set[str] = set()
    for index, each in enumerate(charge.matrix.values):
        here = matrix.at("values").at(str(index))
        yield from _price_errors(charge.model, each, here)
        if each.value in values:
            yield here.at("value").error("duplicate", "Each value once")
        values.add(each.value)


def _price_errors(model: str, price: PriceInput, place: _Place) -> Iterator[FieldError]:
    for field in _FIELDS:
        given, taken = getattr(price, field) is not None, field in _TAKES[model]
        if taken and not given:
            yield place.at(_wire_name(field)).error("required", f"A price of {model} has it")
        if given and not taken:
            yield place.at(_wire_name(field)).error("unknown_field", f"A price of {model} does not have it")
    if model in ("graduated", "volume") and price.tiers is not None:
        yield from _tier_errors(price, place.at("tiers"))
    if model == "package" and price.package_size is not None and not price.package_size:
        yield place.at("packageSize").error("out_of_range", "Must be above 0")
    yield from _bound_errors(price, place)


def _tier_errors(price: PriceInput, place: _Place) -> Iterator[FieldError]:
    tiers, below = price.tiers or (), Decimal(0)
    for index, tier in enumerate(tiers):
        here, last = place.at(str(index)).at("upTo"), index == len(tiers) - 1
        if (tier.up_to is None) != last:
            detail = "The last tier has no end" if last else "Only the last tier has no end"
            yield here.error("invalid_value", detail)
        elif tier.up_to is not None and tier.up_to <= below:
            yield here.error("out_of_range", "Must be above 0 and the tier before")
        below = tier.up_to or below


def _bound_errors(price: PriceInput, place: _Place) -> Iterator[FieldError]:
    low, high = price.minimum_amount, price.maximum_amount
    for name, bound in (("minimumAmount", low), ("maximumAmount", high)):
        if bound is not None and bound.currency != place.currency:
            yield place.at(name).at("currency").error("invalid_value", f"The plan is in {place.currency}")
        if bound is not None and bound.amount_minor < 0:
            yield place.at(name).at("amountMinor").error("out_of_range", "Must not be negative")
    if low and high and low.amount_minor > high.amount_minor:
        yield place.at("maximumAmount").error("out_of_range", "Below the minimum")


def _pricing(model: str, price: PriceInput, currency: str) -> Pricing:
    bounds = _major(price.minimum_amount, currency), _major(price.maximum_amount, currency)
    return Pricing(_model(model, price), price.included_units, *bounds)


def _model(model: str, price: PriceInput) -> Model:
    zero = Decimal(0)
    match model:
        case "graduated":
            return Graduated(_tiers(price))
        case "volume":
            return Volume(_tiers(price))
        case "package":
            return Package(price.package_size or zero, price.package_price or zero)
        case "percentage":
            return Percentage(price.percent or zero)
        case "flat":
            return Flat(price.price or zero)
        case _:
            return PerUnit(price.unit_price or zero)


def _tiers(price: PriceInput) -> tuple[Tier, ...]:
    return tuple(Tier(tier.up_to, tier.unit_price, tier.flat_price) for tier in price.tiers or ())


def _major(bound: MoneyInput | None, currency: str) -> Decimal | None:
    return None if bound is None else to_major(bound.amount_minor, currency)


def _wire_name(field: str) -> str:
    first, *others = field.split("_")
    return first + "".join(each.capitalize() for each in others)
