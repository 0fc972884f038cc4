"""What makes two events with one key the same event: the hash of their payload. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Final

import msgspec

from usageflow_common.clock import instant_text
from usageflow_common.metering import Properties, canonical_text
from usageflow_common.money import decimal_text

_ENCODER: Final = msgspec.json.Encoder()


def payload_hash(
    *, metric: str, amount: Decimal, customer_id: str, timestamp: datetime | None, properties: Properties
) -> str:
    """SHA-256 in hex over metric, canonical amount, customer, the timestamp if one was given, and canonical properties.

    What is hashed is a JSON array of texts in canonical form (RFC 8785): metric, amount, customer, the instant in UTC (empty when
    none was given), then each property's name and canonical text in the order of the names. A null property is an absent one.
    """
    parts = [metric, decimal_text(amount), customer_id, "" if timestamp is None else instant_text(timestamp)]
    for name in sorted(properties):
        value = properties[name]
        if value is not None:
            parts.append(name)
            parts.append(canonical_text(value))
    return hash_of_texts(parts)


def hash_of_texts(texts: Sequence[str]) -> str:
    """SHA-256 in hex over the canonical JSON array of these texts."""
    return hashlib.sha256(_ENCODER.encode(texts)).hexdigest()
