"""How an Idempotency-Key travels as a header, in and out. Pure.

A key may begin or end with blanks, or with a quotation mark, where a client sends it as a quoted string. Written plainly it would
arrive as another key, and two keys would name the same events: `header_of` and `read_key` undo each other for every key.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

_QUOTED: Final = re.compile(r'"((?:[\x20-\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)"')
_PRINTABLE: Final = re.compile(r"[\x20-\x7e]{1,255}")
_ESCAPED: Final = re.compile(r'["\\]')


@dataclass(frozen=True, slots=True)
class InvalidKey:
    """Not 1..255 printable ASCII characters, or sent more than once."""


def read_key(values: Iterable[str]) -> str | InvalidKey | None:
    """The key of all Idempotency-Key headers of a request: none, one, or not valid. A quoted structured-field string is unquoted."""
    found = list(values)
    if not found:
        return None
    if len(found) > 1:
        return InvalidKey()
    text = found[0].strip(" \t")
    if text.startswith('"'):
        quoted = _QUOTED.fullmatch(text)
        if quoted is None:
            return InvalidKey()
        text = re.sub(r"\\(.)", r"\1", quoted[1])
    return text if _PRINTABLE.fullmatch(text) else InvalidKey()


def header_of(key: str) -> str:
    """The header's value for a key: plain where that means the same, else quoted."""
    if key == key.strip(" ") and not key.startswith('"'):
        return key
    return '"' + _ESCAPED.sub(lambda match: "\\" + match[0], key) + '"'
