"""Periods are computed from their anchor, in their zone, and tile time without holes."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from usageflow_invoicer.domain.periods import Rhythm, instant_of


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def civil(text: str) -> datetime:
    return datetime.fromisoformat(text)


HARD_ANCHORS = [
    # anchor, zone, interval, count, the first boundaries
    ("2026-01-31T00:00", "UTC", "month", 1, ["2026-01-31T00:00", "2026-02-28T00:00", "2026-03-31T00:00", "2026-04-30T00:00"]),
    ("2024-01-31T00:00", "UTC", "month", 1, ["2024-01-31T00:00", "2024-02-29T00:00", "2024-03-31T00:00"]),
    ("2024-02-29T00:00", "UTC", "year", 1, ["2024-02-29T00:00", "2025-02-28T00:00", "2026-02-28T00:00", "2027-02-28T00:00", "2028-02-29T00:00"]),
    ("2025-11-30T12:00", "UTC", "quarter", 1, ["2025-11-30T12:00", "2026-02-28T12:00", "2026-05-30T12:00"]),
    # Berlin's midnight is 23:00 UTC in winter and 22:00 UTC in summer.
    ("2026-02-28T23:00", "Europe/Berlin", "month", 1, ["2026-02-28T23:00", "2026-03-31T22:00", "2026-04-30T22:00"]),
    ("2026-03-27T23:00", "Europe/Berlin", "day", 1, ["2026-03-27T23:00", "2026-03-28T23:00", "2026-03-29T22:00"]),
    ("2026-10-23T22:00", "Europe/Berlin", "day", 1, ["2026-10-23T22:00", "2026-10-24T22:00", "2026-10-25T23:00"]),
    # 02:30 does not exist on 29 March in Berlin: the offset before the gap. It occurs twice on 25 October: the first one.
    ("2026-03-28T01:30", "Europe/Berlin", "day", 1, ["2026-03-28T01:30", "2026-03-29T01:30", "2026-03-30T00:30"]),
    ("2026-10-24T00:30", "Europe/Berlin", "day", 1, ["2026-10-24T00:30", "2026-10-25T00:30", "2026-10-26T01:30"]),
    # An anchor at the second 02:30 stays where it is.
    ("2026-10-25T01:30", "Europe/Berlin", "day", 1, ["2026-10-25T01:30", "2026-10-26T01:30"]),
    # Half-hour and three-quarter-hour zones.
    ("2026-01-31T18:30", "Asia/Kolkata", "month", 1, ["2026-01-31T18:30", "2026-02-28T18:30", "2026-03-31T18:30"]),
    ("2026-01-30T18:15", "Asia/Kathmandu", "month", 1, ["2026-01-30T18:15", "2026-02-27T18:15", "2026-03-30T18:15"]),
    ("2026-01-01T00:00", "UTC", "week", 2, ["2026-01-01T00:00", "2026-01-15T00:00", "2026-01-29T00:00"]),
]  # fmt: skip


@pytest.mark.parametrize(("anchor", "zone", "interval", "count", "boundaries"), HARD_ANCHORS)
def test_hard_anchors_give_the_boundaries_a_calendar_shows(anchor, zone, interval, count, boundaries):
    rhythm = Rhythm(at(anchor), zone, interval, count)
    assert [rhythm.period(k).start_at for k in range(len(boundaries))] == [at(boundary) for boundary in boundaries]


def test_a_skipped_midnight_is_the_transition_itself():
    # Beirut went from 00:00 to 01:00 on 27 March 2022; Samoa skipped the whole of 30 December 2011.
    assert instant_of(civil("2022-03-27"), ZoneInfo("Asia/Beirut")) == at("2022-03-26T22:00")
    assert instant_of(civil("2011-12-30"), ZoneInfo("Pacific/Apia")) == at("2011-12-30T10:00")


def test_an_anchor_inside_a_window_is_rounded_down_to_it():
    rhythm = Rhythm(at("2026-03-01T10:07"), "UTC", "month", 1)
    assert rhythm.period(0).start_at == at("2026-03-01T10:00")


@settings(max_examples=200, deadline=None)
@given(
    st.datetimes(civil("2000-01-01"), civil("2035-01-01")),
    st.sampled_from(
        ["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "America/Santiago"]
    ),
    st.sampled_from(["day", "week", "month", "quarter", "year"]),
    st.integers(1, 12),
)
def test_periods_tile_time_and_begin_on_windows(anchor, zone, interval, count):
    rhythm = Rhythm(anchor.replace(tzinfo=UTC), zone, interval, count)
    for k in range(30):
        period, following = rhythm.period(k), rhythm.period(k + 1)
        assert period.end_at == following.start_at
        assert period.start_at < period.end_at
        assert period.start_at.timestamp() % 900 == 0
        assert period.end_at - period.start_at < timedelta(days=366 * 12 + 5)


@given(
    st.datetimes(civil("2005-01-01"), civil("2030-01-01")),
    st.integers(-366 * 86_400, 366 * 86_400),
    st.sampled_from(["UTC", "Europe/Berlin", "Pacific/Apia", "Australia/Lord_Howe", "America/Santiago"]),
    st.sampled_from(["day", "week", "month", "quarter", "year"]),
    st.integers(1, 12),
)
@settings(max_examples=300, deadline=None)
def test_every_instant_falls_into_the_period_of_its_step(anchor, distance, zone, interval, count):
    rhythm = Rhythm(anchor.replace(tzinfo=UTC), zone, interval, count)
    instant = rhythm.anchor_at + timedelta(seconds=distance)
    period = rhythm.period(rhythm.step_of(instant))
    assert period.start_at <= instant < period.end_at
