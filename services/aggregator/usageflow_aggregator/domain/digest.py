"""The proof of events and windows: hashes that any order and any batching of the same events makes equal.

Every text is UTF-8 and every field goes in as its length (4 bytes, big-endian) followed by its bytes, so that no two different events
share an encoding:

    salt        first 16 bytes of HMAC-SHA256(digest key, pack("usageflow.salt/1", org id, event id))
    properties  SHA-256(salt ‖ pack(name, value, name, value, …)), names in ascending order of their bytes
    core        pack("usageflow.event/1", org id, event id, idempotency key, metric, pack(metric ids, ascending), amount, customer id,
                occurred at, backfill id or nothing); ids are their 16 bytes, amount and time their canonical text
    event hash  SHA-256(core ‖ properties)
    digest      Σ HMAC-SHA256(digest key, event hash), big-endian, mod 2^256, over the events of a window

    value hash  first 16 bytes of SHA-256(value salt ‖ canonical text), value salt = HMAC-SHA256(digest key, "usageflow.value/1" ‖ org id)

A value is `n` for null, `t`, `f`, `#` and the canonical decimal, or `"` and the text. The properties stand behind a salted hash of their
own, so they can be erased (together with the salt) and the event's hash still holds. The salt is derived and not drawn, so that counting
the same log again gives the same digests.
"""

from __future__ import annotations

import functools
import hashlib
import hmac
from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Final, NamedTuple
from uuid import UUID

from usageflow_common.clock import instant_text
from usageflow_common.money import decimal_text

DIGEST_MODULUS: Final = 2**256
PropertyValue = str | int | Decimal | bool | None
Properties = Mapping[str, PropertyValue]


class EventCore(NamedTuple):
    """What an event says, apart from its properties. Where it stands in the log is not part of it: a repetition says the same."""

    org_id: UUID
    event_id: UUID
    idempotency_key: str
    metric: str
    metric_ids: tuple[UUID, ...]
    amount: Decimal
    customer_id: str
    occurred_at: datetime
    backfill_id: UUID | None


def event_salt(key: bytes, org_id: UUID, event_id: UUID) -> bytes:
    """What keeps erased properties from being guessed by whoever does not hold the digest key."""
    return hmac.digest(key, _pack(b"usageflow.salt/1", org_id.bytes, event_id.bytes), "sha256")[:16]


def event_hash(core: EventCore, salt: bytes, properties: Properties) -> bytes:
    """The event's hash, 32 bytes."""
    # Texts of code points and their UTF-8 bytes have the same order.
    fields = [field for name in sorted(properties) for field in (name.encode(), _value(properties[name]))]
    return hashlib.sha256(_core(core) + hashlib.sha256(salt + _pack(*fields)).digest()).digest()


def event_digest(key: bytes, hash_of_event: bytes) -> int:
    """What one event adds to the digest of each window that it feeds."""
    return int.from_bytes(hmac.digest(key, hash_of_event, "sha256"), "big")


@functools.lru_cache(maxsize=4_096)
def value_salt(key: bytes, org_id: UUID) -> bytes:
    """What makes an organization's value hashes its own. PostgreSQL has SHA-256, so whoever has the salt can make them there as well."""
    return hmac.digest(key, b"usageflow.value/1" + org_id.bytes, "sha256")


def value_hash(salt: bytes, text: str) -> bytes:
    """A value of a UNIQUE metric, 16 bytes; `text` is its canonical text."""
    return hashlib.sha256(salt + text.encode()).digest()[:16]


def add_digests(digests: Iterable[int]) -> int:
    """The digest of all of them together; of nothing it is 0."""
    return sum(digests) % DIGEST_MODULUS


def digest_text(digest: int) -> str:
    """64 hex digits."""
    return f"{digest:064x}"


def _core(core: EventCore) -> bytes:
    return _pack(
        b"usageflow.event/1",
        core.org_id.bytes,
        core.event_id.bytes,
        core.idempotency_key.encode(),
        core.metric.encode(),
        _pack(*sorted(metric_id.bytes for metric_id in core.metric_ids)),
        decimal_text(core.amount).encode(),
        core.customer_id.encode(),
        instant_text(core.occurred_at).encode(),
        core.backfill_id.bytes if core.backfill_id else b"",
    )


def _value(value: PropertyValue) -> bytes:
    match value:
        case None:
            return b"n"
        case bool():
            return b"t" if value else b"f"
        case str():
            return b'"' + value.encode()
        case int() | Decimal():
            return b"#" + decimal_text(Decimal(value)).encode()


def _pack(*fields: bytes) -> bytes:
    return b"".join([len(field).to_bytes(4, "big") + field for field in fields])
