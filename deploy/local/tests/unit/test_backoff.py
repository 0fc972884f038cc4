"""Back-off between the lives of a part."""

import pytest

from usageflow_local.backoff import next_delay


def test_delays_double_up_to_half_a_minute() -> None:
    delays: list[int] = []
    for _ in range(8):
        delays.append(next_delay(delays[-1] if delays else None, lived_seconds=0.5))
    assert delays == [1, 2, 4, 8, 16, 30, 30, 30]


@pytest.mark.parametrize(("lived_seconds", "delay"), [(59.9, 30), (60, 1), (3600, 1)])
def test_a_healthy_minute_forgets_former_deaths(lived_seconds: float, delay: int) -> None:
    assert next_delay(30, lived_seconds) == delay
