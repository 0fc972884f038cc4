"""Refused events: stored once each, read for the debugger, forgotten after 35 days."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine

from usageflow_common.civil import Span
from usageflow_common.database import reading, transaction
from usageflow_common.errors import NotFound
from usageflow_common.kafka import Applied, Batch, Halt, LogBounds, Stale
from usageflow_common.operations import purge_operations
from usageflow_common.positions import advance_position, judge_position, read_position
from usageflow_common.records import RejectedEvent
from usageflow_common.topics import EVENTS_REJECTED
from usageflow_ingest.store import rejected_events as store

RETENTION: Final = timedelta(days=35)


class RejectedEvents:
    """The use cases around refused events."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def reachable(self) -> bool:
        """Whether PostgreSQL begins a transaction; raises otherwise."""
        async with transaction(self._engine, read_only=True):
            return True

    async def position(self, partition: int, log: LogBounds) -> int | Halt:
        """Where to read on: what is stored, or the beginning of a log that is still whole."""
        async with transaction(self._engine, read_only=True) as tx:
            stored = await read_position(tx, EVENTS_REJECTED, partition)
        if stored is None and log.start == 0:
            return 0
        verdict = judge_position(stored or 0, stored, log)
        return verdict if isinstance(verdict, Halt) else stored or 0

    async def keep(self, batch: Batch, events: Sequence[RejectedEvent]) -> Applied | Stale:
        """Store a batch's events and move its position, in one transaction."""
        async with transaction(self._engine) as tx:
            if await advance_position(tx, EVENTS_REJECTED, batch.partition, batch.asked, batch.after):
                await store.keep_rejected(tx, events)
                return Applied(batch.after)
            stored = await read_position(tx, EVENTS_REJECTED, batch.partition)
        return Stale(stored or 0)

    async def find(self, org_id: UUID, rejected_event_id: UUID) -> RejectedEvent:
        """One refused event; NotFound."""
        async with reading(self._engine, org_id) as tx:
            event = await store.find_rejected(tx, org_id, rejected_event_id)
        if event is None:
            raise NotFound
        return event

    async def list(
        self, org_id: UUID, asked: store.RejectedFilter, before: tuple[datetime, UUID] | None, limit: int
    ) -> Sequence[RejectedEvent]:
        """A page of refused events, the newest first."""
        async with reading(self._engine, org_id) as tx:
            return await store.list_rejected(tx, org_id, asked, before, limit)

    async def count(self, org_id: UUID, windows: Sequence[Span]) -> Sequence[tuple[int, str, int]]:
        """By window and code."""
        async with reading(self._engine, org_id) as tx:
            return await store.count_rejected(tx, org_id, windows)

    async def purge(self, now: datetime) -> int:
        """Forget what is past its time, stored answers too; returns how many rows went."""
        async with transaction(self._engine) as tx:
            return await store.purge_rejected(tx, now - RETENTION) + await purge_operations(tx)
