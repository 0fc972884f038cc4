"""Gateways, and when each was seen last by the database's clock."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from usageflow_common.database import Transaction
from usageflow_gateway.tables import gateway_instances


async def beat(tx: Transaction, instance_id: UUID, lives_for: timedelta) -> int:
    """It lives; those that have not said so for long are forgotten. How many are left."""
    g = gateway_instances.c
    now = sa.func.clock_timestamp()
    await tx.execute(
        insert(gateway_instances)
        .values(instance_id=instance_id, seen_at=now)
        .on_conflict_do_update(index_elements=["instance_id"], set_={"seen_at": now})
    )
    await tx.execute(sa.delete(gateway_instances).where(g.seen_at < now - lives_for))
    return int(await tx.scalar(sa.select(sa.func.count()).select_from(gateway_instances)) or 0)


async def forget(tx: Transaction, instance_id: UUID) -> None:
    """It is gone."""
    await tx.execute(sa.delete(gateway_instances).where(gateway_instances.c.instance_id == instance_id))
