"""When a dispatch is tried again: the schedule as data, jitter as an argument, and what a receiver may ask for by Retry-After."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final

DELAYS: Final = (
    timedelta(0),
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=24),
)
"""Before each of the ten attempts, from the end of the one before it: three days in all."""

JITTER_PERMILLE: Final = 200
"""A delay is stretched or shortened by at most a fifth, so that receivers are not hit by waves."""

RETRY_AFTER_MAX: Final = timedelta(hours=24)

_SECONDS: Final = re.compile(r"[0-9]{1,9}")


def next_attempt_at(
    attempts_made: int, ended_at: datetime, jitter_permille: int, retry_after: timedelta | None
) -> datetime | None:
    """When to try again after `attempts_made` attempts of this schedule; None when all ten are used up.

    `jitter_permille` lies within ±JITTER_PERMILLE. A receiver's wish only ever makes it later: max(schedule, wish).
    """
    if not -JITTER_PERMILLE <= jitter_permille <= JITTER_PERMILLE:
        raise ValueError(f"jitter {jitter_permille}‰ is out of range")
    if attempts_made >= len(DELAYS):
        return None
    planned = DELAYS[attempts_made] * (1000 + jitter_permille) / 1000
    return ended_at + max(planned, retry_after or timedelta(0))


def parse_retry_after(value: str | None, now: datetime) -> timedelta | None:
    """How long the header asks to wait (RFC 9110, 10.2.3: seconds or a date), at most 24 hours; None for nonsense or the past."""
    text = (value or "").strip()
    if not text.isascii():
        return None
    if text.isdigit():
        seconds = int(text) if _SECONDS.fullmatch(text) else None
        return RETRY_AFTER_MAX if seconds is None else min(timedelta(seconds=seconds), RETRY_AFTER_MAX)
    try:
        date = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    # RFC 5322 writes "-0000" for a time in UTC whose zone is not known: read as UTC, as the header's grammar demands.
    wait = (date if date.tzinfo else date.replace(tzinfo=UTC)) - now
    return min(wait, RETRY_AFTER_MAX) if wait > timedelta(0) else None
