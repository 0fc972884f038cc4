"""The chain of an organization's audit log: each entry holds the hash of the one before it.

`hash = SHA-256(previous hash ‖ canonical JSON)`: 32 raw bytes (zeros before the first entry), then RFC 8785 JSON of the entry as the
API shows it without `previousHash` and `hash`. Whoever has the entries can recompute it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

import rfc8785

from usageflow_common.clock import instant_text
from usageflow_common.ids import Prefix, public_id

GENESIS: Final = bytes(32)
_INTEGER_MAX: Final = 2**53 - 1


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """What somebody did, in public form: ids carry their prefixes, values are what canonical JSON can hold."""

    entry_id: UUID
    at: datetime
    actor: Mapping[str, str | None]
    action: str
    target: Mapping[str, str]
    outcome: str
    code: str | None
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None
    request_id: str | None
    ip: str | None
    user_agent: str | None


@dataclass(frozen=True, slots=True)
class ChainedEntry:
    """An entry at its place in the chain."""

    sequence: int
    entry: AuditEntry
    previous_hash: bytes
    hash: bytes


@dataclass(frozen=True, slots=True)
class Head:
    """Where a chain ends: the last sequence and its hash."""

    sequence: int = 0
    hash: bytes = GENESIS


@dataclass(frozen=True, slots=True)
class Broken:
    """The first entry that does not fit."""

    sequence: int


def append(head: Head, entry: AuditEntry) -> ChainedEntry:
    """The entry as the next one of the chain."""
    sequence = head.sequence + 1
    return ChainedEntry(sequence, entry, head.hash, entry_hash(head.hash, sequence, entry))


def entry_hash(previous: bytes, sequence: int, entry: AuditEntry) -> bytes:
    """The hash of an entry behind `previous`."""
    return hashlib.sha256(previous + rfc8785.dumps(hashed_part(sequence, entry))).digest()


def verify(head: Head, entries: Iterable[ChainedEntry]) -> Head | Broken:
    """Follow the chain from `head`: where it ends, or the first entry that is missing, changed, moved or invented."""
    for chained in entries:
        fits = (
            chained.sequence == head.sequence + 1
            and chained.previous_hash == head.hash
            and chained.hash == entry_hash(head.hash, chained.sequence, chained.entry)
        )
        if not fits:
            return Broken(head.sequence + 1)
        head = Head(chained.sequence, chained.hash)
    return head


def hashed_part(sequence: int, entry: AuditEntry) -> dict[str, Any]:
    """The public entry without its two hashes."""
    shown: dict[str, Any] = {
        "id": public_id(Prefix.AUDIT_ENTRY, entry.entry_id),
        "sequence": sequence,
        "at": instant_text(entry.at),
        "actor": dict(entry.actor),
        "action": entry.action,
        "target": dict(entry.target),
        "outcome": entry.outcome,
        "before": entry.before,
        "after": entry.after,
        "requestId": entry.request_id,
        "ip": entry.ip,
        "userAgent": entry.user_agent,
    }
    return shown if entry.code is None else {**shown, "code": entry.code}


def plain(value: Any) -> Any:
    """A value as canonical JSON and PostgreSQL can hold it without loss: other numbers than small integers become text.

    NUL, which PostgreSQL refuses in text, is shown as U+2400.
    """
    match value:
        case None | bool():
            return value
        case int() if abs(value) <= _INTEGER_MAX:
            return value
        case Mapping():
            return {plain(str(key)): plain(member) for key, member in value.items()}
        case list() | tuple():
            return [plain(member) for member in value]
        case Decimal():
            return format(value, "f")
        case _:
            return str(value).replace("\x00", "\u2400")


def shown_id(kind: str, text: str) -> str:
    """An id as the API shows it: prefixed where its kind has a prefix (`user`, `api_key`, `invoice`, …), else as it is."""
    prefix = Prefix.__members__.get(kind.upper())
    try:
        return text if prefix is None else public_id(prefix, UUID(text))
    except ValueError:
        return text
