"""One event as sent: every way to be refused has its code, and numbers stay exact."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from usageflow_ingest.domain.outcomes import Refused, SentEvent, Unreadable
from usageflow_ingest.domain.reading import read_event


def read(members: str) -> SentEvent | Refused | Unreadable:
    return read_event(('{"metric":"API_CALL","customerId":"user_123"' + members + "}").encode())


def test_only_metric_and_customer_are_required() -> None:
    assert read("") == SentEvent(
        metric="API_CALL",
        amount="1",
        customer_id="user_123",
        timestamp=None,
        timestamp_text="",
        idempotency_key=None,
        properties={},
        payload_hash=hashlib.sha256(b'["API_CALL","1","user_123",""]').hexdigest(),
    )


def test_null_means_absent() -> None:
    assert read(',"amount":null,"timestamp":null,"idempotencyKey":null,"properties":null') == read("")


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("1.50", "1.5"),
        ('"1.50"', "1.5"),
        ("1e3", "1000"),
        ("-0", "0"),
        ("-3", "-3"),
        ("12345678901234567890.123456789012", "12345678901234567890.123456789012"),
        ("0.1000000000000000000000000", "0.1"),
    ],
)
def test_an_amount_is_read_exactly(text: str, amount: str) -> None:
    event = read(f',"amount":{text}')
    assert isinstance(event, SentEvent)
    assert event.amount == amount


@pytest.mark.parametrize(
    ("members", "code"),
    [
        (',"amount":"1e3"', "amount_invalid"),
        (',"amount":"NaN"', "amount_invalid"),
        (',"amount":"Infinity"', "amount_invalid"),
        (',"amount":true', "amount_invalid"),
        (',"amount":[]', "amount_invalid"),
        (',"amount":""', "amount_invalid"),
        (',"amount":1e400000', "amount_out_of_range"),
        (',"amount":-1e400000', "amount_out_of_range"),
        (',"amount":1e99999999999999999999', "amount_out_of_range"),
        (',"amount":-1e-99999999999999999999', "amount_out_of_range"),
        (',"amount":100000000000000000000', "amount_out_of_range"),
        (',"amount":1e-13', "amount_too_precise"),
        (',"amount":1e-400000', "amount_too_precise"),
        (',"timestamp":1775034000', "timestamp_invalid"),
        (',"timestamp":"2026-03-01"', "timestamp_invalid"),
        (',"timestamp":"2026-03-01T00:00:00"', "timestamp_invalid"),
        (',"timestamp":"2026-03-01T00:00:60Z"', "timestamp_invalid"),
        (',"timestamp":"2026-02-30T00:00:00Z"', "timestamp_invalid"),
        (',"timestamp":"2026-03-01 00:00:00Z"', "timestamp_invalid"),
        (',"timestamp":"٢٠٢٦-03-01T00:00:00Z"', "timestamp_invalid"),
        (',"idempotencyKey":""', "idempotency_key_invalid"),
        (',"idempotencyKey":7', "idempotency_key_invalid"),
        (',"idempotencyKey":"é"', "idempotency_key_invalid"),
        (',"idempotencyKey":"a\\u0000"', "idempotency_key_invalid"),
        (f',"idempotencyKey":"{"k" * 256}"', "idempotency_key_invalid"),
        (',"properties":[]', "properties_invalid"),
        (',"properties":{"a b":1}', "properties_invalid"),
        (',"properties":{"":1}', "properties_invalid"),
        (',"properties":{"a":{}}', "properties_invalid"),
        (',"properties":{"a":"\\u0000"}', "properties_invalid"),
        (f',"properties":{{"a":"{"x" * 513}"}}', "properties_invalid"),
        (',"properties":{"a":1e400000}', "properties_invalid"),
        (',"properties":{"a":1e99999999999999999999}', "properties_invalid"),
        (',"quantity":1e99999999999999999999', "unknown_field"),
        (',"properties":{"a":1e-13}', "properties_invalid"),
        (',"properties":{' + ",".join(f'"p{n}":1' for n in range(51)) + "}", "properties_invalid"),
        (',"quantity":1', "unknown_field"),
        (',"properties":{"a":"' + "é" * 9000 + '"}', "event_too_large"),
    ],
)
def test_a_field_that_is_not_well_formed_is_refused_with_its_code(members: str, code: str) -> None:
    refused = read(members)
    assert isinstance(refused, Refused)
    assert refused.code == code
    if code != "event_too_large":
        assert (refused.metric, refused.customer_id) == ("API_CALL", "user_123")


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b'{"customerId":"a"}', "malformed_event"),
        (b'{"metric":5,"customerId":"a"}', "malformed_event"),
        (b'{"metric":"a b","customerId":"a"}', "unknown_metric"),
        (b'{"metric":"A"}', "customer_id_invalid"),
        (b'{"metric":"A","customerId":5}', "customer_id_invalid"),
        (b'{"metric":"A","customerId":""}', "customer_id_invalid"),
        (b'{"metric":"A","customerId":".a"}', "customer_id_invalid"),
        (b'{"metric":"A","customerId":"a\\u0000"}', "customer_id_invalid"),
        (b"[]", "malformed_event"),
        (b"3", "malformed_event"),
        (b"null", "malformed_event"),
    ],
)
def test_what_is_no_event_is_refused(raw: bytes, code: str) -> None:
    refused = read_event(raw)
    assert isinstance(refused, Refused)
    assert refused.code == code


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b'{"metric":"A",}',
        b'{"amount":NaN}',
        b'{"amount":Infinity}',
        b'{"metric":"\xff"}',
        b'{"metric":"\\ud800"}',
        b'\xef\xbb\xbf{"metric":"A"}',
        b'{"a":' + b"[" * 8000 + b"]" * 8000 + b"}",
        b'{"metric":"A","metric":"B","customerId":"a"}',
        b'{"metric":"A","customerId":"a","properties":{"x":1,"x":2}}',
        b'{"metric":"A","\\u006detric":"B","customerId":"a"}',
        b'{"metric":"A:B","metric":"A","customerId":"a"}',
    ],
)
def test_what_means_nothing_or_two_things_cannot_be_read(raw: bytes) -> None:
    assert isinstance(read_event(raw), Unreadable)


def test_escapes_and_colons_are_no_repetition() -> None:
    event = read(',"idempotencyKey":"a:\\"b","properties":{"u.r_l-":"https://x:1","deep":true}')
    assert isinstance(event, SentEvent)
    assert (event.idempotency_key, dict(event.properties)) == ('a:"b', {"u.r_l-": "https://x:1", "deep": True})


def test_digits_beyond_the_sixth_are_cut_and_offsets_become_utc() -> None:
    event = read(',"timestamp":"2026-03-01t01:00:00.1234567+01:00"')
    assert isinstance(event, SentEvent)
    assert event.timestamp == datetime(2026, 3, 1, 0, 0, 0, 123456, tzinfo=UTC)


def test_numbers_among_properties_stay_exact() -> None:
    event = read(',"properties":{"a":1.10,"b":12345678901234567890,"c":-7,"d":null,"e":1e3}')
    assert isinstance(event, SentEvent)
    assert dict(event.properties) == {
        "a": Decimal("1.1"),
        "b": Decimal("12345678901234567890"),
        "c": -7,
        "d": None,
        "e": Decimal(1000),
    }


@pytest.mark.parametrize("opening", [b'{"a":', b"["])
@pytest.mark.parametrize("name", [b"a", b"\\u0061"])
def test_however_deep_an_event_nests_it_is_refused(opening: bytes, name: bytes) -> None:
    closing = b"}" if opening.startswith(b"{") else b"]"
    for depth in (3, *range(900, 1050), 3_000):  # around the depth at which Python itself gives up
        raw = b'{"' + name + b'":' + opening * depth + b'{"b":1}' + closing * depth + b"}"
        assert not isinstance(read_event(raw), SentEvent)
