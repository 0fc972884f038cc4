"""First attempts: where nothing of an endpoint waits, they are leased by the transaction that makes their dispatches.

So a fact is on its way after one commit instead of two, and no hint need tell anybody of it. It is a turn like any other, with the
same locks and limits; what has no room, or has others of its endpoint before it, goes the usual way. Exactness does not change:
the lease is committed with the dispatch, before anything is sent, and a worker that dies leaves it to be found.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from usageflow_common.clock import Clock
from usageflow_common.database import Transaction
from usageflow_common.ids import new_id
from usageflow_webhooks.domain.dispatches import Dispatch, Leased
from usageflow_webhooks.domain.events import Fact
from usageflow_webhooks.domain.turns import Turn, rooms_of, slot_after
from usageflow_webhooks.service.turns import LEASE, Work
from usageflow_webhooks.store import turns
from usageflow_webhooks.store.turns import Key, Looked

_TURNS_MAX: Final = 64


@dataclass(frozen=True, slots=True)
class Made:
    """A dispatch that is about to be stored, and what it is to send."""

    dispatch: Dispatch
    fact: Fact


async def lease_first(tx: Transaction, clock: Clock, made: Sequence[Made], places: int) -> list[Work]:
    """Lease up to `places` first attempts, all of an endpoint's or none. The endpoints are held; their dispatches are stored next."""
    wanted: dict[Key, list[Made]] = {}
    for one in made:
        if one.dispatch.due_at is not None:
            wanted.setdefault((one.dispatch.org_id, one.dispatch.endpoint_id), []).append(one)
    if not wanted or places <= 0:
        return []
    # 1. The idle ones among them. One that a look holds is not: nobody waits here.
    idle = await turns.hold_idle(tx, list(wanted)[:_TURNS_MAX])
    if not idle:
        return []
    # 2. What each may begin. From now on nothing waits for a lock for long, so that the leases keep their length.
    now = clock.wall()
    running, secrets = await turns.at_hand(tx, idle, now)
    work: list[Work] = []
    slots: list[Looked] = []
    for turn, room in zip(idle, rooms_of(idle, running, now), strict=True):
        own = wanted[turn.org_id, turn.endpoint_id]
        if len(own) > min(room.count, places):
            continue
        places -= len(own)
        signing = secrets.get(turn.endpoint_id, ())
        work += [Work(_lease(one.dispatch, turn, now), turn, one.fact.body, signing) for one in own]
        if turn.rate_per_second is not None:
            slots.append(Looked(turn, slot_after(turn, len(own), now), None))
    # 3. The slots of those that have a rate.
    await turns.end_turns(tx, slots)
    return work


def _lease(dispatch: Dispatch, turn: Turn, now: datetime) -> Leased:
    return Leased(
        org_id=dispatch.org_id,
        dispatch_id=dispatch.dispatch_id,
        endpoint_id=dispatch.endpoint_id,
        event_id=dispatch.event_id,
        lease_id=new_id(),
        leased_at=now,
        lease_until=now + LEASE,
        attempts=0,
        schedule_start=0,
        url=turn.url,
        steady=turn.circuit.is_steady(turn.concurrency),
        failing=turn.circuit.failures > 0,
    )
