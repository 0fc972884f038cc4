"""An event becomes bytes once, exactly; what can never be counted is refused at its source."""

import json
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from usageflow import InvalidEvent
from usageflow.events import amount_text, encode_event, key_of

AMOUNTS = [
    (1, "1"),
    (-7, "-7"),
    (Decimal("1.50"), "1.5"),
    (Decimal("1E+3"), "1000"),
    (Decimal("-0.0"), "0"),
    ("0.000000000001", "0.000000000001"),
    ("99999999999999999999.999999999999", "99999999999999999999.999999999999"),
    (Decimal("0E-400000"), "0"),
]
REFUSED_AMOUNTS = [
    (Decimal("NaN"), "amount_invalid"),
    (Decimal("-Infinity"), "amount_invalid"),
    ("1e3", "amount_invalid"),
    ("\u0661", "amount_invalid"),
    ("", "amount_invalid"),
    (10**20, "amount_out_of_range"),
    (Decimal("1e400000"), "amount_out_of_range"),
    ("0.0000000000001", "amount_too_precise"),
    (Decimal("1e-400000"), "amount_too_precise"),
]


def event(**changes):
    given = {"timestamp": None, "properties": None, "idempotency_key": "call-1"} | changes
    return encode_event(
        given.pop("metric", "API_CALL"), given.pop("customer_id", "user_123"), given.pop("amount", 1), **given
    )


@pytest.mark.parametrize(("amount", "text"), AMOUNTS)
def test_an_amount_is_written_exactly(amount, text):
    assert amount_text(amount) == text


@pytest.mark.parametrize(("amount", "code"), REFUSED_AMOUNTS)
def test_an_amount_that_can_never_count_is_refused_with_the_servers_code(amount, code):
    with pytest.raises(InvalidEvent) as refusal:
        amount_text(amount)
    assert refusal.value.code == code


@pytest.mark.parametrize("amount", [0.1, True, None, b"1"])
def test_an_amount_of_another_type_is_a_type_error(amount):
    with pytest.raises(TypeError, match="Decimal, int or str"):
        amount_text(amount)


@given(st.decimals(allow_nan=False, allow_infinity=False, places=12, min_value=-(10**19), max_value=10**19))
def test_an_amounts_text_means_the_amount(amount):
    assert Decimal(amount_text(amount)) == amount


def test_an_event_holds_what_was_given_and_nothing_else():
    at = datetime(2026, 3, 4, 12, tzinfo=timezone(timedelta(hours=2)))
    assert json.loads(event()) == {
        "metric": "API_CALL",
        "amount": "1",
        "customerId": "user_123",
        "idempotencyKey": "call-1",
    }
    full = event(timestamp=at, properties={"region": "eu", "ms": Decimal("1.50"), "n": 3, "ok": True, "none": None})
    assert json.loads(full)["timestamp"] == "2026-03-04T10:00:00Z"
    assert json.loads(full)["properties"] == {"region": "eu", "ms": "1.5", "n": 3, "ok": True, "none": None}
    assert key_of(full) == "call-1"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"metric": ""}, "unknown_metric"),
        ({"customer_id": "a b"}, "customer_id_invalid"),
        ({"idempotency_key": "ü"}, "idempotency_key_invalid"),
        ({"idempotency_key": "k" * 256}, "idempotency_key_invalid"),
        ({"timestamp": datetime(2026, 3, 4)}, "timestamp_invalid"),  # noqa: DTZ001 - the mistake under test
        ({"timestamp": datetime.min.replace(tzinfo=timezone(timedelta(hours=2)))}, "timestamp_invalid"),
        ({"properties": {"a b": 1}}, "properties_invalid"),
        ({"properties": {"a": "x" * 513}}, "properties_invalid"),
        ({"properties": {"a": "\x00"}}, "properties_invalid"),
        ({"properties": {"a": "\ud800"}}, "properties_invalid"),
        ({"properties": {"a": 2**63}}, "properties_invalid"),
        ({"properties": {"a": Decimal("1e30")}}, "properties_invalid"),
        ({"properties": {str(n): 1 for n in range(51)}}, "properties_invalid"),
        ({"properties": {str(n): "x" * 500 for n in range(40)}}, "event_too_large"),
    ],
)
def test_an_event_that_can_never_count_is_refused(changes, code):
    with pytest.raises(InvalidEvent) as refusal:
        event(**changes)
    assert refusal.value.code == code


@pytest.mark.parametrize(
    "changes",
    [
        {"metric": 1},
        {"customer_id": 17},
        {"idempotency_key": b"k"},
        {"timestamp": "2026-03-04T10:00:00Z"},
        {"properties": {"a": 0.5}},
        {"properties": {"a": []}},
        {"properties": {1: "a"}},
    ],
)
def test_a_wrong_type_is_a_type_error(changes):
    with pytest.raises(TypeError):
        event(**changes)


def test_all_that_the_type_of_a_timestamp_can_say_survives():
    at = datetime(2026, 3, 4, 10, 0, 0, 123456, tzinfo=UTC)
    assert json.loads(event(timestamp=at))["timestamp"] == "2026-03-04T10:00:00.123456Z"
