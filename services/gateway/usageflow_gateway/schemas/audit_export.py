"""The audit log as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import Any, Final

import msgspec

from usageflow_gateway.domain.audit_chain import ChainedEntry, hashed_part

COLUMNS: Final = (
    "sequence",
    "at",
    "actorType",
    "actorId",
    "actorName",
    "actorRole",
    "action",
    "targetType",
    "targetId",
    "outcome",
    "code",
    "before",
    "after",
    "requestId",
    "ip",
    "userAgent",
    "hash",
)
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


def csv_header() -> bytes:
    """The names of the columns."""
    return _written([COLUMNS])


def csv_rows(entries: Sequence[ChainedEntry]) -> bytes:
    """RFC 4180; a text that a spreadsheet would take for a formula gets an apostrophe in front."""
    return _written([[_cell(value) for value in _values(entry)] for entry in entries])


def _values(chained: ChainedEntry) -> list[Any]:
    shown = hashed_part(chained.sequence, chained.entry)
    actor, target = shown["actor"], shown["target"]
    return [
        shown["sequence"],
        shown["at"],
        actor.get("type"),
        actor.get("id"),
        actor.get("name"),
        actor.get("role"),
        shown["action"],
        target.get("type"),
        target.get("id"),
        shown["outcome"],
        shown.get("code"),
        _json(shown["before"]),
        _json(shown["after"]),
        shown["requestId"],
        shown["ip"],
        shown["userAgent"],
        chained.hash.hex(),
    ]


def _json(value: Any) -> str | None:
    return None if value is None else msgspec.json.encode(value).decode()


def _cell(value: Any) -> Any:
    if value is None:
        return ""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


def _written(rows: Sequence[Sequence[Any]]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    return text.getvalue().encode()
