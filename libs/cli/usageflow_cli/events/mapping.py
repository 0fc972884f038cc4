"""Which column of a record is what of an event. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from usageflow import InvalidEvent
from usageflow_cli.events.records import Record
from usageflow_common.wire import parse_instant


@dataclass(frozen=True, slots=True)
class Event:
    """What `UsageFlow.track` wants to know."""

    metric: str
    customer_id: str
    amount: Decimal | int | str
    timestamp: datetime | None
    idempotency_key: str
    properties: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Columns:
    """Where things stand. A column that was named must be there; without a name it is the API's own, and may be absent.

    `metric` is the metric of every record, not a column. `properties` name a column each.
    """

    metric: str | None
    customer: str | None
    amount: str | None
    time: str | None
    key: str | None
    properties: Mapping[str, str]

    def event(self, record: Record, key_prefix: str | None) -> Event:
        """The event of a record. Raises InvalidEvent. Without a key of its own it is `<key_prefix>:<number>`."""
        if record.problem is not None:
            raise InvalidEvent("malformed_event", record.problem)
        values = record.values
        key = _value(values, self.key, "idempotencyKey")
        if key is None:
            if key_prefix is None:
                raise InvalidEvent("idempotency_key_invalid", "No key: name its column, or give --key-prefix")
            key = f"{key_prefix}:{record.number}"
        amount = _value(values, self.amount, "amount")
        return Event(
            metric=self.metric or _text(_value(values, None, "metric"), "metric"),
            customer_id=_text(_value(values, self.customer, "customerId"), "customer"),
            amount=1 if amount is None else _amount(amount),
            timestamp=_instant(_value(values, self.time, "timestamp")),
            idempotency_key=_text(key, "key"),
            properties=self._properties(record),
        )

    def _properties(self, record: Record) -> dict[str, Any]:
        own = record.values.get("properties") or {}
        if not isinstance(own, dict):
            raise InvalidEvent("properties_invalid", "The properties are an object")
        for column in self.properties.values():
            if column not in record.values and not record.open:
                raise InvalidEvent("malformed_event", f"There is no {column}")
        chosen = {name: record.values.get(column) for name, column in self.properties.items()}
        return own | {name: value for name, value in chosen.items() if value is not None}


def _value(values: Mapping[str, Any], column: str | None, own_name: str) -> Any:
    """The value, None when there is none. Raises InvalidEvent when a column that was named is absent or empty."""
    value = values.get(own_name if column is None else column)
    if value is None or value == "":
        if column is not None:
            raise InvalidEvent("malformed_event", f"There is no {column}")
        return None
    return value


def _text(value: Any, what: str) -> str:
    if value is None:
        raise InvalidEvent("malformed_event", f"There is no {what}")
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise InvalidEvent("malformed_event", f"The {what} is not a text")
    return str(value)


def _amount(value: Any) -> Decimal | int | str:
    if isinstance(value, bool) or not isinstance(value, Decimal | int | str):
        raise InvalidEvent("amount_invalid", "The amount is not a number")
    return value.strip() if isinstance(value, str) else value


def _instant(value: Any) -> datetime | None:
    if value is None or isinstance(value, datetime):
        return value
    instant = parse_instant(value.strip()) if isinstance(value, str) else None
    if instant is None:
        raise InvalidEvent("timestamp_invalid", "A time is RFC 3339 with Z or an offset: 2026-03-01T00:00:00Z")
    return instant
