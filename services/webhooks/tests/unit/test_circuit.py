"""How an endpoint's failures and successes move what it may have under way."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from usageflow_webhooks.domain.circuit import FIRST_PLACES, PROBE_MAX, Circuit, after_failure, after_success

NOW = datetime(2026, 4, 1, 9, tzinfo=UTC)


def failed(times: int, circuit: Circuit | None = None) -> Circuit:
    circuit = circuit or Circuit(places=16)
    for _ in range(times):
        circuit = after_failure(circuit, NOW, None)
    return circuit


def test_each_failure_halves_the_places_and_each_success_doubles_them():
    assert [failed(times).places for times in range(1, 5)] == [8, 4, 2, 1]
    assert after_success(failed(1), 16) == Circuit(places=16)
    assert after_success(Circuit(places=16), 10).places == 10


def test_after_five_failures_there_are_probes_at_growing_distances():
    waits = [(failed(times).resume_at or NOW) - NOW for times in range(4, 14)]
    assert [wait // timedelta(seconds=1) for wait in waits] == [0, 1, 2, 4, 8, 16, 32, 64, 64, 64]
    assert {failed(times).places for times in range(5, 14)} == {1}


def test_after_an_outage_concurrency_doubles_from_one_probe():
    circuit, seen = failed(9), []
    for _ in range(5):
        circuit = after_success(circuit, 16)
        seen.append(circuit.places)
    assert seen == [2, 4, 8, 16, 16]
    assert circuit.is_steady(16)


def test_a_single_failure_is_remembered_until_a_success():
    circuit = after_failure(Circuit(places=16), NOW, None)
    assert circuit.failing_since == NOW
    assert after_failure(circuit, NOW + timedelta(days=1), None).failing_since == NOW
    assert after_success(circuit, 16).failing_since is None
    assert not circuit.is_steady(4)


@pytest.mark.parametrize(
    ("wish", "hold"),
    [
        (None, None),
        (timedelta(0), None),
        (timedelta(seconds=9), timedelta(seconds=9)),
        (timedelta(days=1), PROBE_MAX),
    ],
)
def test_a_receiver_that_is_busy_is_left_alone_for_a_while(wish: timedelta | None, hold: timedelta | None):
    assert after_failure(Circuit(), NOW, wish).resume_at == (NOW + hold if hold else None)


@given(st.lists(st.booleans(), max_size=60), st.integers(1, 64))
def test_places_stay_between_one_and_what_is_allowed(outcomes: list[bool], concurrency: int):
    circuit = Circuit()
    for succeeded in outcomes:
        circuit = after_success(circuit, concurrency) if succeeded else after_failure(circuit, NOW, None)
        assert 1 <= circuit.places <= max(concurrency, FIRST_PLACES)
        assert circuit.resume_at is None or circuit.resume_at - NOW <= PROBE_MAX
