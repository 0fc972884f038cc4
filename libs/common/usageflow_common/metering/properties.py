"""Values of properties: which are permitted, how they are compared, and when they are numbers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, TypeAlias

from usageflow_common.money import bound_decimal, decimal_text
from usageflow_common.wire import parse_decimal

PropertyValue: TypeAlias = str | int | Decimal | bool | None
Properties: TypeAlias = Mapping[str, PropertyValue]

PROPERTY_NAME: Final = re.compile(r"[A-Za-z0-9_.-]{1,64}", re.ASCII)
PROPERTIES_MAX: Final = 50
PROPERTY_CHARACTERS_MAX: Final = 512
INT64_MAX: Final = 2**63 - 1


@dataclass(frozen=True, slots=True)
class NotPermitted:
    """Why an event cannot have these properties."""

    detail: str


def permit_properties(value: object) -> Properties | NotPermitted:
    """The properties of an event as sent: JSON read exactly, numbers as int or Decimal. None is no properties."""
    if value is None:
        return {}
    if not isinstance(value, dict):
        return NotPermitted("The properties are a JSON object.")
    if len(value) > PROPERTIES_MAX:
        return NotPermitted(f"An event has at most {PROPERTIES_MAX} properties.")
    permitted: dict[str, PropertyValue] = {}
    for name, inner in value.items():
        if not PROPERTY_NAME.fullmatch(name):
            return NotPermitted("A property's name is 1 to 64 letters, digits and _ . -")
        found = _permit(name, inner)
        if isinstance(found, NotPermitted):
            return found
        permitted[name] = found
    return permitted


def _permit(name: str, value: object) -> PropertyValue | NotPermitted:
    match value:
        case None | bool():
            return value
        case str() if len(value) <= PROPERTY_CHARACTERS_MAX and "\x00" not in value:
            return value
        case str():
            return NotPermitted(f"Property {name}: at most {PROPERTY_CHARACTERS_MAX} characters, none of them NUL.")
        case int() | Decimal():
            is_small = isinstance(value, int) and -INT64_MAX <= value <= INT64_MAX
            number = value if is_small else bound_decimal(Decimal(value))
            if isinstance(number, int | Decimal):
                return number
            return NotPermitted(f"Property {name}: at most 12 decimals and 20 integer digits.")
        case _:
            return NotPermitted(f"Property {name}: a text, a number, true, false or null.")


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
