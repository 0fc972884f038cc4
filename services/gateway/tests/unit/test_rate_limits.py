"""Token buckets: nobody gets more than agreed over any stretch of time, and whoever waits as long as told is let in."""

from hypothesis import given
from hypothesis import strategies as st

from usageflow_gateway.token_buckets import RateLimiter


@given(st.lists(st.floats(0, 2, allow_nan=False), min_size=1, max_size=200), st.integers(1, 50), st.integers(1, 4))
def test_no_stretch_of_time_has_more_than_its_share(pauses, rate, replicas):
    limiter, now, let_in = RateLimiter(), 0.0, []
    for pause in pauses:
        now += pause
        if not limiter.take("a", rate, now, replicas=replicas).refused:
            let_in.append(now)
    share = max(1.0, rate / replicas)
    for index, start in enumerate(let_in):
        for count, end in enumerate(let_in[index:], 1):
            assert count <= share + share * (end - start) + 1e-6


@given(st.integers(1, 1_000), st.integers(1, 8))
def test_who_waits_as_long_as_told_is_let_in(rate, replicas):
    limiter, now = RateLimiter(), 5.0
    while not (taken := limiter.take("a", rate, now, replicas=replicas)).refused:
        assert taken.remaining >= 0
    assert not limiter.take("a", rate, now + taken.wait_seconds + 1e-9, replicas=replicas).refused


def test_each_has_a_bucket_of_their_own_and_gives_back_what_was_not_used():
    limiter = RateLimiter()
    assert not limiter.take("a", 1, 0.0).refused
    assert limiter.take("a", 1, 0.0).refused
    assert not limiter.take("b", 1, 0.0).refused
    limiter.give_back("a")
    assert not limiter.take("a", 1, 0.0).refused
