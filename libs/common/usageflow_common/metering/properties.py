"""Values of properties: how they are compared, and when they are numbers."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import TypeAlias

from usageflow_common.money import decimal_text
from usageflow_common.wire import parse_decimal

PropertyValue: TypeAlias = str | int | Decimal | bool | None
Properties: TypeAlias = Mapping[str, PropertyValue]


def canonical_text(value: PropertyValue) -> str:
    """The text by which values are compared: 1, 1.0 and "1" are one value, true and "true", and null and "" as well."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case str():
            return value
        case int():
            return str(value)
        case Decimal():
            return decimal_text(value)


def numeric(value: PropertyValue) -> Decimal | None:
    """The exact number that a value is, as a JSON number or as plain decimal text; None when it is none that is permitted."""
    number = parse_decimal(value)
    return number if isinstance(number, Decimal) else None
