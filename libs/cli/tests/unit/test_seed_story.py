"""The demo organization's dates and usage: the same every time, whole periods, and counted here as the metrics count."""

from datetime import UTC, datetime, timedelta

import pytest

from usageflow_cli.api import Misused
from usageflow_cli.seed.cast import PAYERS
from usageflow_cli.seed.timeline import RUNNING_MIN, ZONE, timeline
from usageflow_cli.seed.usage import Habit, Tally, events_of

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


def test_three_months_end_before_the_one_that_runs():
    story = timeline(NOON, None)
    assert [bound.date().isoformat() for bound in story.bounds] == [
        "2026-08-01",
        "2026-09-01",
        "2026-10-01",
        "2026-11-01",
    ]
    assert {bound.astimezone(ZONE).hour for bound in story.bounds} == {0}  # also where summer time ends between them
    assert (story.until, story.interval, story.interval_count) == (NOON, "month", 1)


@pytest.mark.parametrize("days", [7, 10, 37])
@pytest.mark.parametrize(
    "until", [NOON, datetime(2026, 3, 1, 0, 30, tzinfo=UTC), datetime(2026, 1, 31, 23, tzinfo=UTC)]
)
def test_few_days_are_three_periods_and_one_that_runs(until, days):
    story = timeline(until, days)
    spans = {end - start for start, end in zip(story.bounds, story.bounds[1:], strict=False)}
    assert spans == {timedelta(days=(days - 1) // 3)}
    assert story.until - story.bounds[-1] >= RUNNING_MIN
    assert all(story.within(3, percent) <= story.until for percent in (0, 50, 100))


@pytest.mark.parametrize("days", [6, 38, -1])
def test_too_few_and_too_many_days_are_refused(days):
    with pytest.raises(Misused):
        timeline(NOON, days)


def test_the_first_of_a_month_has_a_running_period_too():
    story = timeline(datetime(2026, 11, 1, 1, tzinfo=UTC), None)
    assert story.until == story.bounds[-1] + RUNNING_MIN


def test_the_same_seed_gives_the_same_events_however_a_span_is_cut():
    start, middle, end = NOON - timedelta(days=9), NOON - timedelta(days=4, hours=5), NOON
    for habit in (habit for payer in PAYERS for habit in payer.habits):
        whole = list(events_of(1, "someone", habit, (start, end), start.date()))
        parts = [
            event
            for span in ((start, middle), (middle, end))
            for event in events_of(1, "someone", habit, span, start.date())
        ]
        assert sorted(whole, key=str) == sorted(parts, key=str)
        assert len({event["idempotencyKey"] for event in whole}) == len(whole) > 0
    other = list(events_of(2, "someone", Habit("API_CALL", 14, 480), (start, end), start.date()))
    assert other != list(events_of(1, "someone", Habit("API_CALL", 14, 480), (start, end), start.date()))


def test_the_tally_counts_as_the_metrics_do():
    tally = Tally.empty()
    tally.add([{"metric": "API_CALL", "amount": 40}, {"metric": "API_CALL", "amount": 2}])
    tally.add({"metric": "ACTIVE_USER", "properties": {"userId": user}} for user in ("a", "b", "a"))
    tally.add({"metric": "STORAGE", "properties": {"gb": gb}} for gb in ("9.5", "10.0", "2.1"))
    tally.add([{"metric": "LLM_CALL", "properties": {"tokens": 7}}, {"metric": "MESSAGE", "properties": {}}])
    expected = {"API_CALL": "42", "ACTIVE_USER": "2", "STORAGE": "10", "LLM_TOKENS": "7", "MESSAGE": "1"}
    assert tally.expected() == expected
