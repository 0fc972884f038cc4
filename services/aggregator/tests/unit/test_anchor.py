"""What it means to read a remembered record again."""

from __future__ import annotations

import pytest

from usageflow_aggregator.domain.anchor import Remembered, judge_memory


@pytest.mark.parametrize(
    ("found", "log_start", "verdict"),
    [
        (b"same", 0, "same"),
        (b"other", 0, "recreated"),
        (None, 8, "deleted"),
        (None, 7, "recreated"),
        (None, 0, "recreated"),
        (b"other", 8, "recreated"),
    ],
)
def test_the_verdict_on_a_remembered_record(found, log_start, verdict):
    assert judge_memory(Remembered(7, b"same"), found, log_start) == verdict
