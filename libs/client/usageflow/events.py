"""One event as the bytes that are sent, made once: every repetition sends the same key and the same payload.

What can never be counted is refused here, where the mistake was made; what only the server knows (metrics, ages) is not.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Final, TypeAlias

from usageflow.errors import InvalidEvent

Amount: TypeAlias = Decimal | int | str
PropertyValue: TypeAlias = str | int | Decimal | bool | None

EVENT_BYTES_MAX: Final = 16 * 1024
_INTEGER_DIGITS_MAX: Final = 20
_DECIMALS_MAX: Final = 12
_PROPERTIES_MAX: Final = 50
_PROPERTY_CHARACTERS_MAX: Final = 512
_KEY_CHARACTERS_MAX: Final = 255
_INT64_MAX: Final = 2**63 - 1
_METRIC: Final = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,63}", re.ASCII)
_CUSTOMER_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:@+|-]{0,127}", re.ASCII)
_PROPERTY: Final = re.compile(r"[A-Za-z0-9_.-]{1,64}", re.ASCII)
_PLAIN_DECIMAL: Final = re.compile(r"-?\d{1,100}(?:\.\d{1,100})?", re.ASCII)
_ENCODER: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False, check_circular=False)


def encode_event(
    metric: str,
    customer_id: str,
    amount: Amount,
    *,
    timestamp: datetime | None,
    properties: Mapping[str, PropertyValue] | None,
    idempotency_key: str,
) -> bytes:
    """The event's JSON. Raises InvalidEvent (a ValueError) for a bad value, TypeError for a wrong type."""
    event: dict[str, object] = {
        "metric": _matching(metric, _METRIC, "metric", "unknown_metric", "a letter, then letters, digits and _ . -"),
        "amount": amount_text(amount),
        "customerId": _matching(
            customer_id,
            _CUSTOMER_ID,
            "customer_id",
            "customer_id_invalid",
            "1 to 128 letters, digits and . _ : @ + | -",
        ),
        "idempotencyKey": _key(idempotency_key),
    }
    if timestamp is not None:
        event["timestamp"] = _instant_text(timestamp)
    if properties:
        event["properties"] = _properties(properties)
    try:
        payload = _ENCODER.encode(event).encode("utf-8")
    except UnicodeEncodeError as error:
        raise InvalidEvent("properties_invalid", "A text contains half a surrogate pair") from error
    if len(payload) > EVENT_BYTES_MAX:
        raise InvalidEvent("event_too_large", f"An event has at most {EVENT_BYTES_MAX} bytes")
    return payload


def key_of(payload: bytes) -> str:
    """The key inside an encoded event."""
    key: str = json.loads(payload)["idempotencyKey"]
    return key


def amount_text(amount: Amount) -> str:
    """An amount as plain decimal text without trailing zeros. A float is a TypeError: 0.1 would not be a tenth."""
    match amount:
        case bool() | float():
            raise TypeError(
                f"An amount is Decimal, int or str, not {type(amount).__name__}: write Decimal('0.1') or '0.1'"
            )
        case int():
            if abs(amount) >= 10**_INTEGER_DIGITS_MAX:
                raise _out_of_range("An amount")
            return str(amount)
        case str():
            if not _PLAIN_DECIMAL.fullmatch(amount):
                raise InvalidEvent("amount_invalid", "An amount's text is a plain decimal like 1.5")
            return _decimal_text(Decimal(amount), "An amount")
        case Decimal():
            return _decimal_text(amount, "An amount")
        case _:
            raise TypeError(f"An amount is Decimal, int or str, not {type(amount).__name__}")


def _decimal_text(value: Decimal, what: str) -> str:
    """Exact: the digits are moved, never computed with, so no context's precision matters."""
    if not value.is_finite():
        raise InvalidEvent("amount_invalid", f"{what} is a finite number")
    if value.is_zero():
        return "0"
    if value.adjusted() >= _INTEGER_DIGITS_MAX:
        raise _out_of_range(what)
    sign, digits, exponent = value.as_tuple()
    significant = "".join(map(str, digits)).rstrip("0")
    places = -(int(exponent) + len(digits) - len(significant))
    if places > _DECIMALS_MAX:
        raise InvalidEvent("amount_too_precise", f"{what} has at most {_DECIMALS_MAX} decimals")
    return format(Decimal((sign, tuple(map(int, significant)), -places)), "f")


def _out_of_range(what: str) -> InvalidEvent:
    return InvalidEvent("amount_out_of_range", f"{what} has at most {_INTEGER_DIGITS_MAX} integer digits")


def _matching(value: str, pattern: re.Pattern[str], name: str, code: str, rule: str) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{name} is a str, not {type(value).__name__}")
    if not pattern.fullmatch(value):
        raise InvalidEvent(code, f"{name}: {rule}")
    return value


def _key(key: str) -> str:
    if not isinstance(key, str):
        raise TypeError(f"idempotency_key is a str, not {type(key).__name__}")
    if not (0 < len(key) <= _KEY_CHARACTERS_MAX and key.isascii() and key.isprintable()):
        raise InvalidEvent("idempotency_key_invalid", "A key is 1 to 255 printable ASCII characters")
    return key


def _instant_text(instant: datetime) -> str:
    if not isinstance(instant, datetime):
        raise TypeError(f"timestamp is a datetime, not {type(instant).__name__}")
    if instant.utcoffset() is None:
        raise InvalidEvent("timestamp_invalid", "A timestamp says its zone: datetime.now(UTC), not datetime.now()")
    try:
        return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")
    except OverflowError as error:
        raise InvalidEvent("timestamp_invalid", "The timestamp is outside the years 1 to 9999") from error


def _properties(properties: Mapping[str, PropertyValue]) -> dict[str, object]:
    if len(properties) > _PROPERTIES_MAX:
        raise InvalidEvent("properties_invalid", f"An event has at most {_PROPERTIES_MAX} properties")
    rule = "1 to 64 letters, digits and _ . -"
    return {
        _matching(name, _PROPERTY, "A property's name", "properties_invalid", rule): _property(name, value)
        for name, value in properties.items()
    }


def _property(name: str, value: PropertyValue) -> str | int | bool | None:
    match value:
        case None | bool():
            return value
        case str() if len(value) <= _PROPERTY_CHARACTERS_MAX and "\x00" not in value:
            return value
        case int() if abs(value) <= _INT64_MAX:
            return value
        case Decimal():
            try:
                return _decimal_text(value, f"Property {name}")
            except InvalidEvent as refusal:
                raise InvalidEvent("properties_invalid", refusal.detail) from refusal
        case float():
            raise TypeError(f"Property {name}: Decimal, int or str, not float")
        case str() | int():
            rule = f"at most {_PROPERTY_CHARACTERS_MAX} characters without NUL, or 64-bit integers"
            raise InvalidEvent("properties_invalid", f"Property {name}: {rule}")
        case _:
            raise TypeError(f"Property {name}: str, int, Decimal, bool or None, not {type(value).__name__}")
