"""The proof: one encoding for one event, another for every other, and a digest that no order changes."""

from __future__ import annotations

import hashlib
import hmac
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from usageflow_aggregator.domain.digest import (
    DIGEST_MODULUS,
    EventCore,
    add_digests,
    digest_text,
    event_digest,
    event_hash,
    event_salt,
    value_hash,
    value_salt,
)
from usageflow_aggregator.domain.rehash import Rehash, StoredColumns
from usageflow_common.database import json_text
from usageflow_common.money import decimal_text

KEY = bytes(range(32))
CORE = EventCore(
    org_id=UUID("01984e7c-2b4f-7c1a-a0d4-c1f2e3b4a596"),
    event_id=UUID("ae51b3e6-53fa-556c-a995-425e20e77897"),
    idempotency_key="call-1",
    metric="API_CALL",
    metric_ids=(UUID("01984e7c-0000-7000-8000-000000000002"), UUID("01984e7c-0000-7000-8000-000000000001")),
    amount=Decimal("1.50"),
    customer_id="user_123",
    occurred_at=datetime(2026, 3, 4, 10, 0, tzinfo=UTC),
    backfill_id=None,
)
PROPERTIES = {"region": "eu", "retries": 3, "ratio": Decimal("0.250"), "cached": False, "note": None}
SALT = event_salt(KEY, CORE.org_id, CORE.event_id)


def test_vector():
    """Recomputable with any SHA-256: a change of these values would break every proof that was ever given."""
    found = event_hash(CORE, SALT, PROPERTIES)

    assert SALT.hex() == "0629959da022ab139e4a78b95844bcdc"
    assert found.hex() == "998c7b56aaa26f5a753b9d577e1539e893843430c580e62af7d21f1724221dca"
    assert digest_text(event_digest(KEY, found)) == "719ff6c30faa40137058454321b2094f568f684438a6e7bbf6538a959cc1206e"


def test_the_vector_by_hand():
    def pack(*fields):
        return b"".join(len(field).to_bytes(4, "big") + field for field in fields)

    properties = pack(b"cached", b"f", b"note", b"n", b"ratio", b"#0.25", b"region", b'"eu', b"retries", b"#3")
    ids = sorted(metric_id.bytes for metric_id in CORE.metric_ids)
    core = pack(
        b"usageflow.event/1", CORE.org_id.bytes, CORE.event_id.bytes, b"call-1", b"API_CALL", pack(*ids), b"1.5",
        b"user_123", b"2026-03-04T10:00:00Z", b"",
    )  # fmt: skip

    by_hand = hashlib.sha256(core + hashlib.sha256(SALT + properties).digest()).digest()

    assert event_hash(CORE, SALT, PROPERTIES) == by_hand


def test_vector_of_values():
    """The points of UNIQUE metrics, which PostgreSQL can make as well when it is given the salt."""
    salt = value_salt(KEY, CORE.org_id)

    assert salt == hmac.digest(KEY, b"usageflow.value/1" + CORE.org_id.bytes, "sha256")
    assert salt.hex() == "b116dc1ff502e37f847d93dfbaf26f1e5dd2261e95f22d8bb94fcd7e6f8973a5"
    assert value_hash(salt, "München").hex() == "2ad4ce75a271dbefa6bbf7394c2b5773"
    assert value_hash(salt, "München") == hashlib.sha256(salt + "München".encode()).digest()[:16]


@pytest.mark.parametrize(
    "same",
    [
        CORE._replace(amount=Decimal("1.5")),
        CORE._replace(metric_ids=CORE.metric_ids[::-1]),
        CORE._replace(occurred_at=datetime(2026, 3, 4, 11, 0, tzinfo=timezone(timedelta(hours=1)))),
    ],
)
def test_another_way_of_writing_the_same_event_gives_the_same_hash(same):
    assert event_hash(same, SALT, dict(reversed(PROPERTIES.items()))) == event_hash(CORE, SALT, PROPERTIES)


@pytest.mark.parametrize(
    "other",
    [
        CORE._replace(org_id=UUID(int=1)),
        CORE._replace(event_id=UUID(int=1)),
        CORE._replace(idempotency_key="call-1A", metric="PI_CALL"),
        CORE._replace(metric_ids=CORE.metric_ids[:1]),
        CORE._replace(amount=Decimal("1.51")),
        CORE._replace(customer_id="user_124"),
        CORE._replace(occurred_at=CORE.occurred_at + timedelta(microseconds=1)),
        CORE._replace(backfill_id=UUID(int=1)),
    ],
)
def test_every_part_of_the_event_is_covered(other):
    assert event_hash(other, SALT, PROPERTIES) != event_hash(CORE, SALT, PROPERTIES)


@pytest.mark.parametrize(
    "properties",
    [
        {},
        {"region": "us"},
        {"a": "1"},
        {"a": 1},
        {"a": True},
        {"a": "t"},
        {"a": None},
        {"a": "null"},
        {"a": "", "b": ""},
        {"ab": ""},
    ],
)
def test_every_property_and_its_kind_is_covered(properties):
    others = [PROPERTIES, {"a": False}, {"a": Decimal("1.1")}, {"b": 1}]

    assert all(event_hash(CORE, SALT, properties) != event_hash(CORE, SALT, other) for other in others)


def test_a_number_is_one_value_however_it_is_written():
    written = [1, Decimal("1.0"), Decimal("1"), Decimal("1E+0")]

    assert len({event_hash(CORE, SALT, {"a": value}) for value in written}) == 1


@given(st.binary(max_size=100), st.binary(max_size=32))
def test_a_digest_is_an_ordinary_hmac(key, hash_of_event):
    assert event_digest(key, hash_of_event) == int.from_bytes(hmac.digest(key, hash_of_event, "sha256"), "big")


@given(st.lists(st.integers(0, DIGEST_MODULUS - 1)), st.randoms(use_true_random=False), st.integers(0, 20))
def test_a_digest_does_not_depend_on_order_or_grouping(digests, random, cut):
    shuffled = random.sample(digests, len(digests))
    together = add_digests((add_digests(shuffled[:cut]), add_digests(shuffled[cut:])))

    assert together == add_digests(digests)
    assert len(digest_text(together)) == 64


_VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.sampled_from([0, 1, Decimal("0.0"), Decimal("1.0"), Decimal("1.50"), "1", ""]),
    st.integers(-(10**9), 10**9),
    st.decimals(-(10**9), 10**9, places=6),
    st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=8),
)
_EVENTS = st.tuples(
    st.text(st.characters(codec="utf-8"), min_size=1, max_size=8),
    st.decimals(-1_000, 1_000, places=3),
    st.datetimes(timezones=st.just(UTC)),
    st.dictionaries(st.sampled_from(["a", "b", "ä", "Z"]), _VALUES, max_size=3),
    st.sampled_from([None, UUID(int=9)]),
    st.sampled_from([CORE.metric_ids, CORE.metric_ids[:1]]),
)


@given(st.lists(_EVENTS, max_size=6))
def test_events_that_are_hashed_together_are_hashed_as_each_alone(said):
    """Values that are equal to Python and are not the same (1, 1.0 and true) keep their own hashes."""
    rows, expected = [], []
    for key, amount, at, properties, backfill_id, metric_ids in said:
        core = CORE._replace(
            idempotency_key=key, amount=amount, occurred_at=at, backfill_id=backfill_id, metric_ids=metric_ids
        )
        expected.append(event_digest(KEY, event_hash(core, SALT, properties)))
        rows.append(
            StoredColumns(
                at, 0, 0, core.event_id.bytes, key, core.metric, "{" + ",".join(map(str, metric_ids)) + "}",
                decimal_text(amount), core.customer_id, json_text(properties), SALT, backfill_id, None,
            )
        )  # fmt: skip

    assert Rehash(KEY, CORE.org_id).digests(rows) == expected
