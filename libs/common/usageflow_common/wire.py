"""The kinds of values in the public JSON, as pydantic types: instants, decimals, money, ids, metadata, time zones; lists and their cursors.

Unknown members are refused, names are camelCase, a JSON number is read exactly.
"""

from __future__ import annotations

import base64
import binascii
import functools
import hashlib
import hmac
import re
import zoneinfo
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Annotated, Any, ClassVar, Final, TypeAlias, get_args
from uuid import UUID

import msgspec
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    PlainSerializer,
    WithJsonSchema,
    model_validator,
)
from pydantic.alias_generators import to_camel
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from usageflow_common.clock import instant_text
from usageflow_common.errors import InvalidCursor
from usageflow_common.ids import Prefix, parse_public_id, public_id
from usageflow_common.money import (
    AMOUNT_MINOR_MAX,
    OutOfRange,
    TooPrecise,
    bound_decimal,
    currency_exponent,
    decimal_text,
)

INSTANT_PATTERN: Final = re.compile(
    r"(\d{4})-(\d{2})-(\d{2})[Tt](\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,30}))?(?:[Zz]|([+-])(\d{2}):(\d{2}))", re.ASCII
)
_DECIMAL_PATTERN: Final = re.compile(r"-?\d{1,100}(?:\.\d{1,100})?", re.ASCII)
_CUSTOMER_ID: Final = r"[A-Za-z0-9][A-Za-z0-9._:@+|-]{0,127}"
_CUSTOMER_ID_PATTERN: Final = re.compile(_CUSTOMER_ID)


class RequestModel(BaseModel):
    """A request body: unknown members are refused, and an integer or a boolean must be written as one."""

    model_config = ConfigDict(
        alias_generator=to_camel, extra="forbid", frozen=True, validate_by_alias=True, validate_by_name=False
    )
    texts_are_values: ClassVar[bool] = False

    @model_validator(mode="before")
    @classmethod
    def _refuse_look_alikes(cls, data: Any) -> Any:
        """Pydantic would take "12" for 12 and true for 1; in JSON these are other values."""
        if cls.texts_are_values or not isinstance(data, dict):
            return data
        # a value that no field takes: pydantic then names the field and the type it should have had
        wrong = {
            name: _LOOK_ALIKE
            for field_name, field in cls.model_fields.items()
            if (name := field.alias or field_name) in data and _looks_alike(field.annotation, data[name])
        }
        return {**data, **wrong} if wrong else data


def _looks_alike(annotation: Any, value: Any) -> bool:
    """Whether an integer or boolean field was given something else that pydantic would convert."""
    kinds = {getattr(kind, "__origin__", kind) for kind in (annotation, *get_args(annotation))}
    if value is None or str in kinds:
        return False
    if int in kinds:
        return isinstance(value, bool) or not isinstance(value, int)
    return bool in kinds and not isinstance(value, bool)


_LOOK_ALIKE: Final = object()


class QueryModel(RequestModel):
    """A set of query parameters, where every value is a text."""

    texts_are_values: ClassVar[bool] = True


class ResponseModel(BaseModel):
    """A response body; dumped by alias."""

    model_config = ConfigDict(alias_generator=to_camel, frozen=True, validate_by_alias=True, validate_by_name=True)


def parse_instant(text: str) -> datetime | None:
    """The instant that a strict RFC 3339 text names, in UTC; None when it names none. Digits beyond the sixth are cut."""
    match = INSTANT_PATTERN.fullmatch(text)
    if match is None:
        return None
    year, month, day, hour, minute, second = map(int, match.group(1, 2, 3, 4, 5, 6))
    microsecond = int((match[7] or "")[:6].ljust(6, "0"))
    zone = UTC
    if match[8] is not None:
        hours, minutes = int(match[9]), int(match[10])
        if hours > 23 or minutes > 59:
            return None
        offset = timedelta(hours=hours, minutes=minutes)
        zone = timezone(-offset if match[8] == "-" else offset)
    try:
        return datetime(year, month, day, hour, minute, second, microsecond, tzinfo=zone).astimezone(UTC)
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
            return bound_decimal(Decimal(value))
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

CustomerId: TypeAlias = Annotated[
    str, AfterValidator(_check_customer_id), WithJsonSchema({"type": "string", "pattern": f"^{_CUSTOMER_ID}$"})
]
TimeZone: TypeAlias = Annotated[str, AfterValidator(_check_time_zone)]
"""An IANA name."""

Currency: TypeAlias = Annotated[str, AfterValidator(_check_currency)]
"""An ISO 4217 code."""

Metadata: TypeAlias = Annotated[
    dict[Annotated[str, Field(min_length=1, max_length=64)], Annotated[str, Field(max_length=512)]],
    Field(max_length=50),
]
"""At most 50 keys of 64 characters, values of 512."""


@dataclass(frozen=True, slots=True)
class PublicId:
    """A bare UUID inside, prefix and hex digits outside. Texts of another kind are refused."""

    prefix: Prefix

    def __get_pydantic_core_schema__(self, _source: Any, _handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(
            self._read,
            serialization=core_schema.plain_serializer_function_ser_schema(
                self._write, return_schema=core_schema.str_schema()
            ),
        )

    def __get_pydantic_json_schema__(self, _schema: CoreSchema, _handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {"type": "string", "pattern": f"^{self.prefix}_[0-9a-f]{{32}}$"}

    def _read(self, value: Any) -> UUID:
        if isinstance(value, UUID):
            return value
        if not isinstance(value, str):
            raise PydanticCustomError("invalid_type", "Must be a text")
        parsed = parse_public_id(self.prefix, value)
        if parsed is None:
            raise PydanticCustomError(
                "invalid_value", "Must be an id that starts with {prefix}_", {"prefix": self.prefix}
            )
        return parsed

    def _write(self, value: Any) -> str | None:
        return None if value is None else public_id(self.prefix, value)


def public(prefix: Prefix) -> Any:
    """`Annotated` metadata for a field that is a bare UUID inside and a public id outside: `id: Annotated[UUID, public(Prefix.PLAN)]`."""
    return PublicId(prefix)


class MoneyModel(ResponseModel):
    """`{"amountMinor":12000,"currency":"USD"}`."""

    amount_minor: int
    currency: str


class MoneyInput(RequestModel):
    """Money in a request: integer minor units within what JSON numbers carry exactly, and a known currency."""

    amount_minor: Annotated[int, Field(ge=-AMOUNT_MINOR_MAX, le=AMOUNT_MINOR_MAX)]
    currency: Currency


@dataclass(frozen=True, slots=True)
class PageRequest:
    """`limit` 1..200, and the key to go on from."""

    limit: int
    after: tuple[str, ...] | None


class _Position(msgspec.Struct, array_like=True, frozen=True):
    filters: bytes
    after: tuple[str, ...]


class Cursors:
    """Opaque signed cursors: they carry the position and a digest of filters and sort; other filters are 400 invalid_cursor."""

    _SIGNATURE_BYTES: Final = 16
    _CHARACTERS_MAX: Final = 2048

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def read(self, cursor: str | None, limit: int, filters: Mapping[str, Any]) -> PageRequest:
        """The page asked for; InvalidCursor when it is forged or belongs to other filters."""
        if cursor is None:
            return PageRequest(limit, None)
        position = self._open(cursor)
        if position is None:
            raise InvalidCursor("The cursor is not one of ours.")
        if not hmac.compare_digest(position.filters, _digest(filters)):
            raise InvalidCursor("The cursor belongs to other filters.")
        return PageRequest(limit, position.after)

    def next(
        self, rows: Sequence[Any], page: PageRequest, position: Sequence[str] | None, filters: Mapping[str, Any]
    ) -> str | None:
        """The cursor behind `position` (the last row's key as texts), None on the last page.

        A page is the last one when it holds fewer rows than its limit, so ask the database for `limit` rows.
        """
        if position is None or len(rows) < page.limit:
            return None
        payload = msgspec.msgpack.encode(_Position(_digest(filters), tuple(position)))
        return base64.urlsafe_b64encode(self._sign(payload) + payload).decode("ascii").rstrip("=")

    def _open(self, cursor: str) -> _Position | None:
        if len(cursor) > self._CHARACTERS_MAX:
            return None
        try:
            sealed = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        except (binascii.Error, ValueError):
            return None
        signature, payload = sealed[: self._SIGNATURE_BYTES], sealed[self._SIGNATURE_BYTES :]
        if not hmac.compare_digest(signature, self._sign(payload)):
            return None
        return msgspec.msgpack.decode(payload, type=_Position)

    def _sign(self, payload: bytes) -> bytes:
        return hmac.digest(self._secret, payload, "sha256")[: self._SIGNATURE_BYTES]


def _digest(filters: Mapping[str, Any]) -> bytes:
    """Of the filters that are set: an absent one and a null one are the same."""
    given = {name: value for name, value in filters.items() if value is not None}
    return hashlib.sha256(msgspec.json.encode(given, order="sorted", enc_hook=str)).digest()[:16]
