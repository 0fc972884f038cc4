"""What may be sent in the place of a record that nobody could read."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import msgspec
import pytest

from usageflow_aggregator.domain.repairing import Irreparable, Place, read_repair
from usageflow_aggregator.metric_book import MetricBook
from usageflow_common.ids import event_names
from usageflow_common.records import Barrier, MetricRecord, UsageEvent
from usageflow_common.topics import EVENTS_RAW, encode

ORG, METRIC = UUID(int=1), UUID(int=2)
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
PLACE = Place(3, 90_124, NOON, ORG)
DIGEST_KEY = bytes(32)


def usage(key, event_id, **changes):
    event = UsageEvent(
        org_id=ORG, event_id=UUID(event_id), idempotency_key=key, metric="API_CALL", metric_ids=(METRIC,), amount="1",
        customer_id="user_123", occurred_at=NOON, occurred_at_given=True, properties={}, received_at=NOON,
        payload_hash="ab" * 32,
    )  # fmt: skip
    return msgspec.structs.replace(event, **changes)


def judge(value, place=PLACE, schema=EVENTS_RAW.schema):
    book = MetricBook()
    book.take(
        MetricRecord(
            org_id=ORG,
            metric_id=METRIC,
            code="API_CALL",
            event_name="API_CALL",
            aggregation="SUM",
            value_property=None,
            filters=(),
            group_by=(),
            status="active",
            active_from=NOON,
            created_at=NOON,
            version=1,
        )
    )
    return read_repair(place, value, schema, book.definition, DIGEST_KEY)


NAMES = event_names(ORG)


@pytest.mark.parametrize(
    ("key", "event_id"),
    [
        ("call-1", NAMES.of_key("call-1")),
        ("batch-7:12", NAMES.of_place("batch-7", 12)),
        ("batch-7:12", NAMES.of_key("batch-7:12")),
        ("a:b:0", NAMES.of_place("a:b", 0)),
    ],
)
def test_an_event_under_the_id_that_its_key_gives_stands_in(key, event_id):
    meant = usage(key, event_id)
    assert judge(encode(meant)) == meant
    assert judge(encode(meant), Place(3, 90_124, NOON, None)) == meant


@pytest.mark.parametrize(
    ("value", "detail"),
    [
        (b"", "truncated"),
        (encode(usage("call-1", NAMES.of_key("call-2"))), "event id"),
        (encode(usage("batch-7:12", NAMES.of_place("batch-7", 13))), "event id"),
        (encode(usage("call-1", NAMES.of_key("call-1"), org_id=UUID(int=9))), "organization"),
        (encode(usage("call-1", NAMES.of_key("call-1"), metric_ids=(UUID(int=8),))), "no metric"),
        (encode(usage("call-1", NAMES.of_key("call-1"), amount="1e3")), "amount"),
        (encode(Barrier(barrier_id=UUID(int=5), partition=3, produced_at=NOON)), "only usage events"),
    ],
)
def test_whatever_could_not_be_counted_there_is_refused_with_the_reason(value, detail):
    refused = judge(value)
    assert isinstance(refused, Irreparable)
    assert detail in refused.detail


def test_a_schema_of_a_later_version_cannot_be_repaired_by_this_one():
    value = encode(usage("call-1", NAMES.of_key("call-1")))
    refused = judge(value, schema="events.raw/2")
    assert isinstance(refused, Irreparable)
    assert "events.raw/2" in refused.detail
