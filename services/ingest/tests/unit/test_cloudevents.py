"""CloudEvents: what each attribute stands for, and which are refused."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

import pytest

from usageflow_common.ids import event_id
from usageflow_ingest.domain.cloudevents import read_cloud_event
from usageflow_ingest.domain.naming import receive_single
from usageflow_ingest.domain.outcomes import Arrival, Refused, SentEvent, Unreadable

ORG = UUID("01984e7c-2b4f-7c1a-a0d4-c1f2e3b4a596")
WHOLE: dict[str, Any] = {
    "specversion": "1.0",
    "id": "7",
    "source": "/gateways/eu",
    "type": "API_CALL",
    "subject": "user_123",
    "time": "2026-03-04T10:00:00Z",
    "datacontenttype": "application/json",
    "data": {"amount": 1.50, "region": "eu", "cached": None},
}
PLAIN = {
    "metric": "API_CALL",
    "customerId": "user_123",
    "timestamp": "2026-03-04T10:00:00Z",
    "idempotencyKey": "/gateways/eu#7",
    "amount": 1.50,
    "properties": {"region": "eu", "cached": None},
}


def read(**changes: Any) -> SentEvent | Refused | Unreadable:
    return read_cloud_event(json.dumps(WHOLE | changes).encode())


def without(*names: str) -> SentEvent | Refused | Unreadable:
    return read_cloud_event(json.dumps({name: value for name, value in WHOLE.items() if name not in names}).encode())


def test_a_cloud_event_is_the_plain_event_that_says_the_same() -> None:
    one = receive_single(ORG, json.dumps(WHOLE).encode(), "header", read_cloud_event)
    other = receive_single(ORG, json.dumps(PLAIN).encode(), "header")
    assert isinstance(one, Arrival)
    assert isinstance(other, Arrival)
    assert one.content == other.content
    assert (one.event_id, one.idempotency_key) == (other.event_id, other.idempotency_key)
    assert str(one.event_id) == str(event_id(ORG, "/gateways/eu#7"))


def test_what_is_not_given_takes_its_default() -> None:
    event = without("time", "datacontenttype", "data")
    assert isinstance(event, SentEvent)
    assert (str(event.amount), event.timestamp, dict(event.properties)) == ("1", None, {})
    assert read(data=None) == without("data")
    assert read(time=None) == without("time")
    assert read(data={}) == without("data")


def test_extensions_and_schemas_are_ignored() -> None:
    assert read(dataschema="https://example.com/s", traceparent="00-1", custom=7, nested={"a": [1]}) == read()


@pytest.mark.parametrize(
    ("source", "identifier", "key"),
    [
        ("/a", "1", "/a#1"),
        ("https://example.com/a#b", "1", "https://example.com/a%23b#1"),
        ("/a", "b#1", "/a#b#1"),
        ("urn:uuid:6e8bc430-9c3a-11d9-9669-0800200c9a66", "x y", "urn:uuid:6e8bc430-9c3a-11d9-9669-0800200c9a66#x y"),
    ],
)
def test_source_and_id_are_the_key(source: str, identifier: str, key: str) -> None:
    event = read(source=source, id=identifier)
    assert isinstance(event, SentEvent)
    assert event.idempotency_key == key


@pytest.mark.parametrize(
    "content_type",
    ["application/json", "APPLICATION/JSON; charset=utf-8", "text/json", "application/vnd.acme.usage+json"],
)
def test_data_of_every_json_type_is_read(content_type: str) -> None:
    assert isinstance(read(datacontenttype=content_type), SentEvent)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"specversion": None}, "malformed_event"),
        ({"specversion": "0.3"}, "malformed_event"),
        ({"specversion": 1.0}, "malformed_event"),
        ({"id": None}, "malformed_event"),
        ({"id": ""}, "malformed_event"),
        ({"id": 7}, "malformed_event"),
        ({"source": None}, "malformed_event"),
        ({"source": ""}, "malformed_event"),
        ({"type": None}, "malformed_event"),
        ({"type": 7}, "malformed_event"),
        ({"data_base64": "AAAA"}, "malformed_event"),
        ({"datacontenttype": "application/xml"}, "malformed_event"),
        ({"datacontenttype": "application/json+xml"}, "malformed_event"),
        ({"datacontenttype": 7}, "malformed_event"),
        ({"data": []}, "malformed_event"),
        ({"data": "amount"}, "malformed_event"),
        ({"data": 0}, "malformed_event"),
        ({"data": False}, "malformed_event"),
        ({"type": "a b"}, "unknown_metric"),
        ({"subject": None}, "customer_id_invalid"),
        ({"subject": "a b"}, "customer_id_invalid"),
        ({"subject": 7}, "customer_id_invalid"),
        ({"time": "yesterday"}, "timestamp_invalid"),
        ({"time": 7}, "timestamp_invalid"),
        ({"data": {"amount": "many"}}, "amount_invalid"),
        ({"data": {"amount": "0.0000000000001"}}, "amount_too_precise"),
        ({"data": {"nested": {"a": 1}}}, "properties_invalid"),
        ({"data": {"a b": 1}}, "properties_invalid"),
        ({"id": "x" * 300}, "idempotency_key_invalid"),
        ({"id": "ключ"}, "idempotency_key_invalid"),
        ({"source": "/a\n"}, "idempotency_key_invalid"),
        ({"data": {"p": "x" * 17_000}}, "event_too_large"),
    ],
)
def test_what_cannot_be_counted_is_refused_with_its_code(changes: dict[str, Any], code: str) -> None:
    refused = read(**changes)
    assert isinstance(refused, Refused)
    assert refused.code == code


def test_a_refusal_tells_what_could_be_read() -> None:
    refused = read(time="yesterday")
    assert isinstance(refused, Refused)
    assert (refused.metric, refused.customer_id, refused.idempotency_key) == (
        "API_CALL",
        "user_123",
        "/gateways/eu#7",
    )


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b'{"specversion":"1.0","id":"1","id":"2"}',
        b'{"specversion":"1.0","data":{"amount":1,"amount":2}}',
        b'{"specversion":"\xff"}',
        b'{"data":' + b"[" * 5_000 + b"]" * 5_000 + b"}",
    ],
)
def test_what_means_nothing_or_two_things_cannot_be_read(raw: bytes) -> None:
    assert isinstance(read_cloud_event(raw), Unreadable)


@pytest.mark.parametrize("raw", [b"[]", b"7", b"null", b'"text"'])
def test_what_is_no_object_is_malformed(raw: bytes) -> None:
    refused = read_cloud_event(raw)
    assert isinstance(refused, Refused)
    assert refused.code == "malformed_event"
