"""What an event may become, and which metrics it then feeds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest

from usageflow_aggregator.domain.amending import (
    Amendment,
    Refused,
    Times,
    fed_by,
    read_amendment,
    refuse_property,
    refuse_time,
)
from usageflow_common.records import MetricFilter, MetricRecord

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def metric(number, *filters, aggregation="SUM", value_property=None):
    return MetricRecord(
        org_id=UUID(int=1), metric_id=UUID(int=number), code=f"M{number}", event_name="API_CALL", aggregation=aggregation,
        value_property=value_property, filters=filters, group_by=(), status="active", active_from=NOON, created_at=NOON,
        version=1,
    )  # fmt: skip


def equals(name, value):
    return MetricFilter(property=name, operator="equals", value=value)


def test_what_is_not_said_stays_as_it_is():
    assert read_amendment(None, None, None) == Amendment(None, None, None)
    assert read_amendment(0, {}, None) == Amendment(Decimal(0), {}, None)
    assert read_amendment("1.50", None, "2026-03-01T13:00:00+01:00") == Amendment(Decimal("1.5"), None, NOON)


def test_numbers_of_properties_keep_their_digits():
    amendment = read_amendment(None, {"n": Decimal("0.100000000001"), "big": 10**19}, None)
    assert amendment == Amendment(None, {"n": Decimal("0.100000000001"), "big": 10**19}, None)


@pytest.mark.parametrize(
    ("seconds", "ends_before", "code"),
    [
        (-1, False, "timestamp_too_old"),
        (0, False, None),
        (60, False, None),
        (60, True, "timestamp_in_future"),
        (59, True, None),
        (61, False, "timestamp_in_future"),
    ],
)
def test_a_time_is_bounded_on_both_sides_and_the_end_of_a_backfill_lies_outside(seconds, ends_before, code):
    times = Times(NOON, NOON + timedelta(minutes=1), ends_before)
    refused = refuse_time(NOON + timedelta(seconds=seconds), times)
    assert (refused.code if refused else None) == code


def test_an_event_feeds_the_metrics_whose_filters_hold_each_once_in_the_order_of_their_ids():
    eu, us, all_of_them = metric(3, equals("region", "eu")), metric(2, equals("region", "us")), metric(1)
    assert fed_by([eu, us, all_of_them, all_of_them], {"region": "eu"}) == [all_of_them, eu]
    assert fed_by([eu, us], {"region": None}) == []


@pytest.mark.parametrize(
    ("aggregation", "value", "code"),
    [
        ("SUM", Decimal("1.5"), None),
        ("SUM", "1.5", None),
        ("SUM", "many", "property_not_numeric"),
        ("SUM", True, "property_not_numeric"),
        ("MAX", None, "property_missing"),
        ("UNIQUE", "many", None),
        ("UNIQUE", None, "property_missing"),
        ("COUNT", None, None),
    ],
)
def test_a_metric_that_measures_a_property_needs_it(aggregation, value, code):
    refused = refuse_property([metric(1, aggregation=aggregation, value_property="bytes")], {"bytes": value})
    assert (refused.code if refused else None) == code


def test_properties_are_no_larger_than_an_event():
    refused = read_amendment(None, {f"p{n}": "é" * 500 for n in range(20)}, None)
    assert isinstance(refused, Refused)
    assert refused.code == "event_too_large"
