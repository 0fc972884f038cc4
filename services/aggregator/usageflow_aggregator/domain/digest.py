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
from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Final, NamedTuple
from uuid import UUID

from usageflow_common.clock import instant_text
from usageflow_common.money import decimal_text

DIGEST_MODULUS: Final = 2**256
_BLOCK: Final = 64


class _Lengths(dict[int, bytes]):
    """Lengths as four bytes, big-endian. Those of texts that an event can have are looked up, all others are made."""

    def __missing__(self, length: int) -> bytes:
        return length.to_bytes(4, "big")


_LENGTHS: Final = _Lengths((length, length.to_bytes(4, "big")) for length in range(4_096))
_ID_LENGTH: Final = _LENGTHS[16]

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
    return _hmac(key, b"".join((_SALT, _ID_LENGTH, org_id.bytes, _ID_LENGTH, event_id.bytes)))[:16]


def event_hash(core: EventCore, salt: bytes, properties: Properties) -> bytes:
    """The event's hash, 32 bytes."""
    fields = [salt]
    # Texts of code points and their UTF-8 bytes have the same order.
    for name in sorted(properties):
        value = _value(properties[name])
        fields += (_name(name), _LENGTHS[len(value)], value)
    return hashlib.sha256(_core(core) + hashlib.sha256(b"".join(fields)).digest()).digest()


def event_digest(key: bytes, hash_of_event: bytes) -> int:
    """What one event adds to the digest of each window that it feeds."""
    return int.from_bytes(_hmac(key, hash_of_event), "big")


@functools.lru_cache(maxsize=4_096)
def value_salt(key: bytes, org_id: UUID) -> bytes:
    """What makes an organization's value hashes its own. PostgreSQL has SHA-256, so whoever has the salt can make them there as well."""
    return _hmac(key, b"usageflow.value/1" + org_id.bytes)


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
    key, metric, customer = core.idempotency_key.encode(), core.metric.encode(), core.customer_id.encode()
    amount, at = decimal_text(core.amount).encode(), instant_text(core.occurred_at).encode()
    ids = core.metric_ids
    fed = _pack(*sorted(metric_id.bytes for metric_id in ids)) if len(ids) != 1 else _ID_LENGTH + ids[0].bytes
    backfill = core.backfill_id.bytes if core.backfill_id else b""
    lengths = _LENGTHS
    # One join of all lengths and fields: this is done for every event.
    return b"".join(
        (
            *(_CORE, _ID_LENGTH, core.org_id.bytes, _ID_LENGTH, core.event_id.bytes),
            *(lengths[len(key)], key, lengths[len(metric)], metric, lengths[len(fed)], fed),
            *(
                lengths[len(amount)],
                amount,
                lengths[len(customer)],
                customer,
                lengths[len(at)],
                at,
                lengths[len(backfill)],
                backfill,
            ),
        )
    )


def _value(value: PropertyValue) -> bytes:
    match value:
        case str():
            return b'"' + value.encode()
        case None:
            return b"n"
        case bool():
            return b"t" if value else b"f"
        case int() | Decimal():
            return b"#" + decimal_text(Decimal(value)).encode()


@functools.lru_cache(maxsize=4_096)
def _name(name: str) -> bytes:
    """A property's name, packed: there are few of them."""
    return _pack(name.encode())


def _pack(*fields: bytes) -> bytes:
    return b"".join([_LENGTHS[len(field)] + field for field in fields])


def _hmac(key: bytes, message: bytes) -> bytes:
    """HMAC-SHA256 (RFC 2104) from states that have taken the key in: half of what keying anew costs."""
    keyed = _keyed(key)
    inner, outer = keyed[0].copy(), keyed[1].copy()
    inner.update(message)
    outer.update(inner.digest())
    return outer.digest()


@functools.lru_cache(maxsize=4)
def _keyed(key: bytes) -> tuple[hashlib._Hash, hashlib._Hash]:
    block = (key if len(key) <= _BLOCK else hashlib.sha256(key).digest()).ljust(_BLOCK, b"\0")
    return hashlib.sha256(bytes(byte ^ 0x36 for byte in block)), hashlib.sha256(bytes(byte ^ 0x5C for byte in block))


_SALT: Final = _pack(b"usageflow.salt/1")
_CORE: Final = _pack(b"usageflow.event/1")
