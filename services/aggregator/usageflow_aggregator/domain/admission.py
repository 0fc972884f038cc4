"""Whether a usage event can be kept and counted as it stands. Ingest has checked all of it: what fails here is damage, not a mistake."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final, NamedTuple

from usageflow_common.money import DECIMAL_PLACES_MAX, INTEGER_DIGITS_MAX, bound_decimal
from usageflow_common.records import UsageEvent
from usageflow_common.wire import parse_decimal

_EARLIEST: Final = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST: Final = datetime(9999, 1, 1, tzinfo=UTC)
"""Python can tell what lies between in UTC, whatever offset it was written with."""
_TEXT_MAX: Final = 512
_INTEGER_END: Final = 10**INTEGER_DIGITS_MAX
_HASH: Final = re.compile(r"[0-9a-f]{64}")
_PROPERTIES_MAX: Final = 50
_METRICS_MAX: Final = 1_000


class Admitted(NamedTuple):
    """The exact amount, and the payload's hash as its 32 bytes."""

    amount: Decimal
    payload_hash: bytes


@dataclass(frozen=True, slots=True)
class Inadmissible:
    """Why the event can never be counted."""

    detail: str


def admit(event: UsageEvent) -> Admitted | Inadmissible:
    """The event's exact values, or what is wrong with them."""
    if damage := _damage(event):
        return Inadmissible(damage)
    amount = parse_decimal(event.amount)
    if not isinstance(amount, Decimal):
        return Inadmissible("the amount is not a permitted decimal")
    return Admitted(amount, bytes.fromhex(event.payload_hash))


def _damage(event: UsageEvent) -> str | None:
    for text in (event.idempotency_key, event.metric, event.customer_id):
        if not 0 < len(text) <= _TEXT_MAX or "\0" in text:
            return "a text is empty, too long or holds a NUL"
    for instant in (event.occurred_at, event.received_at):
        if instant.tzinfo is None or not _EARLIEST <= instant < _LATEST:
            return "a time without an offset, or out of range"
    fed = len(event.metric_ids)
    if fed > _METRICS_MAX or (fed > 1 and len(set(event.metric_ids)) != fed):
        return "the metrics that it feeds are too many or repeated"
    if not _permits(event.properties):
        return "properties of a kind that is not permitted"
    if not _HASH.fullmatch(event.payload_hash):
        return "the payload hash is not 64 hex digits"
    return None


def _permits(properties: Mapping[str, Any]) -> bool:
    return len(properties) <= _PROPERTIES_MAX and all(
        len(name) <= _TEXT_MAX and "\0" not in name and _permits_value(value) for name, value in properties.items()
    )


def _permits_value(value: object) -> bool:
    match value:
        case None | bool():
            return True
        case str():
            return len(value) <= _TEXT_MAX and "\0" not in value
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
