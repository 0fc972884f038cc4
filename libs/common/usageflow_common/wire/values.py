"""Instants, decimals and names: how they are read from JSON, exactly, and how they are written."""

from __future__ import annotations

import functools
import re
import zoneinfo
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any, Final, TypeAlias

from pydantic import AfterValidator, BeforeValidator, Field, PlainSerializer, WithJsonSchema
from pydantic_core import PydanticCustomError

from usageflow_common.clock import instant_text
from usageflow_common.money import (
    INTEGER_DIGITS_MAX,
    OutOfRange,
    TooPrecise,
    bound_decimal,
    currency_exponent,
    decimal_text,
)

_HOUR: Final = r"(?:[01]\d|2[0-3])"
_INSTANT_PATTERN: Final = re.compile(
    rf"\d{{4}}-\d{{2}}-\d{{2}}[Tt]{_HOUR}:\d{{2}}:\d{{2}}(?:\.\d{{1,30}})?(?:[Zz]|[+-]{_HOUR}:[0-5]\d)", re.ASCII
)
_DECIMAL_PATTERN: Final = re.compile(r"-?\d{1,100}(?:\.\d{1,100})?", re.ASCII)
_INTEGER_LIMIT: Final = 10**INTEGER_DIGITS_MAX
_CUSTOMER_ID: Final = r"[A-Za-z0-9][A-Za-z0-9._:@+|-]{0,127}"
CUSTOMER_IDS_MAX: Final = 100
_CUSTOMER_ID_PATTERN: Final = re.compile(_CUSTOMER_ID)


def parse_instant(text: str) -> datetime | None:
    """The instant that a strict RFC 3339 text names, in UTC; None when it names none. Digits beyond the sixth are cut."""
    if _INSTANT_PATTERN.fullmatch(text) is None:
        return None
    try:
        return datetime.fromisoformat(text.upper()).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def parse_decimal(value: object) -> Decimal | TooPrecise | OutOfRange | None:
    """A JSON number or plain decimal text as a permitted decimal, or why it is none; None when it is no decimal at all."""
    match value:
        case bool():
            return None
        case Decimal():
            return bound_decimal(value)
        case int():
            return Decimal(value) if abs(value) < _INTEGER_LIMIT else OutOfRange()
        case str() if _DECIMAL_PATTERN.fullmatch(value):
            return bound_decimal(Decimal(value))
    return None


def is_customer_id(text: str) -> bool:
    """Whether a tenant may name a customer so."""
    return _CUSTOMER_ID_PATTERN.fullmatch(text) is not None


def _to_instant(value: Any) -> datetime:
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise PydanticCustomError("invalid_value", "Must carry an offset")
        return value.astimezone(UTC)
    if not isinstance(value, str):
        raise PydanticCustomError("invalid_type", "Must be a text like 2026-03-01T00:00:00Z")
    instant = parse_instant(value)
    if instant is None:
        raise PydanticCustomError("invalid_value", "Must be an instant like 2026-03-01T00:00:00Z")
    return instant


def _to_decimal(value: Any) -> Decimal:
    parsed = parse_decimal(value)
    match parsed:
        case Decimal():
            return parsed
        case TooPrecise():
            raise PydanticCustomError("too_precise", "At most 12 decimal places")
        case OutOfRange():
            raise PydanticCustomError("out_of_range", "At most 20 integer digits")
        case None if isinstance(value, str):
            raise PydanticCustomError("invalid_value", "Must be a plain decimal like 12.5")
        case None:
            raise PydanticCustomError("invalid_type", "Must be a number, or a text like 12.5")


def _check_customer_id(value: str) -> str:
    if not is_customer_id(value):
        raise PydanticCustomError("invalid_value", "Letters, digits and . _ : @ + | -; at most 128")
    return value


def _check_customer_ids(value: str) -> str:
    named = value.split(",")
    if len(named) > CUSTOMER_IDS_MAX:
        raise PydanticCustomError("out_of_range", f"At most {CUSTOMER_IDS_MAX} customers")
    for each in named:
        _check_customer_id(each)
    return value


@functools.cache
def _time_zones() -> frozenset[str]:
    return frozenset(zoneinfo.available_timezones()) - {"localtime", "posixrules", "Factory"}


def _check_time_zone(value: str) -> str:
    if value not in _time_zones():
        raise PydanticCustomError("invalid_value", "Must be an IANA time zone like Europe/Berlin")
    return value


def _check_currency(value: str) -> str:
    if currency_exponent(value) is None:
        raise PydanticCustomError("invalid_value", "Must be an ISO 4217 code like USD")
    return value


Instant: TypeAlias = Annotated[
    datetime,
    BeforeValidator(_to_instant),
    PlainSerializer(instant_text, return_type=str),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]
"""RFC 3339; more than six fraction digits are cut; UTC and aware inside."""

ExactDecimal: TypeAlias = Annotated[
    Decimal,
    BeforeValidator(_to_decimal),
    PlainSerializer(decimal_text, return_type=str),
    WithJsonSchema({"type": "string", "examples": ["0.01"]}, mode="serialization"),
    WithJsonSchema({"anyOf": [{"type": "number"}, {"type": "string"}], "examples": ["0.01"]}, mode="validation"),
]
"""JSON number or plain decimal text; at most 12 decimals and 20 integer digits; canonical text on output."""

PlainDecimal: TypeAlias = Annotated[
    Decimal,
    PlainSerializer(decimal_text, return_type=str),
    WithJsonSchema({"type": "string", "examples": ["0.025"]}, mode="serialization"),
]
"""A decimal that was computed: canonical text on output, with as many decimals as it has."""

CustomerId: TypeAlias = Annotated[
    str, AfterValidator(_check_customer_id), WithJsonSchema({"type": "string", "pattern": f"^{_CUSTOMER_ID}$"})
]
CustomerIds: TypeAlias = Annotated[
    str,
    AfterValidator(_check_customer_ids),
    WithJsonSchema({"type": "string", "pattern": f"^{_CUSTOMER_ID}(,{_CUSTOMER_ID}){{0,{CUSTOMER_IDS_MAX - 1}}}$"}),
]
"""A comma list of customers, any of which will do."""

TimeZone: TypeAlias = Annotated[str, AfterValidator(_check_time_zone)]
"""An IANA name."""

Text: TypeAlias = Annotated[str, Field(min_length=1, max_length=256)]
"""A line of words."""

Currency: TypeAlias = Annotated[str, AfterValidator(_check_currency)]
"""An ISO 4217 code."""

Metadata: TypeAlias = Annotated[
    dict[Annotated[str, Field(min_length=1, max_length=64)], Annotated[str, Field(max_length=512)]],
    Field(max_length=50),
]
"""At most 50 keys of 64 characters, values of 512."""
