"""The story's figures are those of the worked example, whatever day it is told."""

from datetime import UTC, datetime

from dateutil.relativedelta import relativedelta
from hypothesis import given
from hypothesis import strategies as st

from usageflow_cli.demo.story import CALLS, CALLS_ONE_BY_ONE, Story

DAYS = (
    st.dates()
    .filter(lambda day: 1970 < day.year < 2300)
    .map(lambda day: datetime(day.year, day.month, day.day, tzinfo=UTC))
)


@given(DAYS)
def test_the_first_month_has_ended_and_holds_all_calls(today):
    story = Story("mark", today)
    start, called = datetime.fromisoformat(story.start_at), story.called_at
    end = start + relativedelta(months=1)
    assert start <= called < end < today


def test_every_call_has_a_key_of_its_own_and_none_is_left_out():
    story = Story("mark", datetime(2026, 4, 1, tzinfo=UTC))
    batched = [story.key(number) for number in story.batched()]
    singles = [call["idempotencyKey"] for call in story.singles()]
    assert len({*batched, *singles}) == CALLS == len(batched) + len(singles)
    assert len(singles) == CALLS_ONE_BY_ONE
