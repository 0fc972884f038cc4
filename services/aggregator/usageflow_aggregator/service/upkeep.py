"""Upkeep: days of raw events made ahead and set aside by policy, keys given a new generation, old ones forgotten.

Any number of processes may run it: a change that another one is making is left to that one. Every step is a short transaction of its
own, is decided from what the database says, and may be killed anywhere: the next round does what is left.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, date
from typing import Final

from sqlalchemy.ext.asyncio import AsyncEngine

from usageflow_aggregator.domain.upkeep import (
    Generation,
    Policy,
    days_to_detach,
    days_to_make,
    generations_to_drop,
    is_full,
)
from usageflow_aggregator.service.days import make_days
from usageflow_aggregator.store import quarantine
from usageflow_aggregator.store import upkeep as store
from usageflow_common.clock import Clock
from usageflow_common.database import transaction
from usageflow_common.logs import get_logger
from usageflow_common.metrics import LEDGER_BYTES, QUARANTINED_RECORDS, UPKEEP_ERRORS

_EVERY_SECONDS: Final = 60
_CHANGES_MAX: Final = 100
"""Of a kind, in one round: each of them stops counting for a moment."""


_log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Upkept:
    """What one round did. `begun` is the generation that takes new keys now."""

    made: tuple[date, ...]
    begun: int | None
    dropped: tuple[int, ...]
    detached: tuple[str, ...]


async def keep_up(engine: AsyncEngine, clock: Clock, policy: Policy) -> Upkept:
    """One round. A change that would have to wait long raises asyncpg.LockNotAvailableError, and what stands behind it is not done."""
    now = clock.wall()
    today = now.astimezone(UTC).date()
    async with transaction(engine, read_only=True) as tx:
        days = frozenset(kept.day for kept in await store.read_days(tx))
        generations = await store.read_generations(tx)
        QUARANTINED_RECORDS.set(await quarantine.count_quarantined(tx))
    LEDGER_BYTES.set(sum(each.bytes for each in generations))
    made = await make_days(engine, frozenset(days_to_make(today)) - days)
    begun = await _begin(engine, generations[-1].generation) if is_full(generations[-1], policy, now) else None
    dropped = [
        generation
        for generation in generations_to_drop(generations, policy, now)[:_CHANGES_MAX]
        if await _drop(engine, generation)
    ]
    detached = [await _detach(engine, day) for day in days_to_detach(days, policy, today)[:_CHANGES_MAX]]
    return Upkept(made, begun, tuple(dropped), tuple(table for table in detached if table is not None))


async def keep_upkeep(
    engine: AsyncEngine, clock: Clock, policy: Policy, *, every_seconds: float = _EVERY_SECONDS
) -> None:
    """The worker's task. A round that fails is logged and counted; what it left is done by a later one."""
    while True:
        try:
            done = await keep_up(engine, clock, policy)
            if done.made or done.begun or done.dropped or done.detached:
                _log.info("upkeep", made=len(done.made), begun=done.begun, dropped=done.dropped, detached=done.detached)
        except Exception:  # noqa: BLE001  # a loop's boundary: logged, counted, and tried again
            UPKEEP_ERRORS.labels("aggregator").inc()
            _log.warning("upkeep_failed", exc_info=True)
        await asyncio.sleep(every_seconds)


async def list_days(engine: AsyncEngine, *, detached: bool) -> list[store.KeptDay]:
    """The days of raw events that queries see, or those that were set aside."""
    async with transaction(engine, read_only=True) as tx:
        return await (store.read_detached_days(tx) if detached else store.read_days(tx))


async def list_generations(engine: AsyncEngine) -> list[Generation]:
    """The generations of keys that are kept."""
    async with transaction(engine, read_only=True) as tx:
        return await store.read_generations(tx)


async def _begin(engine: AsyncEngine, present: int) -> int | None:
    async with transaction(engine) as tx:
        begun = await store.take_turn(tx) and await store.begin_generation(tx, present)
    return present + 1 if begun else None


async def _drop(engine: AsyncEngine, generation: int) -> bool:
    async with transaction(engine) as tx:
        return await store.take_turn(tx) and await store.drop_generation(tx, generation)


async def _detach(engine: AsyncEngine, day: date) -> str | None:
    async with transaction(engine) as tx:
        return await store.detach_day(tx, day) if await store.take_turn(tx) else None
