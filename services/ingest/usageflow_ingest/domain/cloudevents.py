"""A CloudEvent (1.0, JSON format) as the event that it stands for. Pure.

`type` is the metric, `subject` the customer, `time` the timestamp, `data.amount` the amount, the rest of `data` the properties. The key
is `source#id`, a `#` inside the source written as %23; so `source` and `id` name the event, as CloudEvents has it. Other attributes say
nothing about usage and are ignored.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from usageflow_ingest.domain.decoding import decode_members
from usageflow_ingest.domain.outcomes import Refused, SentEvent, Unreadable
from usageflow_ingest.domain.reading import EVENT_BYTES_MAX, is_event_key, read_members

SPEC_VERSION: Final = "1.0"
_JSON: Final = re.compile(r"[a-z0-9!#$&^_.+-]+/(?:[a-z0-9!#$&^_.+-]+\+)?json", re.ASCII)


def read_cloud_event(raw: bytes) -> SentEvent | Refused | Unreadable:
    """The event that these bytes stand for. Null means absent."""
    if len(raw) > EVENT_BYTES_MAX:
        return Refused("event_too_large", f"An event has at most {EVENT_BYTES_MAX} bytes.")
    attributes = decode_members(raw)
    if not isinstance(attributes, dict):
        return attributes
    reason = _why_malformed(attributes)
    if reason is not None:
        return Refused("malformed_event", reason)
    key = f"{attributes['source'].replace('#', '%23')}#{attributes['id']}"
    if not is_event_key(key):
        return Refused("idempotency_key_invalid", "The key source#id is 1 to 255 printable ASCII characters.")
    data = attributes.get("data")
    data = {} if data is None else data
    members = {
        "metric": attributes["type"],
        "customerId": attributes.get("subject"),
        "timestamp": attributes.get("time"),
        "idempotencyKey": key,
        "amount": data.get("amount"),
        "properties": {name: value for name, value in data.items() if name != "amount"},
    }
    if members["customerId"] is None:
        return Refused("customer_id_invalid", "A CloudEvent names its customer in subject.", idempotency_key=key)
    return read_members(members)


def _why_malformed(attributes: Mapping[str, Any]) -> str | None:
    if attributes.get("specversion") != SPEC_VERSION:
        return f'A CloudEvent has the specversion "{SPEC_VERSION}".'
    for name in ("id", "source", "type"):
        value = attributes.get(name)
        if not isinstance(value, str) or not value:
            return f"A CloudEvent has the attribute {name}, a text."
    if attributes.get("data_base64") is not None:
        return "Send data as JSON: data_base64 is not read."
    if not _is_json(attributes.get("datacontenttype")):
        return "The datacontenttype must be JSON, or absent."
    if not isinstance(attributes.get("data"), dict | None):
        return "The data of a usage event is a JSON object."
    return None


def _is_json(content_type: object) -> bool:
    if content_type is None:
        return True
    return isinstance(content_type, str) and _JSON.fullmatch(_media_type(content_type)) is not None


def _media_type(content_type: str) -> str:
    return content_type.partition(";")[0].strip().lower()
