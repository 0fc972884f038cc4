"""After a restore: what the lost timeline still has on its way is refused, and time does not go back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncEngine

from usageflow_common.database import transaction
from usageflow_common.records import ClockRecord
from usageflow_invoicer.store import applied, clocks
from usageflow_invoicer.store.clocks import OrgClock


async def begin_generation(engine: AsyncEngine, ends: Mapping[int, int], at_least: int) -> int:
    """Every partition in a generation that nobody has told yet, reading on at `ends` of usage.aggregated. The highest of them.

    What lies before was told by the lost timeline or is told again, whole: nothing of it is needed. LookupError for a partition
    without a row.
    """
    highest = 0
    async with transaction(engine) as tx:
        for partition, position in sorted(ends.items()):
            highest = max(highest, await applied.begin_generation(tx, partition, position, at_least))
    return highest


async def adopt_clock(engine: AsyncEngine, record: ClockRecord, wall: datetime) -> bool:
    """A test clock as it was told last, where the database has an older one. It stands there, wherever it was going."""
    async with transaction(engine) as tx:
        known = await clocks.lock_clock(tx, record.org_id)
        if known is not None and known.version >= record.version:
            return False
        offset = timedelta(microseconds=record.offset_microseconds)
        await clocks.store_clock(tx, OrgClock(record.org_id, offset, None, wall, record.version))
    return True
