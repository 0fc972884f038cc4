"""Pauses double, have a bound, and are partly chance."""

from hypothesis import given
from hypothesis import strategies as st

from usageflow.pacing import LONGEST_SECONDS, pause_seconds


def test_pauses_double_up_to_half_a_minute():
    assert [pause_seconds(failures, 0, 0) for failures in (1, 2, 3, 8, 10_000)] == [0.125, 0.25, 0.5, 15, 15]


@given(st.integers(1, 10**9), st.floats(0, 300), st.floats(0, 1, exclude_max=True))
def test_a_pause_is_never_shorter_than_the_server_asked_for(failures, asked, jitter):
    assert asked <= pause_seconds(failures, asked, jitter) <= max(asked, LONGEST_SECONDS / 2) + LONGEST_SECONDS / 2
