"""Writing results down: plain successes together, whatever gathers while the transaction before is under way; all others alone."""

from __future__ import annotations

import asyncio
import secrets
from typing import Final

from sqlalchemy.ext.asyncio import AsyncEngine

from usageflow_common.clock import Clock
from usageflow_webhooks.domain.dispatches import Attempt, Leased
from usageflow_webhooks.domain.schedule import JITTER_PERMILLE
from usageflow_webhooks.service.attempts import is_plain, record_attempt, record_plain

_TOGETHER_MAX: Final = 256


class Recorder:
    """`record` answers when the result is committed: True, or False where the lease was lost."""

    def __init__(self, engine: AsyncEngine, clock: Clock) -> None:
        self._engine = engine
        self._clock = clock
        self._waiting: list[tuple[Leased, Attempt, asyncio.Future[bool]]] = []
        self._writing: asyncio.Task[None] | None = None

    async def record(self, lease: Leased, attempt: Attempt) -> bool:
        """Write one result down. Raises what PostgreSQL raises."""
        if not is_plain(lease, attempt):
            jitter = secrets.randbelow(2 * JITTER_PERMILLE + 1) - JITTER_PERMILLE
            return await record_attempt(self._engine, lease, attempt, self._clock.wall(), jitter)
        done: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._waiting.append((lease, attempt, done))
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write())
        return await done

    async def _write(self) -> None:
        while self._waiting:
            together, self._waiting = self._waiting[:_TOGETHER_MAX], self._waiting[_TOGETHER_MAX:]
            try:
                held = await record_plain(self._engine, [(lease, attempt) for lease, attempt, _ in together])
            except Exception as error:  # noqa: BLE001 -- handed to each that waits: its attempt tries again
                for _, _, done in together:
                    if not done.done():
                        done.set_exception(error)
            else:
                for lease, _, done in together:
                    if not done.done():
                        done.set_result(lease.lease_id in held)
