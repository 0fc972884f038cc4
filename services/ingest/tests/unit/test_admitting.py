"""Which events count, for which metrics, and under which name."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from usageflow_common.clock import instant_text
from usageflow_common.records import AcceptedEvent, MetricFilter, MetricRecord
from usageflow_ingest.domain.admitting import Terms, admit
from usageflow_ingest.domain.feeding import EventMetrics
from usageflow_ingest.domain.metrics import active_from
from usageflow_ingest.domain.naming import Line, receive_members, receive_single
from usageflow_ingest.domain.outcomes import Arrival, Refused, SentEvent

ORG = UUID("01984e7c-2b4f-7c1a-a0d4-c1f2e3b4a596")
NOW = datetime(2026, 3, 4, 10, tzinfo=UTC)
TERMS = Terms(ORG, NOW, NOW, timedelta(days=35), None)


def metric(number: int = 1, **changes: Any) -> MetricRecord:
    members: dict[str, Any] = {
        "org_id": ORG,
        "metric_id": UUID(int=number),
        "code": f"M{number}",
        "event_name": "API_CALL",
        "aggregation": "SUM",
        "value_property": None,
        "filters": (),
        "group_by": (),
        "status": "active",
        "active_from": NOW - timedelta(days=1),
        "created_at": NOW - timedelta(days=1),
        "version": 1,
    }
    return MetricRecord(**(members | changes))


def sent(members: str = "") -> Arrival:
    raw = ('{"metric":"API_CALL","customerId":"user_123"' + members + "}").encode()
    arrival = receive_single(ORG, raw, "header")
    assert isinstance(arrival, Arrival)
    return arrival


def member_of(raw: bytes, index: int) -> Arrival:
    [member] = receive_members(ORG, [Line(raw)], "batch-7", index)
    return member


def judge(arrival: Arrival, *metrics: MetricRecord, terms: Terms = TERMS) -> AcceptedEvent | Refused:
    assert isinstance(arrival.content, SentEvent)
    return admit(arrival, arrival.content, EventMetrics.of(metrics), terms)


def code_of(verdict: AcceptedEvent | Refused) -> str:
    return verdict.code if isinstance(verdict, Refused) else "accepted"


def test_a_good_event_becomes_the_record_of_its_payload() -> None:
    event = judge(sent(',"amount":1.50,"idempotencyKey":"call-1","properties":{"region":"eu"}'), metric())
    assert isinstance(event, AcceptedEvent)
    assert event.event_id == "ae51b3e6-53fa-556c-a995-425e20e77897"
    assert (event.idempotency_key, event.amount, event.properties) == ("call-1", "1.5", {"region": "eu"})
    assert (event.occurred_at, event.occurred_at_given) == ("2026-03-04T10:00:00Z", False)


def test_an_event_feeds_every_active_metric_of_its_name() -> None:
    event = judge(sent(), metric(3), metric(1), metric(2, status="archived"))
    assert isinstance(event, AcceptedEvent)
    assert event.metric_ids == (str(UUID(int=1)), str(UUID(int=3)))


def test_a_further_metric_counts_from_its_time_on() -> None:
    later = metric(2, active_from=NOW + timedelta(seconds=1))
    event = judge(sent(), metric(1), later)
    assert isinstance(event, AcceptedEvent)
    assert event.metric_ids == (str(UUID(int=1)),)


def test_the_first_metric_counts_even_where_this_clock_is_behind() -> None:
    assert code_of(judge(sent(), metric(1, active_from=NOW + timedelta(seconds=3)))) == "accepted"


def test_names_that_nobody_counts_are_refused() -> None:
    assert code_of(judge(sent())) == "unknown_metric"
    assert code_of(judge(sent(), metric(status="archived"))) == "metric_archived"


def test_nothing_is_refused_between_a_metric_that_ended_and_the_next() -> None:
    ended = metric(1, status="archived")
    nexts = [metric(number, active_from=NOW + timedelta(seconds=30)) for number in (3, 2)]
    event = judge(sent(), ended, *nexts)
    assert isinstance(event, AcceptedEvent)
    assert event.metric_ids == (str(UUID(int=2)), str(UUID(int=3)))


@pytest.mark.parametrize(
    ("age", "code"),
    [
        (timedelta(minutes=-5), "accepted"),
        (timedelta(minutes=-5, microseconds=-1), "timestamp_in_future"),
        (timedelta(days=35), "accepted"),
        (timedelta(days=35, microseconds=1), "timestamp_too_old"),
    ],
)
def test_time_is_bounded_on_both_sides(age: timedelta, code: str) -> None:
    arrival = sent(f',"timestamp":"{(NOW - age).isoformat()}"')
    assert code_of(judge(arrival, metric())) == code


def test_time_follows_the_organizations_clock_and_receipt_the_wall() -> None:
    terms = Terms(ORG, NOW - timedelta(days=300), NOW, timedelta(days=35), None)
    event = judge(sent(), metric(), terms=terms)
    assert isinstance(event, AcceptedEvent)
    assert (event.occurred_at, event.received_at) == (instant_text(NOW - timedelta(days=300)), instant_text(NOW))


@pytest.mark.parametrize(
    ("properties", "code"),
    [
        ('{"bytes":1.5}', "accepted"),
        ('{"bytes":"1.5"}', "accepted"),
        ('{"bytes":null}', "property_missing"),
        ("{}", "property_missing"),
        ('{"bytes":"many"}', "property_not_numeric"),
        ('{"bytes":true}', "property_not_numeric"),
        ('{"bytes":"1e3"}', "property_not_numeric"),
    ],
)
def test_a_metric_that_sums_a_property_needs_it(properties: str, code: str) -> None:
    verdict = judge(sent(f',"properties":{properties}'), metric(1), metric(2, value_property="bytes"))
    assert code_of(verdict) == code


@pytest.mark.parametrize("aggregation", ["SUM", "MAX", "MIN", "AVG", "LATEST", "WEIGHTED_SUM"])
def test_every_aggregation_but_two_needs_a_number(aggregation: str) -> None:
    counted = metric(aggregation=aggregation, value_property="bytes")
    assert code_of(judge(sent(',"properties":{"bytes":true}'), counted)) == "property_not_numeric"
    assert code_of(judge(sent(',"properties":{"bytes":"2"}'), counted)) == "accepted"


@pytest.mark.parametrize("value", ["1", '"a"', '""', "true", "1.50"])
def test_unique_takes_any_value_that_is_there(value: str) -> None:
    unique = metric(aggregation="UNIQUE", value_property="user")
    assert code_of(judge(sent(f',"properties":{{"user":{value}}}'), unique)) == "accepted"
    assert code_of(judge(sent(',"properties":{"user":null}'), unique)) == "property_missing"
    assert code_of(judge(sent(), unique)) == "property_missing"


EU = (MetricFilter(property="region", operator="equals", value="eu"),)


def test_an_event_feeds_only_metrics_whose_filters_hold() -> None:
    event = judge(sent(',"properties":{"region":"us"}'), metric(1), metric(2, filters=EU))
    assert isinstance(event, AcceptedEvent)
    assert event.metric_ids == (str(UUID(int=1)),)
    event = judge(sent(',"properties":{"region":"eu"}'), metric(1), metric(2, filters=EU))
    assert isinstance(event, AcceptedEvent)
    assert event.metric_ids == (str(UUID(int=1)), str(UUID(int=2)))


def test_an_event_that_filters_leave_out_of_all_is_kept_and_feeds_nothing() -> None:
    event = judge(sent(',"properties":{"region":"us"}'), metric(1, filters=EU))
    assert isinstance(event, AcceptedEvent)
    assert event.metric_ids == ()


def test_only_metrics_whose_filters_hold_need_their_property() -> None:
    summed = metric(1, filters=EU, value_property="bytes")
    assert code_of(judge(sent(',"properties":{"region":"us"}'), summed)) == "accepted"
    assert code_of(judge(sent(',"properties":{"region":"eu"}'), summed)) == "property_missing"


def test_only_metrics_that_have_begun_need_their_property() -> None:
    later = metric(2, value_property="bytes", active_from=NOW + timedelta(seconds=1))
    assert code_of(judge(sent(), metric(1), later)) == "accepted"


def test_filters_do_not_hide_that_a_metric_has_not_begun() -> None:
    later = metric(2, filters=EU, active_from=NOW + timedelta(seconds=1))
    event = judge(sent(',"properties":{"region":"eu"}'), metric(1, filters=EU), later)
    assert isinstance(event, AcceptedEvent)
    assert event.metric_ids == (str(UUID(int=1)),)


def test_time_is_bounded_for_events_that_feed_nothing_too() -> None:
    arrival = sent(f',"timestamp":"{(NOW - timedelta(days=36)).isoformat()}","properties":{{"region":"us"}}')
    assert code_of(judge(arrival, metric(filters=EU))) == "timestamp_too_old"


def test_the_fields_key_wins_over_the_requests() -> None:
    assert sent(',"idempotencyKey":"own"').idempotency_key == "own"
    assert sent().idempotency_key == "header"


def test_events_of_a_batch_without_keys_live_in_a_namespace_of_their_own() -> None:
    raw = b'{"metric":"API_CALL","customerId":"user_123"}'
    member = member_of(raw, 17)
    assert member.idempotency_key == "batch-7:17"
    claimed = receive_single(ORG, raw, "batch-7:17")
    assert isinstance(claimed, Arrival)
    assert claimed.event_id != member.event_id
    own = member_of(raw[:-1] + b',"idempotencyKey":"call-1"}', 3)
    assert own.event_id == "ae51b3e6-53fa-556c-a995-425e20e77897"


def test_a_member_that_cannot_be_read_is_malformed_and_its_neighbours_are_not() -> None:
    broken = member_of(b'{"metric":', 0)
    assert isinstance(broken.content, Refused)
    assert broken.content.code == "malformed_event"


def test_amounts_are_written_canonically() -> None:
    event = judge(sent(',"amount":-0.10'), metric())
    assert isinstance(event, AcceptedEvent)
    assert Decimal(event.amount) == Decimal("-0.1")
    assert event.amount == "-0.1"


def test_the_first_metric_counts_at_once_and_a_further_one_a_minute_later() -> None:
    assert active_from(NOW, first_of_its_event=True) == NOW
    assert active_from(NOW, first_of_its_event=False) == NOW + timedelta(seconds=60)
