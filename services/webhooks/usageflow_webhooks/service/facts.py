"""Facts become webhook events, each once, and a dispatch for every endpoint that chose their kind."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine

from usageflow_common import outbox
from usageflow_common.clock import Clock
from usageflow_common.database import Transaction, transaction
from usageflow_common.ids import new_id
from usageflow_common.kafka import Outgoing
from usageflow_common.positions import read_position
from usageflow_common.records import DispatchHint
from usageflow_common.topics import WEBHOOK_DISPATCH, Topic, encode
from usageflow_webhooks.domain.dispatches import Dispatch, Leased
from usageflow_webhooks.domain.endpoints import Endpoint
from usageflow_webhooks.domain.events import Fact
from usageflow_webhooks.service.first_attempts import Made, lease_first
from usageflow_webhooks.service.turns import Work
from usageflow_webhooks.store import endpoints, events, positions, turns


@dataclass(frozen=True, slots=True)
class Span:
    """What was read of a partition: from the position asked for to the one behind the last record."""

    topic: Topic
    partition: int
    asked: int
    after: int


@dataclass(frozen=True, slots=True)
class Stored:
    """What became of what was read. `moved`: by partition, False where the position was moved by somebody else and nothing is taken.

    `work`: first attempts, to be made now. `waits`: there are dispatches that are due and not among them.
    """

    moved: Sequence[bool]
    work: Sequence[Work] = ()
    waits: bool = False


async def apply_facts(
    engine: AsyncEngine, clock: Clock, read: Sequence[tuple[Span, Sequence[Fact]]], places: int = 0
) -> Stored:
    """Take the facts of some partitions: positions, events, dispatches and hints in one transaction, and up to `places` first attempts."""
    async with transaction(engine) as tx:
        # 1. The fences, in one order. First writes of the transaction: another worker that read the same records waits here, and is refused.
        # The same span may be there twice, when its reader gave up and read it again: the second is refused.
        order = sorted(range(len(read)), key=lambda at: _place(read[at][0]))
        moves = [(span.topic, span.partition, span.asked, span.after) for span in (read[at][0] for at in order)]
        moved = dict(zip(order, await positions.advance_positions(tx, moves), strict=True))
        # 2. Organizations in one order, as every worker takes their locks.
        taken: dict[UUID, list[Fact]] = {}
        for at, (_, facts) in enumerate(read):
            if moved[at]:
                for fact in facts:
                    taken.setdefault(fact.org_id, []).append(fact)
        now = clock.wall()
        made: list[Made] = []
        for org_id in sorted(taken):
            made += await _make(tx, org_id, taken[org_id], now)
        # 3. What can begin is leased as it is stored; of the rest the workers are told.
        work = await lease_first(tx, clock, made, places)
        waits = await _store(tx, [one.dispatch for one in made], now, [one.lease for one in work])
    return Stored([moved[at] for at in range(len(read))], work, waits)


def _place(span: Span) -> tuple[str, int, int]:
    return span.topic.name, span.partition, span.asked


async def stored_position(engine: AsyncEngine, topic: Topic, partition: int) -> int | None:
    """Where a partition is to be read on; None when nothing of it was read yet."""
    async with transaction(engine, read_only=True) as tx:
        return await read_position(tx, topic, partition)


async def record_facts(
    tx: Transaction, org_id: UUID, facts: Sequence[Fact], now: datetime, *, spare: UUID | None = None
) -> list[Dispatch]:
    """Store the facts that are new, number them without gaps, and make a dispatch for each endpoint that chose their kind.

    A fact that is known makes nothing: its id is its identity, wherever it comes from. `spare` is an endpoint that gets none.
    """
    made = [one.dispatch for one in await _make(tx, org_id, facts, now, spare)]
    await _store(tx, made, now)
    return made


async def record_for(tx: Transaction, fact: Fact, endpoint: Endpoint, now: datetime) -> Dispatch:
    """Store a fact that is meant for one endpoint alone, whatever that chose. The organization is locked."""
    last = await endpoints.lock_organization(tx, fact.org_id)
    await events.insert_events(tx, fact.org_id, [fact], last, now)
    dispatch = new_dispatch(fact.event_id, fact.type, endpoint, now)
    await _store(tx, [dispatch], now)
    return dispatch


async def announce(tx: Transaction, due: Sequence[Dispatch], now: datetime) -> None:
    """Something is due now: their endpoints get a turn, and one hint each tells the workers, who find it without, a little later."""
    first = {(dispatch.org_id, dispatch.endpoint_id): dispatch for dispatch in reversed(due)}
    if first:
        await outbox.enqueue(tx, [_hint(dispatch) for dispatch in first.values()])
        await turns.announce(tx, list(first), now)


async def _make(
    tx: Transaction, org_id: UUID, facts: Sequence[Fact], now: datetime, spare: UUID | None = None
) -> list[Made]:
    """Store the facts that are new; their dispatches, which are not stored yet. The organization and its endpoints are held."""
    once = list({fact.event_id: fact for fact in reversed(facts)}.values())[::-1]
    last = await endpoints.lock_organization(tx, org_id)
    new = await events.insert_events(tx, org_id, once, last, now)
    if not new:
        return []
    receivers = [one for one in await endpoints.hold_endpoints(tx, org_id) if one.endpoint_id != spare]
    return [
        Made(new_dispatch(fact.event_id, fact.type, endpoint, now), fact)
        for fact in once
        if fact.event_id in new
        for endpoint in receivers
        if endpoint.wants(fact.type)
    ]


async def _store(tx: Transaction, made: Sequence[Dispatch], now: datetime, leases: Sequence[Leased] = ()) -> bool:
    """Insert new dispatches and tell the workers of those that are due and not leased; whether there are any."""
    if not made:
        return False
    await events.insert_dispatches(tx, made, leases)
    leased = {lease.dispatch_id for lease in leases}
    due = [dispatch for dispatch in made if dispatch.due_at is not None and dispatch.dispatch_id not in leased]
    await announce(tx, due, now)
    return bool(due)


def new_dispatch(event_id: UUID, event_type: str, endpoint: Endpoint, now: datetime) -> Dispatch:
    """One fact for one endpoint: due now, or parked while the endpoint is disabled."""
    return Dispatch(
        org_id=endpoint.org_id,
        dispatch_id=new_id(),
        event_id=event_id,
        event_type=event_type,
        endpoint_id=endpoint.endpoint_id,
        status="pending" if endpoint.enabled else "parked",
        attempts=0,
        due_at=now if endpoint.enabled else None,
        created_at=now,
        completed_at=None,
    )


def _hint(dispatch: Dispatch) -> Outgoing:
    if dispatch.due_at is None:
        raise ValueError("a dispatch that is not due")
    record = DispatchHint(
        org_id=dispatch.org_id,
        dispatch_id=dispatch.dispatch_id,
        endpoint_id=dispatch.endpoint_id,
        event_id=dispatch.event_id,
        attempt=dispatch.attempts + 1,
        due_at=dispatch.due_at,
    )
    return Outgoing(WEBHOOK_DISPATCH, str(dispatch.endpoint_id).encode(), encode(record))
