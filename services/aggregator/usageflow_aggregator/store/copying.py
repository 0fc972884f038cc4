"""Raw events as PostgreSQL's binary COPY takes them in. The driver's own encoder looks at each of 19 values of a row; this one at few.

The format is that of the manual ("COPY", Binary Format): a header, for each row the number of its fields and for each field its length
and its bytes, a trailer. Rows of one organization, metric, key and day begin alike; what differs is packed by one call and one join.
"""

from __future__ import annotations

import functools
import struct
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Final, TypeAlias
from uuid import UUID

from usageflow_aggregator.domain.reading import Usage
from usageflow_common.database import json_text

COLUMNS: Final = (
    # Alike in many rows, ...
    *("org_id", "metric", "metric_ids", "occurred_at_given", "backfill_id", "api_key_id", "partition", "day"),
    # ... of one length, ...
    *("log_offset", "event_id", "salt", "event_hash", "occurred_at", "received_at", "appended_at"),
    # ... and of any.
    *("idempotency_key", "customer_id", "amount", "properties"),
)
_HEADER: Final = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_TRAILER: Final = b"\xff\xff"
_NULL: Final = b"\xff\xff\xff\xff"
_FIXED: Final = struct.Struct("!iq i16s i16s i32s iq iq iq").pack
_LENGTH: Final = struct.Struct("!i").pack
_UUID_TYPE: Final = 2950
_MICROSECOND: Final = timedelta(microseconds=1)
_EPOCH: Final = datetime(2000, 1, 1, tzinfo=UTC)
_DAY: Final = date(2000, 1, 1)
_JSONB_VERSION: Final = b"\1"
_BASE_DIGITS: Final = 4
_NEGATIVE: Final = 0x4000

Alike: TypeAlias = tuple[int, str, tuple[int, ...], bool, UUID | None, int | None]


def binary_rows(partition: int, day: date, usages: Iterable[Usage]) -> bytes:
    """All rows, with header and trailer, in the order of COLUMNS."""
    heads: dict[Alike, bytes] = {}
    parts = [_HEADER]
    for usage in usages:
        event = usage.event
        # Ids by their integers: comparing UUIDs costs ten times as much.
        ids, api_key_id = event.metric_ids, event.api_key_id
        key = (
            usage.key[0],
            event.metric,
            (ids[0].int,) if len(ids) == 1 else tuple(each.int for each in ids),
            event.occurred_at_given,
            event.backfill_id,
            api_key_id.int if api_key_id else None,
        )
        head = heads.get(key)
        if head is None:
            head = heads[key] = _head(partition, day, usage)
        name, customer = event.idempotency_key.encode(), event.customer_id.encode()
        amount, properties = _numeric(usage.amount_text), _JSONB_VERSION + json_text(event.properties).encode()
        parts += (
            head,
            _FIXED(
                *(8, usage.offset, 16, usage.key[1].to_bytes(16, "big"), 16, usage.salt, 32, usage.hash),
                *(
                    8,
                    _microseconds(event.occurred_at),
                    8,
                    _received(event.received_at),
                    8,
                    _received(usage.appended_at),
                ),
            ),
            *(_LENGTH(len(name)), name, _LENGTH(len(customer)), customer),
            *(amount, _LENGTH(len(properties)), properties),
        )
    parts.append(_TRAILER)
    return b"".join(parts)


def _head(partition: int, day: date, usage: Usage) -> bytes:
    """What the rows of an organization, metric, key and day have in common."""
    event = usage.event
    ids = [_field(metric_id.bytes) for metric_id in event.metric_ids]
    # One dimension, no NULL in it, from 1 on; an empty array has no dimension.
    array = struct.pack("!iiiii", 1, 0, _UUID_TYPE, len(ids), 1) if ids else struct.pack("!iii", 0, 0, _UUID_TYPE)
    fields = (
        _field(event.org_id.bytes),
        _field(event.metric.encode()),
        _field(array + b"".join(ids)),
        _field(b"\1" if event.occurred_at_given else b"\0"),
        _field(event.backfill_id.bytes) if event.backfill_id else _NULL,
        _field(event.api_key_id.bytes) if event.api_key_id else _NULL,
        _field(_LENGTH(partition)),
        _field(_LENGTH((day - _DAY).days)),
    )
    return struct.pack("!h", len(COLUMNS)) + b"".join(fields)


def _field(value: bytes) -> bytes:
    return _LENGTH(len(value)) + value


def _microseconds(instant: datetime) -> int:
    since = instant - _EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


_received: Final = functools.lru_cache(maxsize=1_024)(_microseconds)
"""Events that came together have these in common."""


@functools.lru_cache(maxsize=8_192)
def _numeric(text: bytes) -> bytes:
    """A decimal as a field: its digits to the base 10,000, where they begin, its sign, and how many of its places to show."""
    sign, digits, exponent = Decimal(text.decode()).as_tuple()
    if not isinstance(exponent, int):
        raise TypeError(f"{text!r} is not finite")
    scale = max(0, -exponent)
    written = "".join(map(str, digits)) + "0" * max(0, exponent)
    whole, places = (written[:-scale], written[-scale:]) if scale else (written, "")
    whole, places = whole.rjust(scale - len(written), "0").lstrip("0"), places.rjust(scale, "0")
    whole = whole.rjust(-(-len(whole) // _BASE_DIGITS) * _BASE_DIGITS, "0")
    places = places.ljust(-(-len(places) // _BASE_DIGITS) * _BASE_DIGITS, "0")
    together = whole + places
    groups = [int(together[at : at + _BASE_DIGITS]) for at in range(0, len(together), _BASE_DIGITS)]
    weight = len(whole) // _BASE_DIGITS - 1
    while groups and not groups[0]:
        groups, weight = groups[1:], weight - 1
    while groups and not groups[-1]:
        groups.pop()
    header = struct.pack("!hhHH", len(groups), weight if groups else 0, _NEGATIVE if sign and groups else 0, scale)
    return _field(header + struct.pack(f"!{len(groups)}h", *groups))
