"""A record survives the way through JSON exactly; what cannot be read is told apart from what is merely too new."""

from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

import pytest

from usageflow_common.records import Barrier, UsageAggregated, UsageEvent
from usageflow_common.topics import EVENTS_RAW, TOPICS, USAGE_AGGREGATED, UnknownSchema, Unreadable, decode, encode

ORG = UUID("01984e7c-2b4f-7c1a-a0d4-c1f2e3b4a596")
NOW = datetime(2026, 3, 4, 10, 0, 0, 120_000, tzinfo=UTC)
EVENT = UsageEvent(
    org_id=ORG,
    event_id=ORG,
    idempotency_key="call-1",
    metric="API_CALL",
    metric_ids=(ORG,),
    amount="0.000000000001",
    customer_id="user_123",
    occurred_at=NOW,
    occurred_at_given=True,
    properties={"region": "eu", "size": Decimal("1.10"), "n": 7, "big": 2**80, "ok": True, "none": None},
    received_at=NOW,
    payload_hash="00",
)


# Of an event that is as it should be but for one property.
UNREADABLE = [
    encode(EVENT).replace(b'"size":1.10', b'"size":' + value)
    for value in (b"1e99999999999999999999", b"[" * 100_000 + b"]" * 100_000, b"9" * 5_000, b'"\\ud800"')
]


def test_a_usage_event_comes_back_as_it_went():
    assert decode(EVENTS_RAW, encode(EVENT), b"events.raw/1") == EVENT


def test_the_kind_tells_records_of_one_topic_apart():
    marker = Barrier(barrier_id=ORG, partition=3, produced_at=NOW)
    assert decode(EVENTS_RAW, encode(marker), b"events.raw/1") == marker


def test_from_is_called_from_on_the_wire():
    record = UsageAggregated(generation=1, partition=0, from_=5, next=9)
    assert b'"from":5' in encode(record)
    assert decode(USAGE_AGGREGATED, encode(record), b"usage.aggregated/1") == record


def test_a_newer_schema_waits_for_a_newer_consumer():
    assert decode(EVENTS_RAW, encode(EVENT), b"events.raw/2") == UnknownSchema("events.raw/2")


@pytest.mark.parametrize("schema", [None, b"", b"invoice.created/1", b"events.raw/x", b"\xff"])
def test_a_foreign_schema_is_unreadable(schema):
    assert isinstance(decode(EVENTS_RAW, encode(EVENT), schema), Unreadable)


@pytest.mark.parametrize(
    "value", [None, b"", b"{", b"[]", b'{"kind":"usage"}', b'{"kind":"new"}', b"\xff\xfe", *UNREADABLE]
)
def test_a_value_that_is_no_record_is_unreadable(value):
    assert isinstance(decode(EVENTS_RAW, value, b"events.raw/1"), Unreadable)


def test_fields_that_are_not_known_are_ignored():
    assert decode(EVENTS_RAW, encode(EVENT)[:-1] + b',"later":1}', b"events.raw/1") == EVENT


@pytest.mark.parametrize("topic", TOPICS.values(), ids=TOPICS.keys())
def test_only_topics_of_facts_have_dead_letters(topic):
    assert not (topic.dead_letter and (topic.retention is None or topic in {EVENTS_RAW, USAGE_AGGREGATED}))
