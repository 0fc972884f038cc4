"""How far usage is applied, as an instant that a reader understands: whatever was accepted before it is in what periods hold.

The aggregator tells an instant with an offset that lies behind everything accepted before it. Once we have applied as far as that
offset, the instant holds here too; until then the one of before does.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncEngine

from usageflow_common.database import transaction
from usageflow_invoicer.store import progress


@dataclass(frozen=True, slots=True)
class Counted:
    """Whatever was accepted before `counted_through` lies in front of the offset `next` of this partition of events.raw."""

    partition: int
    next: int
    counted_through: datetime


@dataclass(slots=True)
class Progress:
    """What the aggregator told and we have not applied yet. It is asked again about a partition once that is applied."""

    ask: Callable[[], Awaitable[list[Counted]]]
    waiting: dict[int, Counted] = field(default_factory=dict)

    async def look(self, engine: AsyncEngine) -> None:
        """One round; Unavailable when the aggregator does not answer."""
        for each in await self.ask():
            self.waiting.setdefault(each.partition, each)
        async with transaction(engine) as tx:
            applied = await progress.read_applied(tx)
            reached = [each for each in self.waiting.values() if applied.get(each.partition, -1) >= each.next]
            await progress.record(tx, {each.partition: each.counted_through for each in reached})
        for each in reached:
            del self.waiting[each.partition]
