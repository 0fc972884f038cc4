"""Whether a usage event can be kept and counted as it stands. Ingest has checked all of it: what fails here is damage, not a mistake."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from msgspec import Struct

from usageflow_aggregator.domain.digest import pack_property
from usageflow_common.money import DECIMAL_PLACES_MAX, INTEGER_DIGITS_MAX, bound_decimal, decimal_text
from usageflow_common.records import ActorRecord, AmendEvent, BackfillRevert, UsageEvent, VoidEvent
from usageflow_common.wire import parse_decimal

_EARLIEST: Final = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST: Final = datetime(9999, 1, 1, tzinfo=UTC)
"""Python can tell what lies between in UTC, whatever offset it was written with."""
_TEXT_MAX: Final = 512
_INTEGER_END: Final = 10**INTEGER_DIGITS_MAX
_HASH_BYTES: Final = 32
_PROPERTIES_MAX: Final = 50
_METRICS_MAX: Final = 1_000
_REASON_MAX: Final = 4_096
_REVISION_END: Final = 2**31


class Admitted(Struct, frozen=True, gc=False):
    """The exact amount and its canonical text, the payload's hash as its 32 bytes, the properties as the event's hash takes them in."""

    amount: Decimal
    amount_text: bytes
    payload_hash: bytes
    properties: bytes


@dataclass(frozen=True, slots=True)
class Inadmissible:
    """Why the event can never be counted."""

    detail: str


def admit(event: UsageEvent) -> Admitted | Inadmissible:
    """The event's exact values, or what is wrong with them."""
    if damage := _damage(event):
        return Inadmissible(damage)
    pairs = _packed_properties(event.properties)
    if pairs is None:
        return Inadmissible("properties of a kind that is not permitted")
    payload_hash = _hash(event.payload_hash)
    if payload_hash is None:
        return Inadmissible("the payload hash is not 64 hex digits")
    amount, text = _amount(event.amount)
    if amount is None:
        return Inadmissible("the amount is not a permitted decimal")
    return Admitted(amount, text, payload_hash, pairs)


def admit_correction(record: VoidEvent | AmendEvent | BackfillRevert) -> Decimal | Inadmissible | None:
    """The exact amount of an amendment that has one, or what is wrong with the record."""
    if damage := _damage_of_correction(record):
        return Inadmissible(damage)
    if not isinstance(record, AmendEvent):
        return None
    if damage := _damage_of_amendment(record):
        return Inadmissible(damage)
    if record.amount is None:
        return None
    amount = parse_decimal(record.amount)
    return amount if isinstance(amount, Decimal) else Inadmissible("the amount is not a permitted decimal")


def _damage_of_correction(record: VoidEvent | AmendEvent | BackfillRevert) -> str | None:
    if not _is_instant(record.received_at):
        return "a time without an offset, or out of range"
    if len(record.reason) > _REASON_MAX or any("\0" in text for text in (record.reason, *_texts(record.actor))):
        return "a text is too long or holds a NUL"
    if not isinstance(record, BackfillRevert) and not 0 < record.base_revision < _REVISION_END:
        return "the revision is out of range"
    return None


def _damage_of_amendment(record: AmendEvent) -> str | None:
    if record.occurred_at is not None and not _is_instant(record.occurred_at):
        return "a time without an offset, or out of range"
    if record.properties is not None and _packed_properties(record.properties) is None:
        return "properties of a kind that is not permitted"
    if record.metric_ids is not None and not _are_distinct(record.metric_ids):
        return "the metrics that it feeds are too many or repeated"
    return None


def _texts(actor: ActorRecord) -> tuple[str, ...]:
    return actor.type, actor.id, actor.name or "", actor.role or ""


def _is_instant(instant: datetime) -> bool:
    return instant.tzinfo is not None and _EARLIEST <= instant < _LATEST


def _are_distinct(metric_ids: tuple[UUID, ...]) -> bool:
    fed = len(metric_ids)
    return fed <= _METRICS_MAX and (fed < 2 or len(set(metric_ids)) == fed)


def _damage(event: UsageEvent) -> str | None:
    for text in (event.idempotency_key, event.metric, event.customer_id):
        if not 0 < len(text) <= _TEXT_MAX or "\0" in text:
            return "a text is empty, too long or holds a NUL"
    if not (_is_instant(event.occurred_at) and _is_instant(event.received_at)):
        return "a time without an offset, or out of range"
    if not _are_distinct(event.metric_ids):
        return "the metrics that it feeds are too many or repeated"
    return None


def _hash(text: str) -> bytes | None:
    try:
        found = bytes.fromhex(text)
    except ValueError:
        return None
    return found if len(found) == _HASH_BYTES and found.hex() == text else None


@functools.lru_cache(maxsize=8_192)
def _amount(text: str) -> tuple[Decimal | None, bytes]:
    """The permitted decimal and its canonical text. A few amounts are most of them."""
    amount = parse_decimal(text)
    return (amount, decimal_text(amount).encode()) if isinstance(amount, Decimal) else (None, b"")


def _packed_properties(properties: Mapping[str, Any]) -> bytes | None:
    """The properties as the event's hash takes them in; None when they are not permitted."""
    if len(properties) > _PROPERTIES_MAX:
        return None
    pairs = []
    for name in sorted(properties):
        value = properties[name]
        kind = value.__class__
        pair = None
        if kind in _PLAIN:
            pair = _remembered(name, value)
        elif kind is Decimal:
            # By its text: equal decimals are not equally long, and a short one must not speak for one that no column can hold.
            pair = _remembered_number(name, str(value))
        if pair is None:
            return None
        pairs.append(pair)
    return b"".join(pairs)


def _packed(name: str, value: Any) -> bytes | None:
    if len(name) > _TEXT_MAX or "\0" in name or not _permits_value(value):
        return None
    return pack_property(name, value)


def _packed_number(name: str, text: str) -> bytes | None:
    return _packed(name, Decimal(text))


_PLAIN: Final = frozenset({str, int, bool, type(None)})
_remembered_number: Final = functools.lru_cache(maxsize=16_384)(_packed_number)
_remembered: Final = functools.lru_cache(maxsize=16_384, typed=True)(_packed)
"""Most properties have a few values, and looking one up costs a tenth of packing it. Typed: 1 and true are equal, and two values."""


def _permits_value(value: object) -> bool:
    match value:
        case str():
            return len(value) <= _TEXT_MAX and "\0" not in value
        case None | bool():
            return True
        case int():
            return -_INTEGER_END < value < _INTEGER_END
        case Decimal():
            return isinstance(bound_decimal(value), Decimal) and _is_storable(value)
        case _:
            return False


def _is_storable(number: Decimal) -> bool:
    # Zeros do not count as digits, but PostgreSQL writes them all down: 0e-20000 is permitted, and no jsonb can hold it.
    exponent = number.as_tuple().exponent
    return isinstance(exponent, int) and -DECIMAL_PLACES_MAX <= exponent <= INTEGER_DIGITS_MAX
