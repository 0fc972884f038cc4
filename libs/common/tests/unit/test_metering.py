"""What a metric makes of events: filters, groups, states and values."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from usageflow_common.metering import (
    AGGREGATIONS,
    EMPTY,
    OTHER,
    Level,
    add_event,
    decode_state,
    encode_state,
    group_key,
    group_of,
    holds,
    is_invertible,
    merge,
    subtract,
    value_of,
)
from usageflow_common.records import MetricFilter

_START = datetime(2026, 3, 1, tzinfo=UTC)
_amounts = st.decimals(min_value=-(10**19), max_value=10**19, places=12, allow_nan=False, allow_infinity=False)
_events = st.lists(
    st.tuples(
        _amounts,
        st.integers(0, 10**9).map(lambda us: _START + timedelta(microseconds=us)),
        st.integers(0, 2**64).map(lambda n: UUID(int=n)),
    ),
    unique_by=lambda event: event[2],
    max_size=8,
)


@pytest.mark.parametrize(
    ("operator", "value", "found", "expected"),
    [
        ("equals", "200", 200, True),
        ("equals", "1", Decimal("1.0"), True),
        ("equals", "true", True, True),
        ("equals", "a", "b", False),
        ("equals", "", None, False),
        ("in", ["200", "201"], "201", True),
        ("in", ["200"], 404, False),
        ("in", [], "x", False),
        ("exists", True, "", True),
        ("exists", True, None, False),
        ("exists", False, None, True),
        ("exists", False, 0, False),
        ("gt", "10", 11, True),
        ("gt", "10", 10, False),
        ("gte", "10", "10.000", True),
        ("lt", "0.3", Decimal("0.1"), True),
        ("lte", "0.3", "not a number", False),
        ("lt", "5", True, False),
        ("gt", "5", None, False),
    ],
)
def test_a_filter_compares_by_canonical_text_and_numbers_exactly(operator, value, found, expected):
    assert holds([MetricFilter(property="p", operator=operator, value=value)], {"p": found}) is expected


def test_all_filters_must_hold():
    filters = [
        MetricFilter(property="status", operator="equals", value="200"),
        MetricFilter(property="size", operator="gt", value="1"),
    ]
    assert holds(filters, {"status": 200, "size": 2})
    assert not holds(filters, {"status": 200, "size": 1})
    assert holds([], {})


def test_missing_null_and_empty_are_one_group():
    assert group_of(["region"], {}) == group_of(["region"], {"region": None}) == group_of(["region"], {"region": ""})
    assert group_of(["region"], {"region": 1}) == group_of(["region"], {"region": Decimal("1.0")}) == {"region": "1"}


def test_a_group_key_does_not_depend_on_the_order_of_keys():
    assert group_key({"b": "2", "a": "1"}) == group_key({"a": "1", "b": "2"}) == '{"a":"1","b":"2"}'
    assert group_key({}) == "{}"


@given(st.lists(st.text(max_size=512), min_size=5, max_size=5))
def test_five_values_of_any_kind_fit_into_an_index_entry(values):
    names = [f"{'k' * 63}{n}" for n in range(5)]
    group = group_of(names, dict(zip(names, values, strict=True)))
    assert len(group_key(group).encode()) < 2_400
    assert all(text in {OTHER, value} for text, value in zip(group.values(), values, strict=True))


@pytest.mark.parametrize("aggregation", AGGREGATIONS)
@given(events=_events, cut=st.integers(0, 8))
def test_states_merge_in_any_division_and_travel_unchanged(aggregation, events, cut):
    whole = _fold(aggregation, events)
    parts = merge(aggregation, _fold(aggregation, events[cut:]), _fold(aggregation, events[:cut]))
    assert parts == whole
    assert decode_state(whole.event_count, encode_state(aggregation, whole)) == whole


@pytest.mark.parametrize("aggregation", [each for each in AGGREGATIONS if is_invertible(each)])
@given(events=_events, cut=st.integers(0, 8))
def test_what_is_subtracted_is_as_if_it_had_never_been_there(aggregation, events, cut):
    rest = subtract(aggregation, _fold(aggregation, events), _fold(aggregation, events[:cut]))
    assert rest == _fold(aggregation, events[cut:])


def test_a_maximum_cannot_be_subtracted():
    with pytest.raises(ValueError, match="MAX"):
        subtract("MAX", EMPTY, EMPTY)


@given(events=_events)
def test_values_are_those_of_exact_arithmetic(events):
    amounts = [Fraction(amount) for amount, _, _ in events]
    end = _START + timedelta(microseconds=10**9)
    level = Level(Decimal("2.5"), _START, end)
    assert _exactly("COUNT", events) == len(events)
    assert _exactly("SUM", events) == sum(amounts)
    if events:
        assert _exactly("MAX", events) == max(amounts)
        assert _exactly("MIN", events) == min(amounts)
        latest = max(events, key=lambda event: (event[1], event[2].int))
        assert _exactly("LATEST", events) == Fraction(latest[0])
        assert abs(_exactly("AVG", events) - sum(amounts) / len(amounts)) <= Fraction(1, 2 * 10**12)
    area = Fraction("2.5") * 1000 + sum(
        Fraction(amount) * Fraction((end - at) // timedelta(microseconds=1), 10**6) for amount, at, _ in events
    )
    weighted = value_of("WEIGHTED_SUM", _fold("WEIGHTED_SUM", events), level=level)
    assert abs(Fraction(weighted) - area / 1000) <= Fraction(1, 2 * 10**12)


def test_of_nothing_a_sum_is_zero_an_average_is_none_and_a_level_carries_over():
    day = (_START, _START + timedelta(days=1))
    assert value_of("SUM", EMPTY) == value_of("COUNT", EMPTY) == value_of("UNIQUE", EMPTY) == 0
    assert all(value_of(each, EMPTY) is None for each in ("AVG", "MAX", "MIN", "LATEST"))
    assert value_of("WEIGHTED_SUM", EMPTY, level=Level(Decimal(0), *day)) is None
    assert value_of("WEIGHTED_SUM", EMPTY, level=Level(Decimal(7), *day)) == 7


def test_an_average_rounds_half_away_from_zero_once():
    third = _fold("AVG", [(Decimal(amount), _START, UUID(int=n)) for n, amount in enumerate((1, 0, 0))])
    assert value_of("AVG", third) == Decimal("0.333333333333")
    half = _fold("AVG", [(Decimal("-0.000000000001"), _START, UUID(int=1)), (Decimal(0), _START, UUID(int=2))])
    assert value_of("AVG", half) == Decimal("-0.000000000001")


def _fold(aggregation, events):
    state = EMPTY
    for amount, at, event_id in events:
        state = add_event(aggregation, state, amount, at, event_id)
    return state


def _exactly(aggregation, events):
    return Fraction(value_of(aggregation, _fold(aggregation, events)))
