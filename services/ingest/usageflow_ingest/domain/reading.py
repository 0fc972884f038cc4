"""One event as sent, field by field: what is well formed, and the code for what is not. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from usageflow_common.clock import instant_text
from usageflow_common.metering import NotPermitted, Properties, permit_properties
from usageflow_common.money import OutOfRange, TooPrecise, decimal_text
from usageflow_common.wire import is_customer_id, parse_decimal, parse_instant
from usageflow_ingest.domain.decoding import decode_members
from usageflow_ingest.domain.outcomes import RefusalCode, Refused, SentEvent, Unreadable
from usageflow_ingest.domain.payload import payload_hash

EVENT_BYTES_MAX: Final = 16 * 1024
METRIC_PATTERN: Final = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,63}", re.ASCII)
_KEY_CHARACTERS_MAX: Final = 255
_ONE: Final = Decimal(1)
_FIELDS: Final = frozenset({"metric", "amount", "customerId", "timestamp", "idempotencyKey", "properties"})


class _RefusalError(Exception):
    def __init__(self, code: RefusalCode, detail: str) -> None:
        super().__init__(code)
        self.code: RefusalCode = code
        self.detail = detail


def read_event(raw: bytes) -> SentEvent | Refused | Unreadable:
    """The event that these bytes are. Null means absent; fields that are not an event's are refused."""
    if len(raw) > EVENT_BYTES_MAX:
        return Refused("event_too_large", f"An event has at most {EVENT_BYTES_MAX} bytes.")
    members = decode_members(raw)
    return read_members(members) if isinstance(members, dict) else members


def read_members(members: Mapping[str, Any]) -> SentEvent | Refused:
    """The event with these members, read exactly."""
    try:
        return _sent_event(
            metric=_metric(members),
            amount=_amount(members.get("amount")),
            customer_id=_customer_id(members.get("customerId")),
            timestamp=_timestamp(members.get("timestamp")),
            idempotency_key=_idempotency_key(members.get("idempotencyKey")),
            properties=_properties(members.get("properties")),
        )
    except _RefusalError as refusal:
        return _refused(refusal, members)


def _sent_event(
    *,
    metric: str,
    amount: Decimal,
    customer_id: str,
    timestamp: datetime | None,
    idempotency_key: str | None,
    properties: Properties,
) -> SentEvent:
    return SentEvent(
        metric=metric,
        amount=decimal_text(amount),
        customer_id=customer_id,
        timestamp=timestamp,
        timestamp_text="" if timestamp is None else instant_text(timestamp),
        idempotency_key=idempotency_key,
        properties=properties,
        payload_hash=payload_hash(
            metric=metric, amount=amount, customer_id=customer_id, timestamp=timestamp, properties=properties
        ),
    )


def is_event_key(text: str) -> bool:
    """1 to 255 printable ASCII characters."""
    return 0 < len(text) <= _KEY_CHARACTERS_MAX and text.isascii() and text.isprintable()


def _metric(members: Mapping[str, Any]) -> str:
    if not members.keys() <= _FIELDS:
        unknown = min(members.keys() - _FIELDS)
        raise _RefusalError("unknown_field", f"An event has no field {unknown[:64]!r}.")
    metric = members.get("metric")
    if metric is None:
        raise _RefusalError("malformed_event", "The field metric is required.")
    if not isinstance(metric, str):
        raise _RefusalError("malformed_event", "The field metric must be a text.")
    if not METRIC_PATTERN.fullmatch(metric):
        raise _RefusalError("unknown_metric", "No metric can have this name.")
    return metric


def _amount(value: object) -> Decimal:
    if value is None:
        return _ONE
    match parse_decimal(value):
        case Decimal() as amount:
            return amount
        case TooPrecise():
            raise _RefusalError("amount_too_precise", "An amount has at most 12 decimal places.")
        case OutOfRange():
            raise _RefusalError("amount_out_of_range", "An amount has at most 20 integer digits.")
        case None:
            raise _RefusalError("amount_invalid", 'An amount is a number, or a plain decimal text like "1.5".')


def _customer_id(value: object) -> str:
    if isinstance(value, str) and is_customer_id(value):
        return value
    if value is None:
        raise _RefusalError("customer_id_invalid", "The field customerId is required.")
    raise _RefusalError(
        "customer_id_invalid", "A customerId is 1 to 128 letters, digits and . _ : @ + | -, a letter or digit first."
    )


def _timestamp(value: object) -> datetime | None:
    if value is None:
        return None
    timestamp = parse_instant(value) if isinstance(value, str) else None
    if timestamp is None:
        raise _RefusalError("timestamp_invalid", "A timestamp is RFC 3339 with Z or an offset: 2026-03-01T00:00:00Z.")
    return timestamp


def _idempotency_key(value: object) -> str | None:
    if value is None:
        return None
    if isinstance(value, str) and is_event_key(value):
        return value
    raise _RefusalError("idempotency_key_invalid", "An idempotencyKey is 1 to 255 printable ASCII characters.")


def _properties(value: object) -> Properties:
    match permit_properties(value):
        case NotPermitted(detail):
            raise _RefusalError("properties_invalid", detail)
        case properties:
            return properties


def _refused(refusal: _RefusalError, members: Mapping[str, Any]) -> Refused:
    metric, customer, key = members.get("metric"), members.get("customerId"), members.get("idempotencyKey")
    return Refused(
        refusal.code,
        refusal.detail,
        metric=metric if isinstance(metric, str) and METRIC_PATTERN.fullmatch(metric) else None,
        customer_id=customer if isinstance(customer, str) and is_customer_id(customer) else None,
        idempotency_key=key if isinstance(key, str) and is_event_key(key) else None,
    )
