"""Whether a usage event can be kept and counted as it stands. Ingest has checked all of it: what fails here is damage, not a mistake."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from usageflow_common.money import OutOfRange, TooPrecise, bound_decimal
from usageflow_common.records import UsageEvent

_TEXT_MAX: Final = 512
_HASH: Final = re.compile(r"[0-9a-f]{64}")
_PROPERTIES_MAX: Final = 50
_METRICS_MAX: Final = 1_000


@dataclass(frozen=True, slots=True)
class Admitted:
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
    amount = _amount(event.amount)
    if amount is None:
        return Inadmissible("the amount is not a permitted decimal")
    return Admitted(amount, bytes.fromhex(event.payload_hash))


def _damage(event: UsageEvent) -> str | None:
    texts = (event.idempotency_key, event.metric, event.customer_id)
    if not all(0 < len(text) <= _TEXT_MAX and "\0" not in text for text in texts):
        return "a text is empty, too long or holds a NUL"
    if event.occurred_at.tzinfo is None or event.received_at.tzinfo is None:
        return "a time without an offset"
    if not 0 < len(event.metric_ids) <= _METRICS_MAX or len(set(event.metric_ids)) != len(event.metric_ids):
        return "the metrics that it feeds are missing or repeated"
    if not _permits(event.properties):
        return "properties of a kind that is not permitted"
    if not _HASH.fullmatch(event.payload_hash):
        return "the payload hash is not 64 hex digits"
    return None


def _amount(text: str) -> Decimal | None:
    try:
        bounded = bound_decimal(Decimal(text))
    except InvalidOperation:
        return None
    return None if isinstance(bounded, TooPrecise | OutOfRange) else bounded


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
        case int() | Decimal():
            return not isinstance(bound_decimal(Decimal(value)), TooPrecise | OutOfRange)
        case _:
            return False
