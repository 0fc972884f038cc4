"""The bytes of one event as its members, exactly: no float, no key twice. Pure, and on the hot path."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any, Final

import msgspec

from usageflow_ingest.domain.outcomes import Refused, Unreadable

_DECODER: Final = msgspec.json.Decoder(dict[str, Any], float_hook=Decimal)


def decode_members(raw: bytes) -> dict[str, Any] | Refused | Unreadable:
    """The members of a JSON object; numbers are int or Decimal."""
    try:
        members = _DECODER.decode(raw)
    except msgspec.ValidationError:
        return Refused("malformed_event", "An event is a JSON object.")
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return Unreadable("This is not valid JSON in UTF-8.")
    if _may_repeat_a_key(raw, members) and _repeats_a_key(raw):
        return Unreadable("An object has the same key twice.")
    return members


def _may_repeat_a_key(raw: bytes, members: dict[str, Any]) -> bool:
    """A quick look that is wrong only to the safe side: the decoder keeps the last of two values, and its colon goes missing."""
    return b"\\" in raw or raw.count(b":") != _colons(members)


def _colons(members: dict[str, Any]) -> int:
    """How many the members were written with. A list makes it up: no event has one, and the certain look will tell."""
    colons = len(members)
    for name, value in members.items():
        colons += name.count(":")
        if isinstance(value, str):
            colons += value.count(":")
        elif isinstance(value, dict):
            colons += _colons(value)
        elif isinstance(value, list):
            return -1
    return colons


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
