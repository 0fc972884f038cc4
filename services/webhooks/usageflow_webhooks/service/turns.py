"""Taking turns: endpoints with due work are looked at, and a few attempts of each are leased, committed before anything is sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine

from usageflow_common.clock import Clock
from usageflow_common.database import transaction
from usageflow_webhooks.domain.dispatches import Leased
from usageflow_webhooks.domain.endpoints import SealedSecret
from usageflow_webhooks.domain.turns import Room, Turn, rooms_of, share, slot_after
from usageflow_webhooks.store import turns
from usageflow_webhooks.store.turns import Due, Key, Looked

LEASE: Final = timedelta(seconds=20)
"""Longer than an attempt and the writing of its result may take; how long a dead worker's attempt waits for another."""

_TURNS_MAX: Final = 64


@dataclass(frozen=True, slots=True)
class Work:
    """An attempt to be made now, with the secrets that sign it and the endpoint as it was when it was leased."""

    lease: Leased
    turn: Turn
    body: bytes
    secrets: tuple[SealedSecret, ...]


@dataclass(frozen=True, slots=True)
class Taken:
    """`hungry`: endpoints that may begin more as soon as one of their attempts ends; `passed_over`: offered, but held by another look.

    `next_look_at`: when another one is due.
    """

    work: Sequence[Work] = ()
    hungry: Sequence[Key] = ()
    passed_over: Sequence[Key] = ()
    next_look_at: datetime | None = None


async def take_turns(
    engine: AsyncEngine, clock: Clock, places: int, offered: Sequence[Key] = (), *, failing_too: bool = True
) -> Taken:
    """Lease up to `places` attempts, dealt out fairly among the endpoints that are due and those that are offered."""
    async with transaction(engine) as tx:
        now = clock.wall()  # now that there is a connection: the wait for one must not be taken off the leases
        # 1. Whose turn it is, and what each may begin by its own limits and its share.
        claimed = await turns.claim_turns(tx, now, offered, limit=_TURNS_MAX, failing_too=failing_too)
        if not claimed:
            return Taken(passed_over=offered, next_look_at=await turns.next_look_at(tx))
        running, secrets = await turns.at_hand(tx, claimed, now)
        rooms = rooms_of(claimed, running, now)
        granted = share(rooms, places)
        # 2. The leases.
        due = await turns.lease_due(
            tx, [(turn, count) for turn, count in zip(claimed, granted, strict=True) if count], now, now + LEASE
        )
        # 3. When each is worth the next look.
        looks, hungry = _looks(claimed, rooms, granted, due, now)
        await turns.end_turns(tx, looks)
        look_at = await turns.next_look_at(tx)
    by_id = {turn.endpoint_id: turn for turn in claimed}
    work = [
        Work(one.lease, by_id[one.lease.endpoint_id], one.body, secrets.get(one.lease.endpoint_id, ())) for one in due
    ]
    passed_over = set(offered) - {(turn.org_id, turn.endpoint_id) for turn in claimed}
    return Taken(work, hungry, tuple(passed_over), look_at)


async def overdue_leases(engine: AsyncEngine, now: datetime, limit: int = 100) -> Sequence[Leased]:
    """Attempts that a worker began and of which nothing was heard until their lease was over."""
    async with transaction(engine, read_only=True) as tx:
        return await turns.overdue_leases(tx, now, limit)


def _looks(
    claimed: Sequence[Turn], rooms: Sequence[Room], granted: Sequence[int], due: Sequence[Due], now: datetime
) -> tuple[list[Looked], list[Key]]:
    taken: Mapping[UUID, int] = _counted(due)
    looks: list[Looked] = []
    hungry: list[Key] = []
    for turn, room, count in zip(claimed, rooms, granted, strict=True):
        got = taken.get(turn.endpoint_id, 0)
        slot = slot_after(turn, got, now) if got else turn.next_slot_at
        if got < count:
            looks.append(Looked(turn, slot, None))  # all that was due
        elif count < room.count:
            looks.append(
                Looked(turn, slot, now)
            )  # the worker's places are full, not its own: behind those that wait longer
        else:
            looks.append(Looked(turn, slot, room.again_at))
            if room.hungry:
                hungry.append((turn.org_id, turn.endpoint_id))
    return looks, hungry


def _counted(due: Sequence[Due]) -> dict[UUID, int]:
    counted: dict[UUID, int] = {}
    for one in due:
        counted[one.lease.endpoint_id] = counted.get(one.lease.endpoint_id, 0) + 1
    return counted
