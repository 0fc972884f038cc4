"""Events that hold nothing unusual, read in one step. Pure, and the hot path: most events never need the slow look.

What this reads is what the exact reading (`reading.py`) reads, to the last field; it answers None where it is not certain, never a
refusal. A test compares the two on whatever can be sent.
"""

from __future__ import annotations

import functools
import re
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

import msgspec

from usageflow_common.clock import instant_text
from usageflow_common.metering.properties import INT64_MAX, PROPERTIES_MAX, PROPERTY_CHARACTERS_MAX, PROPERTY_NAME
from usageflow_common.money import INTEGER_DIGITS_MAX, bound_decimal, decimal_text
from usageflow_common.wire import is_customer_id, parse_decimal, parse_instant
from usageflow_ingest.domain.decoding import exact_number
from usageflow_ingest.domain.outcomes import SentEvent
from usageflow_ingest.domain.payload import hash_of_texts
from usageflow_ingest.domain.reading import EVENT_BYTES_MAX, METRIC_PATTERN, is_event_key

_CANONICAL: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{6})?Z", re.ASCII)
_AMOUNT_CHARACTERS_MAX: Final = 40
"""Of a text that is worth remembering, as with the lengths below: what is remembered is bounded in bytes as well."""

_METRIC_CHARACTERS_MAX: Final = 64
_CUSTOMER_CHARACTERS_MAX: Final = 128
_INTEGER_LIMIT: Final = 10**INTEGER_DIGITS_MAX


class _Members(msgspec.Struct, forbid_unknown_fields=True, rename="camel"):
    """Unset and null are told apart: a null was written, with the quotes of its name."""

    metric: str
    customer_id: str
    amount: Any = msgspec.UNSET
    timestamp: str | msgspec.UnsetType | None = msgspec.UNSET
    idempotency_key: str | msgspec.UnsetType | None = msgspec.UNSET
    properties: dict[str, Any] | msgspec.UnsetType | None = msgspec.UNSET


_DECODER: Final = msgspec.json.Decoder(_Members, float_hook=exact_number)


def read_plain(raw: bytes) -> SentEvent | None:
    """The event that these bytes are, or None: then the exact reading says what they are."""
    if len(raw) > EVENT_BYTES_MAX:
        return None
    try:
        members = _DECODER.decode(raw)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    metric, customer_id = members.metric, members.customer_id
    amount, moment, key = _amount(members.amount), _moment(members.timestamp), members.idempotency_key or None
    if amount is None or moment is None or not (_is_metric(metric) and _is_customer(customer_id)):
        return None
    if (key is not None and not is_event_key(key)) or members.idempotency_key == "":
        return None
    timestamp, timestamp_text = moment
    properties = members.properties or {}
    hashed = [metric, amount, customer_id, timestamp_text]
    inner = _read_properties(properties, hashed)
    if inner is None or not _holds_texts(raw, inner + _texts_of(members)):
        return None
    return SentEvent(metric, amount, customer_id, timestamp, timestamp_text, key, properties, hash_of_texts(hashed))


_WRITTEN: Final = {str: 2, msgspec.UnsetType: 0}
_written: Final = _WRITTEN.get
"""How many texts a member with a value of this type was written with, its name included; 1 for other types."""


def _texts_of(members: _Members) -> int:
    return (
        4
        + _written(type(members.amount), 1)
        + _written(type(members.timestamp), 1)
        + _written(type(members.idempotency_key), 1)
        + _written(type(members.properties), 1)
    )


def _holds_texts(raw: bytes, texts: int) -> bool:
    """Whether so many texts were written, names included: the decoder keeps the last of two values, and the quotes of a name go missing.

    Certain, since a quotation mark that does not begin or end a text has a backslash before it, and where there is none that is
    escaped itself, each such pair is one.
    """
    quotes = raw.count(b'"')
    if b"\\" in raw:
        if b"\\\\" in raw:
            return False
        quotes -= raw.count(b'\\"')
    return quotes == 2 * texts


def _amount(value: Any) -> str | None:
    """Canonical text; None when it is not certain."""
    kind = type(value)
    if kind is str:
        return _amount_text(value) if len(value) <= _AMOUNT_CHARACTERS_MAX else None
    if kind is int:
        return str(value) if -_INTEGER_LIMIT < value < _INTEGER_LIMIT else None
    if value is None or value is msgspec.UNSET:
        return "1"
    amount = parse_decimal(value)
    return decimal_text(amount) if isinstance(amount, Decimal) else None


@functools.lru_cache(maxsize=4096)
def _amount_text(value: str) -> str | None:
    """Remembered, since most amounts are of a few."""
    amount = parse_decimal(value)
    return decimal_text(amount) if isinstance(amount, Decimal) else None


_NO_MOMENT: Final = (None, "")


def _moment(value: str | msgspec.UnsetType | None) -> tuple[datetime | None, str] | None:
    """The instant and its canonical text; None when it is not certain."""
    if not isinstance(value, str):
        return _NO_MOMENT
    if _CANONICAL.fullmatch(value) and not value.endswith(".000000Z"):
        try:
            return datetime.fromisoformat(value), value
        except ValueError:
            return None  # February has no 30th
    instant = parse_instant(value)
    return None if instant is None else (instant, instant_text(instant))


def _is_customer(text: str) -> bool:
    return len(text) <= _CUSTOMER_CHARACTERS_MAX and _is_customer_id(text)


_is_customer_id: Final = functools.lru_cache(maxsize=65_536)(is_customer_id)


def _is_metric(name: str) -> bool:
    return len(name) <= _METRIC_CHARACTERS_MAX and _is_metric_name(name)


@functools.lru_cache(maxsize=1024)
def _is_metric_name(name: str) -> bool:
    return METRIC_PATTERN.fullmatch(name) is not None


@functools.lru_cache(maxsize=1024)
def _in_order(names: tuple[str, ...]) -> tuple[str, ...] | None:
    """Names of properties as they are hashed, None when one is not permitted. The events of one sender have the same few sets."""
    if not all(PROPERTY_NAME.fullmatch(name) for name in names):
        return None
    return tuple(sorted(names))


def _read_properties(properties: dict[str, Any], hashed: list[str]) -> int | None:
    """Bound the values, add what is hashed of them, and count the texts; None when one is not permitted."""
    names = _in_order(tuple(properties)) if len(properties) <= PROPERTIES_MAX else None
    if names is None:
        return None
    texts = len(names)
    for name in names:
        value = properties[name]
        kind = type(value)
        if kind is str:
            texts += 1
            if len(value) > PROPERTY_CHARACTERS_MAX or "\x00" in value:
                return None
            hashed += name, value
        elif kind is bool:
            hashed += name, "true" if value else "false"
        elif kind is int and -INT64_MAX <= value <= INT64_MAX:
            hashed += name, str(value)
        elif kind is Decimal or kind is int:
            number = bound_decimal(Decimal(value))
            if not isinstance(number, Decimal):
                return None
            properties[name] = number
            hashed += name, decimal_text(number)
        elif value is not None:
            return None
    return texts
