"""Sending again what an endpoint missed: which facts of a range, and how many at once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

Only = Literal["failed", "missing", "all"]
"""`failed`: the last attempt failed, whether another is planned or it is given up. `missing`: never sent, because the endpoint did not
exist or choose the type, or because it was dropped. `all`: both, and what was delivered."""

REPLAY_SPAN_MAX: Final = timedelta(days=31)
REPLAYED_MAX: Final = 10_000
"""Dispatches that one request makes due: its transaction holds the endpoint, and with it the facts of its organization."""


@dataclass(frozen=True, slots=True)
class ReplayRange:
    """Facts that became known in the half-open range, and which of them."""

    since: datetime
    until: datetime
    only: Only
