"""Time. Domain code gets instants as arguments; whoever must ask, asks a Clock, and for an organization's time by its id."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

import msgspec

WINDOW: Final = timedelta(minutes=15)
"""A window is a quarter hour of UTC: every civil midnight on earth falls on one."""

FUTURE_TOLERANCE: Final = timedelta(minutes=5)
"""How far a sender's clock may be ahead of the organization's time."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_encode: Final = msgspec.json.Encoder().encode


def _no_offset(_org_id: UUID) -> timedelta:
    return timedelta()


def _nobody_ahead() -> timedelta:
    return timedelta()


@dataclass(frozen=True, slots=True)
class Clock:
    """Wall time, and the time of an organization: wall time plus the offset of its test clock (zero for live ones)."""

    offset_of: Callable[[UUID], timedelta] = _no_offset
    furthest_ahead: Callable[[], timedelta] = _nobody_ahead

    def wall(self) -> datetime:
        """Receipt, audit, keys, limits and deliveries follow this one."""
        return datetime.now(UTC)

    def latest(self) -> datetime:
        """No organization's time is later: what is not due by then is due nowhere."""
        return self.wall() + max(timedelta(), self.furthest_ahead())

    def now(self, org_id: UUID) -> datetime:
        """Event times, periods, grace, trials, dunning, issue and due dates follow this one."""
        return self.wall() + self.offset_of(org_id)


def window_start(instant: datetime) -> datetime:
    """The beginning of the window that holds `instant`."""
    return _EPOCH + (instant - _EPOCH) // WINDOW * WINDOW


def window_end(instant: datetime) -> datetime:
    """The end of the window that holds `instant`; an instant between two windows is one already."""
    start = window_start(instant)
    return start if start == instant else start + WINDOW


def instant_text(instant: datetime) -> str:
    """RFC 3339 in UTC with Z; six fraction digits when they are not zero."""
    return instant_bytes(instant).decode()


def instant_bytes(instant: datetime) -> bytes:
    """The same in ASCII. The encoder of JSON writes it, between quotes: datetime itself takes ten times as long to tell +00:00."""
    return _encode(instant if instant.tzinfo is UTC else instant.astimezone(UTC))[1:-1]
