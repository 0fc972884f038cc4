"""The retry schedule and what receivers may ask for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from usageflow_webhooks.domain.schedule import DELAYS, JITTER_PERMILLE, next_attempt_at, parse_retry_after

NOW = datetime(2026, 4, 1, 9, tzinfo=UTC)


def test_ten_attempts_take_three_days():
    assert len(DELAYS) == 10
    assert DELAYS[0] == timedelta(0)
    assert sum(DELAYS, timedelta(0)) == timedelta(hours=75, minutes=35, seconds=5)


@pytest.mark.parametrize(
    ("made", "delay"),
    [
        (1, timedelta(seconds=5)),
        (2, timedelta(minutes=5)),
        (3, timedelta(minutes=30)),
        (4, timedelta(hours=2)),
        (5, timedelta(hours=5)),
        (6, timedelta(hours=10)),
        (7, timedelta(hours=14)),
        (8, timedelta(hours=20)),
        (9, timedelta(hours=24)),
    ],
)
def test_each_delay_counts_from_the_end_of_the_attempt_before(made: int, delay: timedelta):
    assert next_attempt_at(made, NOW, 0, None) == NOW + delay


@pytest.mark.parametrize("made", [10, 11])
def test_after_ten_attempts_there_is_no_other(made: int):
    assert next_attempt_at(made, NOW, 0, timedelta(hours=1)) is None


@given(made=st.integers(1, 9), jitter=st.integers(-JITTER_PERMILLE, JITTER_PERMILLE))
def test_jitter_moves_a_delay_by_a_fifth_at_most(made: int, jitter: int):
    at = next_attempt_at(made, NOW, jitter, None)
    assert at is not None
    assert DELAYS[made] * 8 / 10 <= at - NOW <= DELAYS[made] * 12 / 10


@pytest.mark.parametrize("jitter", [-201, 201])
def test_more_jitter_is_refused(jitter: int):
    with pytest.raises(ValueError, match="out of range"):
        next_attempt_at(1, NOW, jitter, None)


@pytest.mark.parametrize(
    ("wish", "expected"),
    [
        (timedelta(seconds=1), timedelta(seconds=5)),
        (timedelta(minutes=1), timedelta(minutes=1)),
        (timedelta(hours=24), timedelta(hours=24)),
    ],
)
def test_a_receiver_can_only_make_it_later(wish: timedelta, expected: timedelta):
    assert next_attempt_at(1, NOW, 0, wish) == NOW + expected


@pytest.mark.parametrize(
    ("header", "wait"),
    [
        (None, None),
        ("", None),
        ("   ", None),
        ("0", timedelta(0)),
        ("120", timedelta(minutes=2)),
        (" 120 ", timedelta(minutes=2)),
        ("86400", timedelta(hours=24)),
        ("86401", timedelta(hours=24)),
        ("9" * 400, timedelta(hours=24)),
        ("-5", None),
        ("+5", None),
        ("1.5", None),
        ("1e3", None),
        ("soon", None),
        ("\u0661\u0662\u0660", None),
        ("\u00b2", None),
        ("Wed, 01 Apr 2026 09:10:00 GMT", timedelta(minutes=10)),
        ("Wednesday, 01-Apr-26 09:10:00 GMT", timedelta(minutes=10)),
        ("Wed, 01 Apr 2026 09:10:00 -0000", timedelta(minutes=10)),
        ("Wed, 01 Apr 2026 11:10:00 +0200", timedelta(minutes=10)),
        ("Wed, 01 Apr 2026 08:00:00 GMT", None),
        ("Wed, 01 Apr 2036 09:00:00 GMT", timedelta(hours=24)),
        ("Wed, 99 Apr 2026 09:00:00 GMT", None),
        ("2026-04-01T09:10:00Z", None),
    ],
)
def test_retry_after_is_seconds_or_a_date_and_nonsense_is_ignored(header: str | None, wait: timedelta | None):
    assert parse_retry_after(header, NOW) == wait
