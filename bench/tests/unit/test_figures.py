"""Medians, spreads, percentiles and verdicts."""

import pytest

from bench.figures import Baseline, Figure, Wanted, percentile, series


def figure(*values: float, baseline: float | None = None, wanted: Wanted | None = None) -> Figure:
    beside = Baseline("nothing", series([baseline])) if baseline is not None else None
    return Figure("name", "what", "events/s", series(values), beside, wanted or Wanted())


def test_the_median_ignores_one_bad_run_and_the_spread_tells_it():
    measured = series([100.0, 40.0, 110.0])
    assert measured.median == 100
    assert measured.spread == pytest.approx(0.7)


def test_nothing_measured_is_no_series():
    with pytest.raises(ValueError, match="Nothing"):
        series([])


@pytest.mark.parametrize(("share", "value"), [(0.0, 1), (0.01, 1), (0.5, 50), (0.501, 51), (0.99, 99), (1.0, 100)])
def test_a_percentile_is_a_value_that_was_seen(share, value):
    assert percentile(list(range(100, 0, -1)), share) == value


def test_the_percentile_of_one_value_is_that_value():
    assert percentile([7.0], 0.99) == 7


@pytest.mark.parametrize(
    ("measured", "reached"),
    [
        (figure(50), None),
        (figure(50, baseline=100), None),
        (figure(50, baseline=100, wanted=Wanted(ratio_at_least=0.5)), True),
        (figure(49, baseline=100, wanted=Wanted(ratio_at_least=0.5)), False),
        (figure(50, baseline=100, wanted=Wanted(ratio_at_least=0.5, at_least=51)), False),
        (figure(50, wanted=Wanted(at_most=50)), True),
        (figure(51, wanted=Wanted(at_most=50)), False),
        (figure(51, wanted=Wanted(ratio_at_least=0.5)), False),
        (figure(13, baseline=10, wanted=Wanted(ratio_at_most=1.3)), True),
        (figure(14, baseline=10, wanted=Wanted(ratio_at_most=1.3)), False),
    ],
)
def test_a_figure_is_reached_when_every_limit_holds(measured, reached):
    assert measured.is_reached is reached
