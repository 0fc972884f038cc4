"""A turn: one look at one endpoint, and how many attempts it may begin by its concurrency, its rate, its circuit and its fair share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from usageflow_webhooks.domain.circuit import Circuit

BURST: Final = timedelta(milliseconds=200)
"""How far a rate's unused slots may be saved up."""

SAFETY_LOOK: Final = timedelta(seconds=20)
"""An endpoint whose places are full is offered again when an attempt ends; should that worker die, it is looked at after this."""

_SECOND: Final = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Turn:
    """An endpoint that is looked at. `rate_per_second` None: no limit."""

    org_id: UUID
    endpoint_id: UUID
    url: str
    header_names: tuple[str, ...]
    headers_key_id: str | None
    headers_sealed: bytes | None
    concurrency: int
    rate_per_second: int | None
    next_slot_at: datetime | None
    circuit: Circuit


@dataclass(frozen=True, slots=True)
class Room:
    """How many attempts may begin. Where that is what bounded them, the endpoint is looked at again at `again_at`.

    `hungry`: it waits for one of its own attempts to end.
    """

    count: int
    again_at: datetime
    hungry: bool = False


def room_of(turn: Turn, running: int, now: datetime) -> Room:
    """What an endpoint may begin now, with `running` attempts under way."""
    if turn.circuit.resume_at is not None and turn.circuit.resume_at > now:
        return Room(0, turn.circuit.resume_at)
    by_places = max(0, min(turn.circuit.places, turn.concurrency) - running)
    if turn.rate_per_second is not None:
        by_rate = _slots(turn.rate_per_second, turn.next_slot_at, now)
        if by_rate < by_places:
            return Room(by_rate, slot_after(turn, by_rate, now) or now)
    return Room(by_places, now + SAFETY_LOOK, hungry=True)


def slot_after(turn: Turn, begun: int, now: datetime) -> datetime | None:
    """When the next slot of the rate is, after `begun` attempts (the generic cell rate algorithm of ITU-T I.371)."""
    if turn.rate_per_second is None:
        return None
    return _base(turn.next_slot_at, now) + begun * _SECOND / turn.rate_per_second


def share(rooms: Sequence[Room], places: int) -> list[int]:
    """Free places of a worker, dealt out evenly in the order of turns; what one does not need goes to the next."""
    granted: list[int] = []
    for index, room in enumerate(rooms):
        fair = -(-places // (len(rooms) - index))  # rounded up
        granted.append(min(room.count, fair))
        places -= granted[-1]
    return granted


def rooms_of(turns: Sequence[Turn], running: Mapping[UUID, int], now: datetime) -> list[Room]:
    """As `room_of`, for many; `running` is by endpoint."""
    return [room_of(turn, running.get(turn.endpoint_id, 0), now) for turn in turns]


def _slots(rate: int, next_slot_at: datetime | None, now: datetime) -> int:
    base = _base(next_slot_at, now)
    return 0 if base > now else (now - base) * rate // _SECOND + 1


def _base(next_slot_at: datetime | None, now: datetime) -> datetime:
    return max(next_slot_at, now - BURST) if next_slot_at is not None else now
