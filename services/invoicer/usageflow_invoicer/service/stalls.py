"""Barriers that do not pass: told by partition, so that whoever is woken knows where to look."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from prometheus_client import Gauge
from sqlalchemy.ext.asyncio import AsyncEngine

from usageflow_common.database import transaction
from usageflow_common.logs import get_logger
from usageflow_invoicer.store.runs import WaitingPartition, waiting_partitions

STALLED_AFTER: Final = timedelta(seconds=60)

WAIT_SECONDS: Final = Gauge(
    "usageflow_barrier_wait_seconds", "How long the oldest barrier waits for a partition of events.raw", ["partition"]
)

_log = get_logger(__name__)


@dataclass(slots=True)
class StallWatch:
    """Remembers what it has told, so that each stall is told once."""

    told: set[tuple[UUID, int]] = field(default_factory=set)

    async def look(self, engine: AsyncEngine, wall: datetime, partitions: int) -> list[WaitingPartition]:
        """Set the gauges, and tell what has newly waited too long."""
        async with transaction(engine, read_only=True) as tx:
            waiting = await waiting_partitions(tx)
        for partition in range(partitions):
            WAIT_SECONDS.labels(str(partition)).set(_longest(waiting, partition, wall))
        stalled = [each for each in waiting if wall - each.since > STALLED_AFTER]
        fresh = [each for each in stalled if (each.barrier_id, each.partition) not in self.told]
        for each in fresh:
            _log.error(
                "barrier_stalled",
                barrier_id=str(each.barrier_id),
                partition=each.partition,
                waits_for="its echo" if each.marker_offset is None else "usage.aggregated",
                marker_offset=each.marker_offset,
                required=each.required,
                applied=each.applied,
                seconds=int((wall - each.since).total_seconds()),
            )
        self.told = {(each.barrier_id, each.partition) for each in stalled}
        return fresh


def _longest(waiting: Sequence[WaitingPartition], partition: int, wall: datetime) -> float:
    return max(((wall - each.since).total_seconds() for each in waiting if each.partition == partition), default=0.0)
