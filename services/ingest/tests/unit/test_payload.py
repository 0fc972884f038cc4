"""The hash that tells a retry from a conflict."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from usageflow_ingest.domain.payload import payload_hash

AT = datetime(2026, 3, 4, 10, tzinfo=UTC)


def hashed(**changes: Any) -> str:
    event: dict[str, Any] = {
        "metric": "API_CALL",
        "amount": Decimal("1.5"),
        "customer_id": "user_123",
        "timestamp": AT,
        "properties": {"region": "eu"},
    }
    return payload_hash(**(event | changes))


def test_the_hash_is_the_documented_one() -> None:
    text = b'["API_CALL","1.5","user_123","2026-03-04T10:00:00Z","region","eu"]'
    assert hashed() == hashlib.sha256(text).hexdigest()


@given(st.text())
def test_any_text_is_hashed_in_canonical_json(value: str) -> None:
    texts = ["API_CALL", "1.5", "user_123", "", "a", value]
    canonical = json.dumps(texts, ensure_ascii=False, separators=(",", ":")).encode()
    assert hashed(timestamp=None, properties={"a": value}) == hashlib.sha256(canonical).hexdigest()


@pytest.mark.parametrize(
    "changes",
    [
        {"amount": Decimal("1.500")},
        {"timestamp": AT.astimezone(timezone(timedelta(hours=2)))},
        {"properties": {"region": "eu", "city": None}},
    ],
)
def test_the_same_payload_written_otherwise_has_the_same_hash(changes: dict[str, Any]) -> None:
    assert hashed(**changes) == hashed()


@pytest.mark.parametrize(
    "changes",
    [
        {"metric": "API_CALLS"},
        {"amount": Decimal(2)},
        {"customer_id": "user_12"},
        {"timestamp": None},
        {"properties": {}},
        {"properties": {"region": "us"}},
        {"properties": {"region": ""}},
    ],
)
def test_another_payload_has_another_hash(changes: dict[str, Any]) -> None:
    assert hashed(**changes) != hashed()


@pytest.mark.parametrize("value", [1, Decimal("1.0"), "1", Decimal(1)])
def test_one_is_one_however_it_is_written(value: Any) -> None:
    assert hashed(properties={"n": value}) == hashed(properties={"n": "1"})


def test_true_and_its_text_are_one_value() -> None:
    assert hashed(properties={"n": True}) == hashed(properties={"n": "true"}) != hashed(properties={"n": 1})


_TEXTS = st.text(max_size=8)


@given(st.dictionaries(_TEXTS, _TEXTS, max_size=4), st.dictionaries(_TEXTS, _TEXTS, max_size=4))
def test_no_two_sets_of_properties_meet(one: dict[str, str], other: dict[str, str]) -> None:
    assert (hashed(properties=one) == hashed(properties=other)) is (one == other)
