"""Prices and steps as documents: what is stored, hashed and shown of them. Decimals are texts."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final, assert_never

from usageflow_common.money import decimal_text
from usageflow_invoicer.domain.pricing.flat import Flat
from usageflow_invoicer.domain.pricing.graduated import Graduated
from usageflow_invoicer.domain.pricing.package import Package
from usageflow_invoicer.domain.pricing.per_unit import PerUnit
from usageflow_invoicer.domain.pricing.percentage import Percentage
from usageflow_invoicer.domain.pricing.rating import Model, Pricing
from usageflow_invoicer.domain.pricing.steps import Step
from usageflow_invoicer.domain.pricing.tiers import Tier
from usageflow_invoicer.domain.pricing.volume import Volume

MODELS: Final = ("per_unit", "graduated", "volume", "package", "percentage", "flat")


def pricing_document(pricing: Pricing) -> dict[str, Any]:
    """What `pricing_from` reads back."""
    return {
        **_model_document(pricing.model),
        "includedUnits": decimal_text(pricing.included_units),
        "minimum": _optional_text(pricing.minimum),
        "maximum": _optional_text(pricing.maximum),
    }


def pricing_from(model: str, document: Mapping[str, Any]) -> Pricing:
    """The price of a stored document."""
    return Pricing(
        _model_from(model, document),
        Decimal(document["includedUnits"]),
        _optional_decimal(document["minimum"]),
        _optional_decimal(document["maximum"]),
    )


def step_document(step: Step) -> dict[str, str | None]:
    """A step as it is stored, hashed and shown."""
    return {
        "units": decimal_text(step.units),
        "unitPrice": _optional_text(step.unit_price),
        "flatPrice": _optional_text(step.flat_price),
        "amount": decimal_text(step.amount),
    }


def step_from(document: Mapping[str, Any]) -> Step:
    """The step of a document."""
    return Step(
        Decimal(document["units"]),
        _optional_decimal(document["unitPrice"]),
        _optional_decimal(document.get("flatPrice")),
        Decimal(document["amount"]),
    )


def _model_document(model: Model) -> dict[str, Any]:
    match model:
        case PerUnit(unit_price):
            return {"unitPrice": decimal_text(unit_price)}
        case Graduated(tiers) | Volume(tiers):
            return {"tiers": [_tier_document(tier) for tier in tiers]}
        case Package(size, price):
            return {"packageSize": decimal_text(size), "packagePrice": decimal_text(price)}
        case Percentage(percent):
            return {"percent": decimal_text(percent)}
        case Flat(price):
            return {"price": decimal_text(price)}
        case _:
            assert_never(model)


def _model_from(model: str, document: Mapping[str, Any]) -> Model:
    match model:
        case "per_unit":
            return PerUnit(Decimal(document["unitPrice"]))
        case "graduated":
            return Graduated(_tiers_from(document))
        case "volume":
            return Volume(_tiers_from(document))
        case "package":
            return Package(Decimal(document["packageSize"]), Decimal(document["packagePrice"]))
        case "percentage":
            return Percentage(Decimal(document["percent"]))
        case "flat":
            return Flat(Decimal(document["price"]))
        case _:
            raise ValueError(model)


def _tier_document(tier: Tier) -> dict[str, str | None]:
    return {
        "upTo": _optional_text(tier.up_to),
        "unitPrice": decimal_text(tier.unit_price),
        "flatPrice": decimal_text(tier.flat_price),
    }


def _tiers_from(document: Mapping[str, Any]) -> tuple[Tier, ...]:
    return tuple(
        Tier(_optional_decimal(each["upTo"]), Decimal(each["unitPrice"]), Decimal(each["flatPrice"]))
        for each in document["tiers"]
    )


def _optional_text(value: Decimal | None) -> str | None:
    return None if value is None else decimal_text(value)


def _optional_decimal(value: str | None) -> Decimal | None:
    return None if value is None else Decimal(value)
