"""A compare-and-set that failed is judged by where the log really lies."""

import pytest

from usageflow_common.kafka import Halt, LogBounds, Stale
from usageflow_common.positions import judge_position

LOG = LogBounds(start=10, end=20)


@pytest.mark.parametrize(
    ("asked", "stored", "expected"),
    [
        (12, 15, Stale(15)),
        (15, 12, Stale(12)),
        (12, 10, Stale(10)),
        (12, 20, Stale(20)),
        (12, 12, None),
        (10, 10, None),
        (20, 20, None),
    ],
)
def test_a_stored_position_inside_the_log_is_continued_from(asked: int, stored: int, expected: Stale | None):
    assert judge_position(asked, stored, LOG) == expected


@pytest.mark.parametrize(
    ("stored", "reason"),
    [(None, "position_unknown"), (9, "log_truncated"), (0, "log_truncated"), (21, "log_recreated")],
)
@pytest.mark.parametrize("asked", [0, 10, 15])
def test_a_stored_position_outside_the_log_halts(asked: int, stored: int | None, reason: str):
    verdict = judge_position(asked, stored, LOG)

    assert isinstance(verdict, Halt)
    assert verdict.reason == reason


def test_a_position_outside_the_log_halts_even_when_it_was_asked_for():
    assert judge_position(21, 21, LOG) == Halt("log_recreated", "stored position 21, but the log ends at 20")
