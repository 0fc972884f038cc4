"""How long to wait after a failure. Pure: the die is thrown by the caller."""

from __future__ import annotations

import math
from typing import Final

FIRST_SECONDS: Final = 0.25
LONGEST_SECONDS: Final = 30.0
_DOUBLINGS_MAX: Final = 16


def pause_seconds(failures: int, at_least_seconds: float, jitter: float) -> float:
    """The pause after so many failures in a row (1, 2, …): doubling from a quarter of a second to half a minute.

    Half of it is chance (`jitter` in [0, 1)), so that senders who failed together do not come back together. Never less than
    `at_least_seconds`, which the server asked for.
    """
    ceiling = min(LONGEST_SECONDS, math.ldexp(FIRST_SECONDS, min(failures - 1, _DOUBLINGS_MAX)))
    return max(at_least_seconds, ceiling / 2) + jitter * ceiling / 2
