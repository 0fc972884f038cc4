"""Rebuild: what is kept of a range, folded again from raw events beside it, compared, and where it differs put right.

It runs while events stream in. Kept rows and raw events change together or not at all, so one snapshot of both is comparable to the
last event; and a repair holds the position of its partition, so that nothing is counted there between the fold and the rows.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, pairwise
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine

from usageflow_aggregator.domain.definition import Definition
from usageflow_aggregator.domain.packing import Echo, Link, pack
from usageflow_aggregator.domain.rebuilding import Difference, Place, Rebuilding, Row, compare
from usageflow_aggregator.service.folding import tell_points, tell_windows, to_invoicer
from usageflow_aggregator.store import rebuilding as store
from usageflow_aggregator.store.rebuilding import Chunk
from usageflow_common import outbox
from usageflow_common.civil import Span
from usageflow_common.clock import WINDOW, Clock
from usageflow_common.database import Transaction, transaction
from usageflow_common.ids import Prefix, public_id
from usageflow_common.operations import Change, record_change
from usageflow_common.records import ActorRecord

CHUNK_EVENTS: Final = 100_000
"""What one transaction folds: a few seconds of it, far below its limit."""
_CUSTOMERS: Final = 500


@dataclass(frozen=True, slots=True)
class Target:
    """What is looked at: one metric in a span of whole windows."""

    org_id: UUID
    definition: Definition
    span: Span


@dataclass(frozen=True, slots=True)
class Checked:
    """A part of the target: how many events and rows were compared, and which rows differ."""

    chunk: Chunk
    events: int
    rows: int
    differences: tuple[Difference, ...]


@dataclass(frozen=True, slots=True)
class Mandate:
    """Who has rows put right, and why: it stands in the audit log."""

    actor: ActorRecord
    reason: str


@dataclass(frozen=True, slots=True)
class Rebuild:
    """A rebuild of one target. `chunk_events`: about how many events one transaction folds."""

    engine: AsyncEngine
    clock: Clock
    digest_key: bytes
    target: Target
    chunk_events: int = CHUNK_EVENTS

    async def check(self) -> AsyncIterator[Checked]:
        """Compare all of it, part by part, each from one snapshot. Nothing is changed."""
        async for chunk in self._chunks():
            async with transaction(self.engine, "REPEATABLE READ", read_only=True) as tx:
                kept, rebuilding = await self._fold_again(tx, chunk)
            rebuilt = rebuilding.rows()
            rows = len(kept.keys() | rebuilt.keys())
            yield Checked(chunk, rebuilding.events, rows, tuple(compare(kept, rebuilt)))

    async def repair(self, checked: Checked, mandate: Mandate) -> int:
        """Put the rows that differ right, partition by partition, each under a new generation; how many were written.

        What differs is found again inside, so what was mended meanwhile is left alone. The invoicer is told every row.
        """
        by_shard = groupby(sorted(checked.differences, key=_shard), key=_shard)
        return sum(
            [
                await self._repair_shard(shard, _around(checked.chunk, shard, wrong), mandate)
                for shard, wrong in by_shard
            ]
        )

    async def _repair_shard(self, shard: int, chunk: Chunk, mandate: Mandate) -> int:
        async with transaction(self.engine) as tx:
            # 1. The partition is locked and in a new generation: whoever counts there waits, and then meets the fence.
            raised = await store.raise_generation(tx, shard, int(self.clock.wall().timestamp() * 1_000))
            # 2. With nobody counting, kept rows and raw events are of one state.
            kept, rebuilding = await self._fold_again(tx, chunk)
            wrong = compare(kept, rebuilding.rows())
            # 3. The rows, and the record that opens the generation with them.
            windows = await store.write_rows(tx, chunk, raised, self.target.definition, wrong)
            points = await store.write_points(tx, chunk, raised, wrong)
            link = Link(raised.generation, shard, raised.next, raised.next, opens_after=raised.before)
            records = pack(link, tell_windows(windows), tell_points(points), Echo())
            await outbox.enqueue(tx, [to_invoicer(record) for record in records])
            # 4. Who did it, and why.
            await record_change(
                tx, self.target.org_id, mandate.actor, self._change(raised, shard, wrong, mandate.reason)
            )
        return len(wrong)

    async def _fold_again(self, tx: Transaction, chunk: Chunk) -> tuple[dict[Place, Row], Rebuilding]:
        kept = await store.read_rows(tx, chunk)
        rebuilding = Rebuilding(self.target.definition, self.digest_key, await store.read_admitted(tx, chunk))
        async for events in store.stream_raw(tx, chunk):
            rebuilding.add(events)
        return kept, rebuilding

    async def _chunks(self) -> AsyncIterator[Chunk]:
        """Small customers together, large ones in slices of their windows."""
        whole = Chunk(self.target.org_id, self.target.definition.metric_id, (), self.target.span)
        together: list[str] = []
        room = self.chunk_events
        async for customer_id, events in self._customers(whole):
            if events > self.chunk_events:
                for span in await self._slices(customer_id):
                    yield replace(whole, customer_ids=(customer_id,), span=span)
                continue
            if together and (events > room or len(together) == _CUSTOMERS):
                yield replace(whole, customer_ids=tuple(together))
                together, room = [], self.chunk_events
            together.append(customer_id)
            room -= events
        if together:
            yield replace(whole, customer_ids=tuple(together))

    async def _customers(self, whole: Chunk) -> AsyncIterator[tuple[str, int]]:
        """Every customer with events or windows, and about how many events."""
        after = ""
        while True:
            async with transaction(self.engine, read_only=True) as tx:
                page = await store.page_customers(tx, whole, after, _CUSTOMERS)
            for customer in page:
                yield customer
            if len(page) < _CUSTOMERS:
                return
            after = page[-1][0]

    async def _slices(self, customer_id: str) -> list[Span]:
        """Spans of whole windows that tile the target's, each with about as many events as one transaction folds."""
        span = self.target.span
        async with transaction(self.engine, read_only=True) as tx:
            sizes = await store.window_sizes(tx, self.target.org_id, customer_id, span)
        cuts, inside = [span.start_at], 0
        for start_at, events in sizes:
            if inside and inside + events > self.chunk_events and start_at > cuts[-1]:
                cuts.append(start_at)
                inside = 0
            inside += events
        return [Span(start_at, end_at) for start_at, end_at in pairwise([*cuts, span.end_at])]

    def _change(self, raised: store.Raised, shard: int, wrong: Sequence[Difference], reason: str) -> Change:
        return Change(
            action="usage.rebuilt",
            target_type="metric",
            target_id=public_id(Prefix.METRIC, self.target.definition.metric_id),
            before={"partition": shard, "generation": raised.before},
            after={"generation": raised.generation, "rows": len(wrong), "reason": reason},
        )


def _around(chunk: Chunk, shard: int, wrong: Iterable[Difference]) -> Chunk:
    """The part of the chunk that holds what differs in one partition."""
    keys = [difference.place.key for difference in wrong]
    starts = [key.window_start_at for key in keys]
    customers = tuple(sorted({key.customer_id for key in keys}))
    return replace(chunk, shard=shard, customer_ids=customers, span=Span(min(starts), max(starts) + WINDOW))


def _shard(difference: Difference) -> int:
    return difference.place.shard
