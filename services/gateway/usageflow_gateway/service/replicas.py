"""Gateways that live."""

from __future__ import annotations

from datetime import timedelta
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine

from usageflow_common.database import transaction
from usageflow_gateway.store import replicas as store

LIVES_FOR: Final = timedelta(seconds=10)
"""Behind its last beat a gateway counts no more."""


async def beat(engine: AsyncEngine, instance_id: UUID) -> int:
    """This one lives; how many do, itself included."""
    async with transaction(engine) as tx:
        return await store.beat(tx, instance_id, LIVES_FOR)


async def leave(engine: AsyncEngine, instance_id: UUID) -> None:
    """This one ends."""
    async with transaction(engine) as tx:
        await store.forget(tx, instance_id)
