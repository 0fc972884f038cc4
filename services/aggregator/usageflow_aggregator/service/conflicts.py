"""Conflicts, as callers list them."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine

from usageflow_aggregator.store import conflicts as store
from usageflow_aggregator.store.conflicts import Conflict, ConflictFilter
from usageflow_common.database import transaction
from usageflow_common.errors import NotFound


async def find_conflict(engine: AsyncEngine, org_id: UUID, conflict_id: UUID) -> Conflict:
    """One of them; NotFound."""
    async with transaction(engine, "REPEATABLE READ", read_only=True) as tx:
        conflict = await store.find_conflict(tx, org_id, conflict_id)
    if conflict is None:
        raise NotFound
    return conflict


async def list_conflicts(engine: AsyncEngine, org_id: UUID, wanted: ConflictFilter, limit: int) -> list[Conflict]:
    """A page of them."""
    async with transaction(engine, "REPEATABLE READ", read_only=True) as tx:
        return await store.list_conflicts(tx, org_id, wanted, limit)
