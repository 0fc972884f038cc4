"""The events that are sent: each with a key, a time and properties of its own, as a product backend sends them. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from usageflow_common.clock import instant_text

METRIC: Final = "BENCH_CALLS"
CUSTOMERS: Final = 1_000
_SPREAD_SECONDS: Final = 60
_REGIONS: Final = ("eu-west-1", "eu-central-1", "us-east-1")

_EVENT: Final = (
    b'{"metric":"%b","amount":"%d.25","customerId":"customer-%d","timestamp":"%b","idempotencyKey":"%b-%d",'
    b'"properties":{"region":"%b","path":"/v1/search","status":200,"cached":%b}}'
)


def event_body(mark: str, number: int, now: datetime, customers: int = CUSTOMERS) -> bytes:
    """The JSON of one event; customers take turns, and times lie within the minute before `now`."""
    at = now - timedelta(seconds=number % _SPREAD_SECONDS)
    return _EVENT % (
        METRIC.encode(),
        number % 9 + 1,
        number % customers,
        instant_text(at).encode(),
        mark.encode(),
        number,
        _REGIONS[number % len(_REGIONS)].encode(),
        b"true" if number % 4 == 0 else b"false",
    )


def batch_body(mark: str, first: int, events: int, now: datetime, customers: int = CUSTOMERS) -> bytes:
    """The JSON of a batch."""
    numbers = range(first, first + events)
    return b'{"events":[%b]}' % b",".join(event_body(mark, number, now, customers) for number in numbers)
