"""Republish: a whole shard once more under a new generation, for an invoicer that has a gap or comes out of a restore."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine

from usageflow_aggregator.domain.definition import FindDefinition
from usageflow_aggregator.domain.packing import Echo, Item, Link, Part, record_of
from usageflow_aggregator.service.folding import tell_points, tell_windows, to_invoicer
from usageflow_aggregator.service.rebuild import Mandate
from usageflow_aggregator.store import rebuilding, republishing, reverting
from usageflow_common import outbox
from usageflow_common.clock import Clock
from usageflow_common.database import Transaction, transaction
from usageflow_common.operations import Change, record_change

_EVERYBODY = UUID(int=0)


@dataclass(frozen=True, slots=True)
class Republished:
    """What was told, and the outbox rows that carry it."""

    generation: int
    next: int
    items: int
    parts: int
    outbox_ids: tuple[int, ...]


async def republish(
    engine: AsyncEngine, clock: Clock, find: FindDefinition, partition: int, mandate: Mandate, *, above: int = 0
) -> Republished:
    """Tell everything that the shard of a partition keeps, as of one position. LookupError when there is no such partition.

    The new generation is higher than `above`. Nothing is counted there meanwhile.
    The parts are counted first: each says how many there are, and none is held in memory.
    """
    async with transaction(engine) as tx:
        # A shard may be large, and all of it is one state: its partition waits meanwhile, and nobody else.
        await reverting.take_time(tx)
        # 1. The partition is locked and in a new generation, so what is read now is one state.
        at_least = max(int(clock.wall().timestamp() * 1_000), above + 1)
        raised = await rebuilding.raise_generation(tx, partition, at_least)
        echo = Echo(quarantined=await republishing.read_open_quarantine(tx, partition))
        parts = items = 0
        async for chunk in _chunks(tx, partition, find):
            parts, items = parts + 1, items + len(chunk)
        parts += 1  # the last one carries what is echoed, and nothing else
        # 2. Part by part, in the order of the chain.
        link = Link(raised.generation, partition, None, raised.next)
        ids: list[int] = []
        number = 1
        async for chunk in _chunks(tx, partition, find):
            ids += await outbox.enqueue(tx, [to_invoicer(record_of(link, number, parts, chunk, echo))])
            number += 1
        ids += await outbox.enqueue(tx, [to_invoicer(record_of(link, parts, parts, (), echo))])
        # 3. Who asked for it, and why.
        change = Change(
            action="usage.republished",
            target_type="partition",
            target_id=str(partition),
            before={"generation": raised.before},
            after={"generation": raised.generation, "items": items, "reason": mandate.reason},
        )
        await record_change(tx, _EVERYBODY, mandate.actor, change)
    return Republished(raised.generation, raised.next, items, parts, tuple(ids))


async def _chunks(tx: Transaction, partition: int, find: FindDefinition) -> AsyncIterator[list[Item]]:
    """All items, as many together as fit into a message."""
    part = Part()
    async for item in _items(tx, partition, find):
        if not part.take(item):
            yield part.items
            part = Part()
            part.take(item)
    if part.items:
        yield part.items


async def _items(tx: Transaction, partition: int, find: FindDefinition) -> AsyncIterator[Item]:
    async for window in republishing.stream_windows(tx, partition, find):
        for state in tell_windows([window]):
            yield state
    async for point in republishing.stream_points(tx, partition):
        for told in tell_points([point]):
            yield told
