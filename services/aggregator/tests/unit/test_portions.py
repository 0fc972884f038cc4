"""A batch that is too much for one transaction does not stick for ever."""

from __future__ import annotations

from datetime import timedelta

from usageflow_aggregator.domain.portions import TOO_LONG, Portions


def test_a_batch_that_takes_too_long_is_halved_down_to_one_record():
    portions = Portions()
    sizes = []
    size = 5
    for _ in range(4):
        portions.failed(3, size, TOO_LONG)
        size = portions.most(3)
        sizes.append(size)

    assert sizes == [2, 1, 1, 1]
    assert portions.most(4) is None


def test_a_failure_that_came_quickly_says_nothing_about_the_size():
    portions = Portions()
    portions.failed(3, 5_000, timedelta(seconds=1))

    assert portions.most(3) is None


def test_what_fits_grows_again_until_nothing_is_cut_off():
    portions = Portions()
    portions.failed(3, 5_000, timedelta(seconds=30))
    portions.succeeded(3, 2_500)
    assert portions.most(3) == 5_000

    portions.succeeded(3, 4_200)

    assert portions.most(3) is None
