"""What an endpoint may begin when its turn comes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from usageflow_webhooks.domain.circuit import Circuit
from usageflow_webhooks.domain.turns import BURST, SAFETY_LOOK, Room, Turn, room_of, share, slot_after

NOW = datetime(2026, 4, 1, 9, tzinfo=UTC)
ID = UUID(int=1)


def turn(**changes: Any) -> Turn:
    values: dict[str, Any] = {
        "org_id": ID,
        "endpoint_id": ID,
        "url": "https://example.com/",
        "header_names": (),
        "headers_key_id": None,
        "headers_sealed": None,
        "concurrency": 16,
        "rate_per_second": None,
        "next_slot_at": None,
        "circuit": Circuit(places=16),
    }
    return Turn(**{**values, **changes})


@pytest.mark.parametrize(
    ("looked_at", "running", "room"),
    [
        (turn(), 0, Room(16, NOW + SAFETY_LOOK, hungry=True)),
        (turn(), 16, Room(0, NOW + SAFETY_LOOK, hungry=True)),
        (turn(), 40, Room(0, NOW + SAFETY_LOOK, hungry=True)),
        (turn(concurrency=3), 1, Room(2, NOW + SAFETY_LOOK, hungry=True)),
        (turn(circuit=Circuit(places=1)), 0, Room(1, NOW + SAFETY_LOOK, hungry=True)),
        (
            turn(circuit=Circuit(places=1, resume_at=NOW + timedelta(seconds=4))),
            0,
            Room(0, NOW + timedelta(seconds=4)),
        ),
        (turn(circuit=Circuit(places=1, resume_at=NOW)), 0, Room(1, NOW + SAFETY_LOOK, hungry=True)),
        (turn(rate_per_second=10), 0, Room(1, NOW + timedelta(milliseconds=100))),
        (turn(rate_per_second=10, next_slot_at=NOW + timedelta(seconds=1)), 0, Room(0, NOW + timedelta(seconds=1))),
        (turn(rate_per_second=10, next_slot_at=NOW - timedelta(days=1)), 0, Room(3, NOW + timedelta(milliseconds=100))),
        (turn(rate_per_second=10_000, next_slot_at=NOW - BURST), 0, Room(16, NOW + SAFETY_LOOK, hungry=True)),
    ],
)
def test_places_circuit_and_rate_bound_what_begins(looked_at: Turn, running: int, room: Room):
    assert room_of(looked_at, running, NOW) == room


@given(st.integers(1, 10_000), st.lists(st.integers(0, 400), min_size=1, max_size=50))
def test_a_rate_is_never_exceeded_by_more_than_its_burst(rate: int, pauses_ms: list[int]):
    at, slot, begun = NOW, None, 0
    for pause in pauses_ms:
        looked_at = turn(rate_per_second=rate, next_slot_at=slot, concurrency=64, circuit=Circuit(places=64))
        count = room_of(looked_at, 0, at).count
        slot = slot_after(looked_at, count, at)
        begun += count
        assert begun <= (at - NOW + BURST) * rate / timedelta(seconds=1) + 1.001
        at += timedelta(milliseconds=pause)


@given(st.lists(st.integers(0, 64), max_size=40), st.integers(0, 128))
def test_places_are_dealt_out_evenly(wishes: list[int], places: int):
    granted = share([Room(wish, NOW) for wish in wishes], places)
    assert sum(granted) <= places
    assert all(got <= wish for got, wish in zip(granted, wishes, strict=True))
    fair = places // len(wishes) if wishes else 0
    assert all(got >= min(wish, fair) for got, wish in zip(granted, wishes, strict=True))
