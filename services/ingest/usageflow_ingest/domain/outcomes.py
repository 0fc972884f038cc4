"""What may become of an event as sent: it is read, refused with a code, or cannot be read at all. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias

import msgspec

from usageflow_common.metering import Properties

RefusalCode: TypeAlias = Literal[
    "unknown_metric",
    "metric_archived",
    "amount_invalid",
    "amount_too_precise",
    "amount_out_of_range",
    "timestamp_invalid",
    "timestamp_in_future",
    "timestamp_too_old",
    "customer_id_invalid",
    "idempotency_key_invalid",
    "properties_invalid",
    "property_missing",
    "property_not_numeric",
    "event_too_large",
    "malformed_event",
    "unknown_field",
]


class SentEvent(msgspec.Struct, frozen=True):
    """An event whose fields are all well formed. `timestamp` None: none was given. `idempotency_key` None: as above.

    `amount` is canonical decimal text, `timestamp_text` that of the instant (empty when none was given): what is written is what is
    hashed, made once. `payload_hash` is in hex, as payload.py says.

    A struct, like Arrival: a hundred thousand of each are made a second, and a frozen dataclass takes ten times as long.
    """

    metric: str
    amount: str
    customer_id: str
    timestamp: datetime | None
    timestamp_text: str
    idempotency_key: str | None
    properties: Properties
    payload_hash: str


@dataclass(frozen=True, slots=True)
class Refused:
    """An event that is not counted, and why. What could be read of it helps to find it again."""

    code: RefusalCode
    detail: str
    metric: str | None = None
    customer_id: str | None = None
    idempotency_key: str | None = None


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Bytes that are not one JSON value, or one that means two things."""

    detail: str


class Arrival(msgspec.Struct, frozen=True):
    """An event on its way in: where it stood in its request, what it is called, and what was read of it."""

    index: int
    raw: bytes
    event_id: str
    idempotency_key: str
    content: SentEvent | Refused
