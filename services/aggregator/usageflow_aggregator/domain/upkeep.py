"""What is to be done about growing tables: which days to make ahead, when keys get a new generation, what may go. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

OLDEST_EVENT_DAYS: Final = 400
"""The greatest age at which an event is accepted: that of a backfill. (Without one, an organization's `maxEventAgeDays`, at most 35.)"""
DEDUPE_RETENTION_DAYS_MIN: Final = 2 * OLDEST_EVENT_DAYS
"""A key is forgotten only when its event would be refused by its age, twice over. The functions of the schema refuse less, too."""
RAW_EVENT_DAYS_MIN: Final = OLDEST_EVENT_DAYS + 1

_DAYS_AHEAD: Final = 7


@dataclass(frozen=True, slots=True)
class Policy:
    """`None` keeps for ever."""

    keys_per_generation: int
    dedupe_retention_days: int | None = None
    raw_event_days: int | None = None


@dataclass(frozen=True, slots=True)
class Generation:
    """A generation of keys. `ended_at` None: it takes the new ones. `keys` is an estimate."""

    generation: int
    started_at: datetime
    ended_at: datetime | None
    keys: int
    bytes: int


def days_to_make(today: date) -> tuple[date, ...]:
    """Today and a week ahead: whoever looks after failing upkeep has that long."""
    return tuple(today + timedelta(days=ahead) for ahead in range(_DAYS_AHEAD + 1))


def is_full(present: Generation, policy: Policy, now: datetime) -> bool:
    """Whether keys get a new generation: by number, or by age where generations are forgotten whole."""
    if present.keys >= policy.keys_per_generation:
        return True
    if policy.dedupe_retention_days is None or present.keys == 0:
        return False
    # Two by age within the time that keys are kept: few indexes to probe, and no key is kept more than half longer than asked.
    return now - present.started_at >= timedelta(days=policy.dedupe_retention_days) / 2


def generations_to_drop(generations: Sequence[Generation], policy: Policy, now: datetime) -> tuple[int, ...]:
    """Generations that took their last key too long ago to be needed."""
    if policy.dedupe_retention_days is None:
        return ()
    oldest = now - timedelta(days=policy.dedupe_retention_days)
    return tuple(each.generation for each in generations if each.ended_at is not None and each.ended_at < oldest)


def days_to_detach(days: Iterable[date], policy: Policy, today: date) -> tuple[date, ...]:
    """Days beyond the policy, oldest first."""
    if policy.raw_event_days is None:
        return ()
    oldest = today - timedelta(days=policy.raw_event_days)
    return tuple(sorted(day for day in days if day < oldest))
