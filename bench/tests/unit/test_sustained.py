"""Whether a steady rate is kept up with."""

import pytest

from bench.measurements.sustained import Run, Sample


def run(*waiting: int) -> Run:
    return Run(100.0, [Sample(each, {"ingest": 10_000_000 * number}) for number, each in enumerate(waiting, start=1)])


@pytest.mark.parametrize(
    ("waiting", "keeps_up"),
    [
        ((0, 0, 500, 500, 599, 599), True),
        ((0, 0, 500, 500, 600, 600), False),
        ((900, 900, 500, 500, 50, 50), True),
        ((7,), True),
    ],
)
def test_a_rate_is_kept_up_when_less_than_a_second_came_to_wait_late(waiting, keeps_up):
    assert run(*waiting).keeps_up is keeps_up


def test_what_waits_is_told_in_seconds_and_memory_by_its_growth():
    measured = run(0, 0, 100, 100, 150, 150)

    assert measured.waiting_seconds == pytest.approx(1.5)
    assert measured.memory("ingest") == (60.0, pytest.approx(20.0))
