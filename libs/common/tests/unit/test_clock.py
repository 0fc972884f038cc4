"""Windows are quarter hours of UTC, and an organization's time is its own."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from usageflow_common.clock import WINDOW, Clock, instant_text, window_start

INSTANTS = st.datetimes(timezones=st.just(UTC)).filter(lambda instant: instant.year > 1900)


@given(INSTANTS)
def test_every_instant_lies_in_exactly_its_window(instant):
    start = window_start(instant)
    assert start <= instant < start + WINDOW
    assert start.minute % 15 == start.second == start.microsecond == 0


def test_a_boundary_belongs_to_the_window_that_it_opens():
    noon = datetime(2026, 3, 1, 12, tzinfo=UTC)
    assert window_start(noon) == noon
    assert window_start(noon - timedelta(microseconds=1)) == noon - WINDOW


@pytest.mark.parametrize(
    ("instant", "text"),
    [
        (datetime(2026, 3, 1, tzinfo=UTC), "2026-03-01T00:00:00Z"),
        (datetime(2026, 3, 1, 0, 0, 0, 1, tzinfo=UTC), "2026-03-01T00:00:00.000001Z"),
        (datetime.fromisoformat("2026-03-01T01:00:00+05:45"), "2026-02-28T19:15:00Z"),
    ],
)
def test_instants_are_written_in_utc(instant, text):
    assert instant_text(instant) == text


@given(INSTANTS)
def test_the_text_of_an_instant_is_that_of_the_standard_library(instant):
    assert instant_text(instant) == instant.isoformat().replace("+00:00", "Z")


def test_the_clock_of_one_organization_moves_alone():
    testing, live = uuid4(), uuid4()
    clock = Clock(lambda org_id: timedelta(days=40) if org_id == testing else timedelta())
    assert clock.now(testing) - clock.now(live) >= timedelta(days=39, hours=23)
