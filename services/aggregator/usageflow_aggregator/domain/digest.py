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
from typing import Final, NamedTuple, Protocol
from uuid import UUID

from usageflow_common.clock import instant_bytes
from usageflow_common.money import decimal_text

DIGEST_MODULUS: Final = 2**256
_BLOCK: Final = 64


class _Lengths(dict[int, bytes]):
    """Lengths as four bytes, big-endian. Those of texts that an event can have are looked up, all others are made."""

    def __missing__(self, length: int) -> bytes:
        return length.to_bytes(4, "big")


LENGTHS: Final = _Lengths((length, length.to_bytes(4, "big")) for length in range(4_096))
"""The length of a field, packed."""
_ID_LENGTH: Final = LENGTHS[16]

PropertyValue = str | int | Decimal | bool | None
Properties = Mapping[str, PropertyValue]


class Said(Protocol):
    """What an event says, apart from its amount and its properties: a core, or an event as it stands in the log."""

    @property
    def org_id(self) -> UUID: ...
    @property
    def event_id(self) -> UUID: ...
    @property
    def idempotency_key(self) -> str: ...
    @property
    def metric(self) -> str: ...
    @property
    def metric_ids(self) -> tuple[UUID, ...]: ...
    @property
    def customer_id(self) -> str: ...
    @property
    def occurred_at(self) -> datetime: ...
    @property
    def backfill_id(self) -> UUID | None: ...


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
    inner, outer = _salted(key, org_id.int)
    inner, outer = inner.copy(), outer.copy()
    inner.update(event_id.int.to_bytes(16, "big"))
    outer.update(inner.digest())
    return outer.digest()[:16]


def event_hash(core: EventCore, salt: bytes, properties: Properties) -> bytes:
    """The event's hash, 32 bytes."""
    pairs = [pack_property(name, properties[name]) for name in sorted(properties)]
    return hash_packed(core, decimal_text(core.amount).encode(), salt, b"".join(pairs))


def hash_packed(said: Said, amount: bytes, salt: bytes, properties: bytes) -> bytes:
    """The same from parts that are packed already. `amount`: the canonical text; `properties`: pack_property of each, in order of names."""
    return hashlib.sha256(_core(said, amount) + hashlib.sha256(salt + properties).digest()).digest()


def pack_property(name: str, value: PropertyValue) -> bytes:
    """One property as the hash takes it in. The order of names by code points is that of their UTF-8 bytes."""
    packed = _value(value)
    return b"".join((_name(name), LENGTHS[len(packed)], packed))


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


def _core(said: Said, amount: bytes) -> bytes:
    key, metric, customer = said.idempotency_key.encode(), said.metric.encode(), said.customer_id.encode()
    at, ids, lengths = instant_bytes(said.occurred_at), said.metric_ids, LENGTHS
    fed = _fed(ids[0].int) if len(ids) == 1 else packed_metrics(ids)
    backfill = said.backfill_id.bytes if said.backfill_id else b""
    # One join of all lengths and fields: this is done for every event.
    return b"".join(
        (
            *(_of_organization(said.org_id.int), said.event_id.int.to_bytes(16, "big")),
            *(lengths[len(key)], key, lengths[len(metric)], metric, fed, lengths[len(amount)], amount),
            *(lengths[len(customer)], customer, lengths[len(at)], at, lengths[len(backfill)], backfill),
        )
    )


def packed_metrics(ids: tuple[UUID, ...]) -> bytes:
    """The metrics that an event feeds, as its core has them."""
    return pack(pack(*sorted(metric_id.bytes for metric_id in ids)))


@functools.lru_cache(maxsize=4_096)
def _fed(metric_id: int) -> bytes:
    """The only metric that an event feeds, as its core has it: there are few of them."""
    return packed_metrics((UUID(int=metric_id),))


def organization_prefix(org_id: UUID) -> bytes:
    """What the cores of all events of an organization begin with."""
    return _of_organization(org_id.int)


@functools.lru_cache(maxsize=4_096)
def _of_organization(org_id: int) -> bytes:
    return b"".join((_CORE, _ID_LENGTH, org_id.to_bytes(16, "big"), _ID_LENGTH))


def _value(value: PropertyValue) -> bytes:
    match value:
        case str():
            return b'"' + value.encode()
        case None:
            return b"n"
        case bool():
            return b"t" if value else b"f"
        case int():
            return b"#%d" % value
        case Decimal():
            return b"#" + decimal_text(value).encode()


@functools.lru_cache(maxsize=4_096)
def _name(name: str) -> bytes:
    """A property's name, packed: there are few of them."""
    return pack(name.encode())


def pack(*fields: bytes) -> bytes:
    """Each field behind its length."""
    return b"".join([LENGTHS[len(field)] + field for field in fields])


def _hmac(key: bytes, message: bytes) -> bytes:
    """HMAC-SHA256 (RFC 2104) from states that have taken the key in: half of what keying anew costs."""
    keyed = prepared_hmac(key)
    inner, outer = keyed[0].copy(), keyed[1].copy()
    inner.update(message)
    outer.update(inner.digest())
    return outer.digest()


@functools.lru_cache(maxsize=4_096)
def _salted(key: bytes, org_id: int) -> tuple[hashlib._Hash, hashlib._Hash]:
    """The states of `_hmac` when all that the salts of an organization's events have in common has gone in."""
    inner, outer = prepared_hmac(key)
    inner = inner.copy()
    inner.update(b"".join((_SALT, _ID_LENGTH, org_id.to_bytes(16, "big"), _ID_LENGTH)))
    return inner, outer


@functools.lru_cache(maxsize=4)
def prepared_hmac(key: bytes) -> tuple[hashlib._Hash, hashlib._Hash]:
    """The inner and the outer state of an HMAC-SHA256 that have taken the key in; they are copied and never changed."""
    block = (key if len(key) <= _BLOCK else hashlib.sha256(key).digest()).ljust(_BLOCK, b"\0")
    return hashlib.sha256(bytes(byte ^ 0x36 for byte in block)), hashlib.sha256(bytes(byte ^ 0x5C for byte in block))


_SALT: Final = pack(b"usageflow.salt/1")
_CORE: Final = pack(b"usageflow.event/1")
