"""Civil windows: they tile the range, and a day is as long as the zone's clock makes it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from usageflow_common.civil import Span, WindowSize, civil_windows, midnight, whole_windows
from usageflow_common.ranges import OutOfBounds, TooLarge, instant_of_end, plan_windows

BERLIN, LORD_HOWE, SAO_PAULO = ZoneInfo("Europe/Berlin"), ZoneInfo("Australia/Lord_Howe"), ZoneInfo("America/Sao_Paulo")
KATHMANDU, HAVANA, UTC_ZONE = ZoneInfo("Asia/Kathmandu"), ZoneInfo("America/Havana"), ZoneInfo("UTC")
ZONES = [BERLIN, LORD_HOWE, SAO_PAULO, KATHMANDU, HAVANA, UTC_ZONE, ZoneInfo("Pacific/Apia"), ZoneInfo("Asia/Tehran")]


def at(text):
    return datetime.fromisoformat(text).astimezone(UTC)


def lengths(windows):
    return [(window.end_at - window.start_at) / timedelta(hours=1) for window in windows]


@pytest.mark.parametrize(
    ("zone", "start", "end", "hours"),
    [
        (BERLIN, "2026-03-28T23:00:00Z", "2026-03-30T22:00:00Z", [23, 24]),
        (BERLIN, "2026-10-24T22:00:00Z", "2026-10-26T23:00:00Z", [25, 24]),
        (LORD_HOWE, "2026-04-04T13:00:00Z", "2026-04-05T13:30:00Z", [24.5]),
        (UTC_ZONE, "2026-03-01T06:30:00Z", "2026-03-02T12:00:00Z", [17.5, 12]),
    ],
)
def test_days_follow_the_zones_clock(zone, start, end, hours):
    assert lengths(civil_windows(Span(at(start), at(end)), WindowSize.DAY, zone, most=100)) == hours


def test_hours_of_a_half_hour_change_stay_full_hours_of_the_clock():
    windows = civil_windows(
        Span(at("2026-10-03T14:30:00Z"), at("2026-10-03T17:00:00Z")), WindowSize.HOUR, LORD_HOWE, most=9
    )

    assert [window.start_at.astimezone(LORD_HOWE).strftime("%H:%M") for window in windows] == [
        "01:00",
        "02:30",
        "03:00",
    ]


def test_months_are_the_zones_months():
    windows = civil_windows(
        Span(at("2026-01-15T00:00:00Z"), at("2026-04-02T00:00:00Z")), WindowSize.MONTH, BERLIN, most=9
    )

    assert [window.start_at.isoformat() for window in windows[1:]] == [
        "2026-01-31T23:00:00+00:00",
        "2026-02-28T23:00:00+00:00",
        "2026-03-31T22:00:00+00:00",
    ]


@pytest.mark.parametrize(
    ("zone", "day", "instant"),
    [
        (UTC_ZONE, date(2026, 3, 1), "2026-03-01T00:00:00Z"),
        (BERLIN, date(2026, 3, 1), "2026-02-28T23:00:00Z"),
        (SAO_PAULO, date(2018, 11, 4), "2018-11-04T03:00:00Z"),  # midnight is skipped: the transition itself
        (HAVANA, date(2026, 11, 1), "2026-11-01T04:00:00Z"),  # midnight comes twice: the first
    ],
)
def test_a_midnight_that_a_clock_change_skips_or_repeats(zone, day, instant):
    assert midnight(day, zone) == at(instant)


@settings(deadline=None)
@given(
    st.datetimes(datetime(2015, 1, 1), datetime(2030, 1, 1)),  # noqa: DTZ001  # made aware below
    st.timedeltas(timedelta(seconds=1), timedelta(days=40)),
    st.sampled_from([size for size in WindowSize if size is not WindowSize.QUARTER_HOUR]),
    st.sampled_from(ZONES),
)
def test_windows_tile_the_range(start, length, size, zone):
    span = Span(start.replace(tzinfo=UTC), start.replace(tzinfo=UTC) + length)
    windows = civil_windows(span, size, zone, most=10_000)

    assert (windows[0].start_at, windows[-1].end_at) == (span.start_at, span.end_at)
    assert all(left.end_at == right.start_at for left, right in pairwise(windows))
    assert all(window.start_at < window.end_at for window in windows)
    assert all(window.start_at.timestamp() % 900 == 0 for window in windows[1:]), "whole windows only in between"


@pytest.mark.parametrize(
    ("start", "end", "whole"),
    [
        ("12:00:00", "13:00:00", ("12:00:00", "13:00:00")),
        ("12:01:00", "12:59:00", ("12:15:00", "12:45:00")),
        ("12:01:00", "12:14:00", None),
        ("12:07:00", "12:20:00", None),
        ("12:00:00", "12:14:59", None),
    ],
)
def test_the_whole_windows_inside_a_range(start, end, whole):
    def span(*times):
        return Span(*(at(f"2026-03-01T{time}Z") for time in times))

    assert whole_windows(span(start, end)) == (span(*whole) if whole else None)


def test_ranges_are_bounded():
    start, year = at("2026-01-01T00:00:00Z"), timedelta(days=365)

    assert isinstance(plan_windows(start, start, WindowSize.NONE, UTC_ZONE), OutOfBounds)
    assert isinstance(plan_windows(start - 40 * year, start, WindowSize.NONE, UTC_ZONE), OutOfBounds)
    assert isinstance(plan_windows(start, start + 401 * timedelta(days=1), WindowSize.NONE, UTC_ZONE), TooLarge)
    assert isinstance(plan_windows(start, start + year, WindowSize.QUARTER_HOUR, UTC_ZONE), TooLarge)
    assert len(plan_windows(start, start + year, WindowSize.HOUR, UTC_ZONE)) == 8760
    assert isinstance(plan_windows(instant_of_end(date(1, 1, 1), BERLIN), start, WindowSize.NONE, BERLIN), OutOfBounds)
