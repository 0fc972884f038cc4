"""Facts become webhook events, each once, and a dispatch for every endpoint that chose their kind."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine

from usageflow_common import outbox
from usageflow_common.database import Transaction, transaction
from usageflow_common.ids import new_id
from usageflow_common.kafka import Outgoing
from usageflow_common.positions import advance_position, read_position
from usageflow_common.records import DispatchHint
from usageflow_common.topics import WEBHOOK_DISPATCH, Topic, encode
from usageflow_webhooks.domain.dispatches import Dispatch
from usageflow_webhooks.domain.endpoints import Endpoint
from usageflow_webhooks.domain.events import Fact
from usageflow_webhooks.store import endpoints, events, turns


@dataclass(frozen=True, slots=True)
class Span:
    """What was read of a partition: from the position asked for to the one behind the last record."""

    topic: Topic
    partition: int
    asked: int
    after: int


async def apply_facts(engine: AsyncEngine, read: Sequence[tuple[Span, Sequence[Fact]]], now: datetime) -> list[bool]:
    """Take the facts of some partitions: positions, events, dispatches and hints in one transaction.

    False, and nothing is taken, of a partition whose position has moved.
    """
    async with transaction(engine) as tx:
        # 1. The fences, in one order. First writes of the transaction: another worker that read the same records waits here, and is refused.
        moved = {
            span: await advance_position(tx, span.topic, span.partition, span.asked, span.after)
            for span in sorted(
                (span for span, _ in read), key=lambda span: (span.topic.name, span.partition, span.asked)
            )
        }
        # 2. Organizations in one order, as every worker takes their locks.
        taken: dict[UUID, list[Fact]] = {}
        for span, facts in read:
            if moved[span]:
                for fact in facts:
                    taken.setdefault(fact.org_id, []).append(fact)
        for org_id in sorted(taken):
            await record_facts(tx, org_id, taken[org_id], now)
    return [moved[span] for span, _ in read]


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
    last = await endpoints.lock_organization(tx, org_id)
    new = await _unknown(tx, org_id, facts)
    if not new:
        return []
    await events.insert_events(tx, org_id, new, last, now)
    receivers = [one for one in await endpoints.hold_endpoints(tx, org_id) if one.endpoint_id != spare]
    made = [
        new_dispatch(fact.event_id, fact.type, endpoint, now)
        for fact in new
        for endpoint in receivers
        if endpoint.wants(fact.type)
    ]
    await send_to(tx, org_id, made, now)
    return made


async def record_for(tx: Transaction, fact: Fact, endpoint: Endpoint, now: datetime) -> Dispatch:
    """Store a fact that is meant for one endpoint alone, whatever that chose. The organization is locked."""
    last = await endpoints.lock_organization(tx, fact.org_id)
    await events.insert_events(tx, fact.org_id, [fact], last, now)
    dispatch = new_dispatch(fact.event_id, fact.type, endpoint, now)
    await send_to(tx, fact.org_id, [dispatch], now)
    return dispatch


async def send_to(tx: Transaction, org_id: UUID, made: Sequence[Dispatch], now: datetime) -> None:
    """Insert new dispatches and tell the workers of those that are due."""
    if made:
        await events.insert_dispatches(tx, org_id, made, now)
        await announce(tx, org_id, [dispatch for dispatch in made if dispatch.due_at is not None], now)


async def announce(tx: Transaction, org_id: UUID, due: Sequence[Dispatch], now: datetime) -> None:
    """Something is due now: their endpoints get a turn, and one hint each tells the workers, who find it without, a little later."""
    first = {dispatch.endpoint_id: dispatch for dispatch in reversed(due)}
    if first:
        await outbox.enqueue(tx, [_hint(dispatch) for dispatch in first.values()])
        await turns.announce(tx, org_id, list(first), now)


async def _unknown(tx: Transaction, org_id: UUID, facts: Sequence[Fact]) -> list[Fact]:
    """The facts that are not stored yet, each once, in their order."""
    once: dict[UUID, Fact] = {}
    for fact in facts:
        once.setdefault(fact.event_id, fact)
    known = await events.known_events(tx, org_id, list(once))
    return [fact for fact in once.values() if fact.event_id not in known]


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
