"""Test clocks: an organization in test mode lives through months in minutes, by the very code that live ones run.

A clock jumps from one instant at which something falls due to the next, and waits at each until that is done.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine

from usageflow_common import operations, outbox
from usageflow_common.clock import Clock, instant_text
from usageflow_common.database import Transaction, transaction
from usageflow_common.errors import FieldError, StateConflict, ValidationFailed
from usageflow_common.kafka import Outgoing
from usageflow_common.operations import Answer, Change
from usageflow_common.records import ClockRecord, OrganizationRecord
from usageflow_common.tokens import Caller
from usageflow_common.topics import CLOCKS_CHANGED, encode, tenant_key
from usageflow_invoicer.store import clocks as store
from usageflow_invoicer.store.charges import waits_for_money
from usageflow_invoicer.store.clocks import OrgClock

BACK_MAX: Final = timedelta(days=400)
AHEAD_MAX: Final = timedelta(days=3660)
RUN_IDS_SHOWN: Final = 200


@dataclass(frozen=True, slots=True)
class ClockState:
    """The organization's time, where it is to be (None: there), and the runs made on the way."""

    now: datetime
    target_at: datetime | None
    run_ids: tuple[UUID, ...]


async def read_state(engine: AsyncEngine, org_id: UUID, wall: datetime) -> ClockState:
    """As it is."""
    async with transaction(engine, "REPEATABLE READ", read_only=True) as tx:
        clock = await store.read_clock(tx, org_id)
        if clock is None:
            return ClockState(wall, None, ())
        runs = await store.runs_since(tx, org_id, clock.asked_at, RUN_IDS_SHOWN)
    return ClockState(wall + clock.offset, clock.target_at, tuple(runs))


async def advance(
    engine: AsyncEngine, caller: Caller, organization: OrganizationRecord, to: datetime, wall: datetime
) -> Answer:
    """Move it there. StateConflict in a live organization, and while it is on its way. Back only first, before any subscription."""
    async with transaction(engine) as tx:
        if done := await operations.claim(tx, caller):
            return done
        if organization.mode != "test":
            raise StateConflict("Only an organization in test mode has a clock that moves.", organization.mode)
        clock = await store.lock_clock(tx, caller.org_id)
        if clock is not None and clock.target_at is not None:
            raise StateConflict(f"The clock is on its way to {instant_text(clock.target_at)}.", "advancing")
        now = wall + (clock.offset if clock else timedelta())
        if to > wall + AHEAD_MAX:
            raise ValidationFailed.of(FieldError("/to", "out_of_range", f"At most {AHEAD_MAX.days} days ahead"))
        if to < now:
            await _require_first(tx, caller.org_id, clock, to, wall)
            # Others hear of it before the answer: the next step looks whether they have.
            await move(tx, OrgClock(caller.org_id, to - wall, to, wall, 1))
        else:
            version = clock.version if clock else 0
            asked = OrgClock(caller.org_id, now - wall, to, wall, version + 1)
            await store.store_clock(tx, asked)
        change = Change("test_clock.advanced", "test_clock", str(caller.org_id), after={"to": instant_text(to)})
        return await operations.finish(tx, caller, Answer(202, None, location="/api/test-clock"), change)


async def step_clocks(
    engine: AsyncEngine,
    find: Callable[[UUID], OrganizationRecord | None],
    clock: Clock,
    *,
    collects: bool = False,
    resting: Collection[UUID] = (),
) -> bool:
    """Let each moving clock go on to the next instant at which something falls due, if nothing is due now. Whether any is on its way.

    Where a payment provider `collects`, it waits for charges too. It does not wait for `resting` subscriptions, which cannot live on.
    """
    async with transaction(engine, read_only=True) as tx:
        moving = await store.moving_clocks(tx)
    for org_id in moving:
        organization = find(org_id)
        if organization is not None:
            async with transaction(engine) as tx:
                if not (collects and await waits_for_money(tx, org_id)):
                    await _step(tx, organization, clock, resting)
    return bool(moving)


async def _step(tx: Transaction, organization: OrganizationRecord, clock: Clock, resting: Collection[UUID]) -> None:
    known, wall = await store.lock_clock(tx, organization.org_id), clock.wall()
    if known is None or known.target_at is None:
        return
    if clock.offset_of(organization.org_id) != known.offset:
        return  # its last move is still on its way to everybody
    now = wall + known.offset
    closes = organization.auto_finalize and organization.status == "active"
    grace = timedelta(hours=organization.grace_hours) if closes else None
    due = await store.earliest_due(tx, organization.org_id, grace, without=resting)
    if (due is not None and due <= now) or await store.is_busy(tx, organization.org_id):
        return  # whoever does it is at it
    if known.target_at <= now:
        await store.store_clock(tx, replace(known, target_at=None))
        return
    instant = known.target_at if due is None else min(due, known.target_at)
    await move(tx, replace(known, offset=instant - wall, version=known.version + 1))


async def move(tx: Transaction, clock: OrgClock) -> None:
    """Set it, and tell everybody."""
    await store.store_clock(tx, clock)
    offset = clock.offset // timedelta(microseconds=1)
    record = ClockRecord(org_id=clock.org_id, offset_microseconds=offset, version=clock.version)
    await outbox.enqueue(tx, [Outgoing(CLOCKS_CHANGED, tenant_key(clock.org_id), encode(record))])


async def _require_first(tx: Transaction, org_id: UUID, clock: OrgClock | None, to: datetime, wall: datetime) -> None:
    if clock is not None or await store.has_subscriptions(tx, org_id):
        raise StateConflict("It goes forward only, once it was moved or there is a subscription.", "started")
    if to < wall - BACK_MAX:
        raise ValidationFailed.of(FieldError("/to", "out_of_range", f"At most {BACK_MAX.days} days back"))
