"""The value of a metric's filter, in the one form in which it is kept. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Final, TypeAlias

from usageflow_common.metering import PROPERTY_CHARACTERS_MAX, Operator, canonical_text
from usageflow_common.money import OutOfRange, TooPrecise, decimal_text
from usageflow_common.wire import parse_decimal

FILTERS_MAX: Final = 10
GROUP_KEYS_MAX: Final = 5
FILTER_VALUES_MAX: Final = 100

FilterValue: TypeAlias = str | bool | list[str | bool]
"""Numbers are kept as canonical decimal text, which compares as they do; texts, true and false as they were given."""


@dataclass(frozen=True, slots=True)
class NotAValue:
    """Why an operator cannot take it; `code` is one of the API's codes of fields."""

    code: str
    detail: str


def canonical_value(operator: Operator, value: object) -> FilterValue | NotAValue:
    """`equals` takes a text, a number, true or false; `in` a list of them; `exists` true (the default) or false; the others a number."""
    match operator:
        case "exists":
            if value is None or isinstance(value, bool):
                return value is not False
            return NotAValue("invalid_type", "Must be true or false")
        case "equals":
            return _scalar(value)
        case "in":
            return _list(value)
        case "gt" | "gte" | "lt" | "lte":
            return _number(value, "Must be a number, or a text like 12.5")


def _scalar(value: object) -> str | bool | NotAValue:
    match value:
        case bool():
            return value
        case str() if len(value) <= PROPERTY_CHARACTERS_MAX:
            return value
        case str():
            return NotAValue("too_long", f"At most {PROPERTY_CHARACTERS_MAX} characters")
        case _:
            return _number(value, "Must be a text, a number, true or false")


def _number(value: object, otherwise: str) -> str | NotAValue:
    if value is None:
        return NotAValue("required", "Required")
    match parse_decimal(value):
        case Decimal() as number:
            return decimal_text(number)
        case TooPrecise():
            return NotAValue("too_precise", "At most 12 decimal places")
        case OutOfRange():
            return NotAValue("out_of_range", "At most 20 integer digits")
        case None:
            return NotAValue("invalid_value" if isinstance(value, str) else "invalid_type", otherwise)


def _list(value: object) -> list[str | bool] | NotAValue:
    if value is None:
        return NotAValue("required", "Required")
    if not isinstance(value, list):
        return NotAValue("invalid_type", "Must be a list")
    if not 1 <= len(value) <= FILTER_VALUES_MAX:
        return NotAValue("out_of_range", f"1 to {FILTER_VALUES_MAX} values")
    kept: list[str | bool] = []
    for each in value:
        scalar = _scalar(each)
        if isinstance(scalar, NotAValue):
            return scalar
        kept.append(scalar)
    if len({canonical_text(each) for each in kept}) < len(kept):
        return NotAValue("duplicate", "The same value twice")
    return kept
