"""Telling how far everything is counted, each second."""

from __future__ import annotations

import asyncio
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncEngine

from usageflow_aggregator.store import progress
from usageflow_common.clock import Clock
from usageflow_common.database import transaction
from usageflow_common.kafka import LogReader
from usageflow_common.logs import get_logger
from usageflow_common.metrics import UNCOUNTED_SECONDS

_log = get_logger(__name__)


async def tell_progress(engine: AsyncEngine, reader: LogReader, clock: Clock, partitions: int) -> None:
    """One round: the append time of the last record counted, or the present where a partition is drained.

    The present is taken before the end is read: what was accepted until then lies in front of that end. A position beyond that end was
    either reached meanwhile, or belongs to another log than this one; the last record counted tells the truth in both cases.
    """
    asked_at: dict[int, datetime] = {}
    ends: dict[int, int] = {}
    for partition in range(partitions):
        asked_at[partition] = clock.wall()
        ends[partition] = (await reader.bounds(partition)).end
    async with transaction(engine) as tx:
        counted_through: dict[int, datetime] = {}
        for partition, (position, appended_at) in (await progress.read_standing(tx)).items():
            if partition in ends and position == ends[partition]:
                counted_through[partition] = asked_at[partition]
            elif appended_at is not None:
                counted_through[partition] = appended_at
        await progress.record_progress(tx, counted_through)
    for partition, instant in counted_through.items():
        UNCOUNTED_SECONDS.labels(str(partition)).set(max(0.0, (clock.wall() - instant).total_seconds()))


async def read_partitions(engine: AsyncEngine) -> list[tuple[int, int, datetime]]:
    """(partition, next offset, counted through) as of one snapshot; partitions of which nothing was told yet are absent."""
    async with transaction(engine, read_only=True) as tx:
        return await progress.read_partitions(tx)


async def keep_telling(
    engine: AsyncEngine, reader: LogReader, clock: Clock, partitions: int, *, every_seconds: int = 1
) -> None:
    """The worker's task. A round that fails is told by the next one: the instant only stays behind."""
    while True:
        try:
            await tell_progress(engine, reader, clock, partitions)
        except Exception:  # noqa: BLE001  # a loop's boundary: logged, and tried again
            _log.warning("progress_not_told", exc_info=True)
        await asyncio.sleep(every_seconds)
