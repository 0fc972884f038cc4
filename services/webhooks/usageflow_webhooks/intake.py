"""Facts from all partitions in one transaction at a time: whatever was read while the one before is under way goes together.

An organization's facts are numbered one after another, and they come by every partition. Were each partition's a transaction of its
own, all of them would wait for the same row, and a fact for as many transactions as there are partitions. First attempts that are
leased with their facts go out from here as soon as they are committed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Final, Protocol

from sqlalchemy.ext.asyncio import AsyncEngine

from usageflow_common.clock import Clock
from usageflow_common.database import is_unavailable
from usageflow_common.logs import get_logger
from usageflow_webhooks.domain.events import Fact
from usageflow_webhooks.service.facts import Span, apply_facts
from usageflow_webhooks.service.turns import Work

_TOGETHER_MAX: Final = 1_000

_log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Read:
    """What was read of a partition, and who waits to hear that it is stored. He may have given up."""

    span: Span
    facts: Sequence[Fact]
    done: asyncio.Future[bool] = field(default_factory=lambda: asyncio.get_running_loop().create_future())

    def applied(self, *, taken: bool) -> None:
        if not self.done.done():
            self.done.set_result(taken)

    def failed(self, error: Exception) -> None:
        if not self.done.done():
            self.done.set_exception(error)


class Outlet(Protocol):
    """Who makes the attempts of this process."""

    def reserved(self) -> AbstractContextManager[int]:
        """So many attempts may be begun at the end of the block."""

    def begin(self, work: Sequence[Work]) -> None:
        """Make these attempts: their leases are committed."""

    def look(self) -> None:
        """There is more that is due."""


class Intake:
    """`take` answers when the facts are committed: True, or False where the partition's position has moved."""

    def __init__(self, engine: AsyncEngine, clock: Clock, outlet: Outlet) -> None:
        self._engine = engine
        self._clock = clock
        self._outlet = outlet
        self._waiting: list[_Read] = []
        self._writing: asyncio.Task[None] | None = None

    async def take(self, span: Span, facts: Sequence[Fact]) -> bool:
        """Store what was read of one partition. Raises what PostgreSQL raises."""
        read = _Read(span, facts)
        self._waiting.append(read)
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write())
        return await read.done

    async def _write(self) -> None:
        while self._waiting:
            await self._apply(self._next())

    def _next(self) -> list[_Read]:
        """The first that wait, as many as make a transaction of a bounded size."""
        together = [self._waiting.pop(0)]
        facts = len(together[0].facts)
        while self._waiting and facts + len(self._waiting[0].facts) <= _TOGETHER_MAX:
            together.append(self._waiting.pop(0))
            facts += len(together[-1].facts)
        return together

    async def _apply(self, together: Sequence[_Read]) -> None:
        """Each hears how it went. Where one partition's records cannot be stored, the others' are, each by itself."""
        try:
            with self._outlet.reserved() as places:
                spans = [(read.span, read.facts) for read in together]
                stored = await apply_facts(self._engine, self._clock, spans, places)
                self._outlet.begin(stored.work)
        except Exception as error:  # noqa: BLE001 -- handed to those that wait: their partitions are read again
            if len(together) == 1 or is_unavailable(error):
                for read in together:
                    read.failed(error)
                return
            _log.warning("facts_one_partition_at_a_time", partitions=len(together), error=repr(error))
            for read in together:
                await self._apply([read])
        else:
            if stored.waits:
                self._outlet.look()  # this worker need not wait for the hint
            for read, each in zip(together, stored.moved, strict=True):
                read.applied(taken=each)
