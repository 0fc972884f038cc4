"""How long a part that died waits before it is started again. Pure."""

from typing import Final

FIRST_SECONDS: Final = 1
LONGEST_SECONDS: Final = 30
HEALTHY_SECONDS: Final = 60


def next_delay(former_seconds: int | None, lived_seconds: float) -> int:
    """The delay after a life of `lived_seconds`: 1, 2, 4, … 30 s, and 1 s again after a healthy minute.

    `former_seconds` is the delay before that life; None when it was the first.
    """
    if former_seconds is None or lived_seconds >= HEALTHY_SECONDS:
        return FIRST_SECONDS
    return min(former_seconds * 2, LONGEST_SECONDS)
