"""What keeps a schema small, and tells whether it can be reached."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from sqlalchemy.ext.asyncio import AsyncEngine

from usageflow_common import operations
from usageflow_common.clock import Clock
from usageflow_common.database import transaction
from usageflow_common.ids import Prefix, public_id
from usageflow_common.operations import Change
from usageflow_common.records import ActorRecord
from usageflow_gateway.store import organizations, sessions

KEPT_AFTER_END: Final = timedelta(days=30)
"""So long an end can be looked into by who had a part in it."""

BY_ITSELF: Final = ActorRecord(type="service", id="gateway")


async def purge_operations(engine: AsyncEngine) -> int:
    """Forget stored answers that are past their time, a bounded number in each transaction; returns how many."""
    total = 0
    purged = 1
    while purged:
        async with transaction(engine) as tx:
            purged = await operations.purge_operations(tx)
        total += purged
    return total


async def purge_sessions(engine: AsyncEngine, clock: Clock) -> None:
    """Forget sessions that have ended by themselves, and attempts of long ago."""
    async with transaction(engine) as tx:
        await sessions.purge_sessions(tx, clock.wall())


async def purge_departed(engine: AsyncEngine, clock: Clock) -> int:
    """Forget members, invitations and keys of organizations that ended 30 days ago, one in each transaction; how many those were.

    What names the organization stays, and so does its audit log, which tells of this as well. People belong to themselves and stay.
    """
    purged = 0
    while True:
        async with transaction(engine) as tx:
            org_id = await organizations.hold_departed(tx, clock.wall() - KEPT_AFTER_END)
            if org_id is None:
                return purged
            counts = await organizations.purge_access(tx, org_id)
            public = public_id(Prefix.ORGANIZATION, org_id)
            change = Change("organization.purged", "organization", public, before=counts)
            await operations.record_change(tx, org_id, BY_ITSELF, change)
        purged += 1


async def is_reachable(engine: AsyncEngine) -> bool:
    """Whether a transaction can begin; raises otherwise."""
    async with transaction(engine, read_only=True):
        return True
