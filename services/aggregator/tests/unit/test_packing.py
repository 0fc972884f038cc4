"""The record for the invoicer, in parts."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import pytest

from usageflow_aggregator.domain.packing import BYTES_MAX, ITEMS_MAX, Echo, Link, pack
from usageflow_common.records import Marker, Quarantined, UniquePoint, WindowState
from usageflow_common.topics import encode

ECHO = Echo(
    markers=(Marker(barrier_id=UUID(int=1), offset=9),),
    positions=((0, 5), (1, 10)),
    quarantined=(Quarantined(offset=7, org_id=None),),
    released=(3,),
)


def state(number, customer="user", group=None):
    return WindowState(
        org_id=UUID(int=2**128 - 1),
        metric_id=UUID(int=2**128 - 1),
        customer_id=customer,
        window_start_at=datetime(2026, 3, 1, tzinfo=UTC),
        group=group or {},
        version=number,
        state={"delta": "-" + "9" * 40 + "." + "9" * 12, "delta_seconds": "-" + "9" * 50 + "." + "9" * 18},
        event_count=2**63 - 1,
        digest="f" * 64,
    )


def point(number, customer="user", group=None):
    return UniquePoint(
        org_id=UUID(int=2**128 - 1),
        metric_id=UUID(int=2**128 - 1),
        customer_id=customer,
        window_start_at=datetime(2026, 3, 1, tzinfo=UTC),
        group=group or {},
        value_hash="f" * 32,
        present=False,
        version=number,
    )


@pytest.mark.parametrize(("states", "parts"), [(0, 1), (1, 1), (1_000, 1), (5_000, 4)])
def test_a_batch_is_one_logical_record_however_many_parts(states, parts):
    records = pack(Link(1, 3, 10, 20), [state(number) for number in range(states)], [], ECHO)

    assert [(r.part, r.parts, r.from_, r.next, r.partition, r.generation) for r in records] == [
        (part, parts, 10, 20, 3, 1) for part in range(1, parts + 1)
    ]
    assert [s.version for r in records for s in r.states] == list(range(states))
    last = records[-1]
    assert (last.markers, last.positions) == (ECHO.markers, {"0": 5, "1": 10})
    assert (last.quarantined, last.released) == (ECHO.quarantined, ECHO.released)
    assert all(not (r.markers or r.positions or r.quarantined or r.released) for r in records[:-1])


def test_an_echo_that_does_not_fit_behind_the_states_gets_a_part_of_its_own():
    quarantined = tuple(Quarantined(offset=2**53 + number, org_id=UUID(int=number)) for number in range(5_000))
    echo = Echo(positions=tuple((partition, 2**53) for partition in range(1_024)), quarantined=quarantined)

    full, last = pack(Link(1, 3, 10, 20), [state(number) for number in range(1_400)], [], echo)

    assert (len(full.states), full.quarantined, last.states, last.quarantined) == (1_400, (), (), quarantined)
    assert max(len(encode(full)), len(encode(last))) <= BYTES_MAX + 1_000


@pytest.mark.parametrize("customer", ["u", "u" * 128, "ü" * 128, "𝄞" * 128, "\1" * 128])
@pytest.mark.parametrize("group", [{}, {"region": "eu"}, {f"{n}" * 64: "\1" * 66 for n in range(5)}])
def test_no_part_is_larger_than_a_message_may_be(customer, group):
    states = [state(number, customer, group) for number in range(2_050)]
    points = [point(number, customer, group) for number in range(2_050)]

    records = pack(Link(1, 3, 10, 20), states, points, ECHO)

    for record in records:
        assert len(record.states) + len(record.points) <= ITEMS_MAX
        assert len(encode(record)) <= BYTES_MAX + 1_000
    assert [s.version for record in records for s in record.states] == list(range(2_050))
    assert [p.version for record in records for p in record.points] == list(range(2_050))
