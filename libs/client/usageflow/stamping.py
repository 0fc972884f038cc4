"""What an event gets at its source: a key and an instant, so that it means the same however late and often it is sent."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import uuid4

from usageflow import clock
from usageflow.events import Amount, PropertyValue, encode_event


def stamped(
    metric: str,
    customer_id: str,
    amount: Amount,
    *,
    timestamp: datetime | None,
    properties: Mapping[str, PropertyValue] | None,
    idempotency_key: str | None,
    stamp_time: bool,
) -> tuple[str, bytes]:
    """The key, a random one unless given, and the encoded event. Raises as `encode_event`."""
    key = str(uuid4()) if idempotency_key is None else idempotency_key
    if timestamp is None and stamp_time:
        timestamp = clock.now()
    payload = encode_event(metric, customer_id, amount, timestamp=timestamp, properties=properties, idempotency_key=key)
    return key, payload
