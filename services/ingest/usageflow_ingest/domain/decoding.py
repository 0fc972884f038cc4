"""The bytes of one event as its members, exactly: no float, no key twice. Pure, and on the hot path."""

from __future__ import annotations

import json
from decimal import Decimal, InvalidOperation
from typing import Any, Final

import msgspec

from usageflow_ingest.domain.outcomes import Refused, Unreadable

_INFINITE: Final = Decimal("Infinity")


def exact_number(number: str) -> Decimal:
    """A number of JSON. An exponent that not even Decimal holds belongs to a number that nothing here permits."""
    try:
        return Decimal(number)
    except InvalidOperation:
        return _INFINITE


_DECODER: Final = msgspec.json.Decoder(dict[str, Any], float_hook=exact_number)


def decode_members(raw: bytes) -> dict[str, Any] | Refused | Unreadable:
    """The members of a JSON object; numbers are int or Decimal, those beyond any bound are infinite."""
    try:
        members = _DECODER.decode(raw)
        if _may_repeat_a_key(raw, members) and _repeats_a_key(raw):
            return Unreadable("An object has the same key twice.")
    except msgspec.ValidationError:
        return Refused("malformed_event", "An event is a JSON object.")
    except (msgspec.DecodeError, UnicodeDecodeError):
        return Unreadable("This is not valid JSON in UTF-8.")
    except RecursionError:
        return Unreadable("This nests too deep.")
    return members


def _may_repeat_a_key(raw: bytes, members: dict[str, Any]) -> bool:
    """A quick look that is wrong only to the safe side: the decoder keeps the last of two values, and the quotes of a name go missing."""
    texts = _texts(members)
    properties = members.get("properties")
    if isinstance(properties, dict):
        texts += _texts(properties)
    return b"\\" in raw or raw.count(b'"') != 2 * texts


def _texts(members: dict[str, Any]) -> int:
    """How many texts an object was written with, names included. What it nests is left out: only the properties of an event nest."""
    kinds = [type(value) for value in members.values()]
    return len(kinds) + kinds.count(str)


class _RepeatedKeyError(ValueError):
    pass


def _distinct(pairs: list[tuple[str, Any]]) -> None:
    if len({name for name, _ in pairs}) != len(pairs):
        raise _RepeatedKeyError


def _repeats_a_key(raw: bytes) -> bool:
    """The slow and certain look."""
    try:
        json.loads(raw, object_pairs_hook=_distinct, parse_int=str, parse_float=str)
    except _RepeatedKeyError:
        return True
    return False
