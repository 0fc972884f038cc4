"""Facts from all partitions in one transaction at a time: whatever was read while the one before is under way goes together.

An organization's facts are numbered one after another, and they come by every partition. Were each partition's a transaction of its
own, all of them would wait for the same row, and a fact for as many transactions as there are partitions.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final

from sqlalchemy.ext.asyncio import AsyncEngine

from usageflow_common.clock import Clock
from usageflow_common.logs import get_logger
from usageflow_webhooks.domain.events import Fact
from usageflow_webhooks.service.facts import Span, apply_facts

_TOGETHER_MAX: Final = 1_000

_log = get_logger(__name__)


class Intake:
    """`take` answers when the facts are committed: True, or False where the partition's position has moved."""

    def __init__(self, engine: AsyncEngine, clock: Clock) -> None:
        self._engine = engine
        self._clock = clock
        self._waiting: list[tuple[Span, Sequence[Fact], asyncio.Future[bool]]] = []
        self._writing: asyncio.Task[None] | None = None

    async def take(self, span: Span, facts: Sequence[Fact]) -> bool:
        """Store what was read of one partition. Raises what PostgreSQL raises."""
        done: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._waiting.append((span, facts, done))
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write())
        return await done

    async def _write(self) -> None:
        while self._waiting:
            together = self._next()
            try:
                await self._apply(together)
            except Exception as error:  # noqa: BLE001 -- handed to each that waits: its partition is read again
                if len(together) == 1:
                    _give_up(together, error)
                    continue
                # One partition's records must not hold up the others'.
                _log.warning("facts_one_partition_at_a_time", partitions=len(together), error=repr(error))
                for one in together:
                    try:
                        await self._apply([one])
                    except Exception as own:  # noqa: BLE001 -- handed to the one that waits
                        _give_up([one], own)

    def _next(self) -> list[tuple[Span, Sequence[Fact], asyncio.Future[bool]]]:
        """The first that wait, as many as make a transaction of a bounded size."""
        together = [self._waiting.pop(0)]
        facts = len(together[0][1])
        while self._waiting and facts + len(self._waiting[0][1]) <= _TOGETHER_MAX:
            together.append(self._waiting.pop(0))
            facts += len(together[-1][1])
        return together

    async def _apply(self, together: Sequence[tuple[Span, Sequence[Fact], asyncio.Future[bool]]]) -> None:
        applied = await apply_facts(self._engine, [(span, facts) for span, facts, _ in together], self._clock.wall())
        for (_, _, done), each in zip(together, applied, strict=True):
            if not done.done():
                done.set_result(each)


def _give_up(together: Sequence[tuple[Span, Sequence[Fact], asyncio.Future[bool]]], error: Exception) -> None:
    for _, _, done in together:
        if not done.done():
            done.set_exception(error)
