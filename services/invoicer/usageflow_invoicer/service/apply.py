"""Apply usage.aggregated: the states of a batch and the position behind them move in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never

from sqlalchemy.ext.asyncio import AsyncEngine

from usageflow_common.database import transaction
from usageflow_common.kafka import Applied, Blocked, Halt, LogBounds, Outcome, Stale
from usageflow_invoicer.domain.chain import Gap, NotReadable, Plan, Read, Standing, Stop, plan_batch
from usageflow_invoicer.domain.windows import newest_points, newest_states
from usageflow_invoicer.store import applied as store
from usageflow_invoicer.store import windows


async def resume_position(engine: AsyncEngine, partition: int, log: LogBounds) -> int | Halt:
    """Where to read on. A known partition without a row is an alarm, never position 0."""
    async with transaction(engine, read_only=True) as tx:
        stored = await store.read_position(tx, partition)
    if stored is None:
        return Halt("position_unknown", f"partition {partition} has no row in applied_offsets")
    if stored < log.start:
        return Halt("log_truncated", f"read to {stored}, the log starts at {log.start}")
    if stored > log.end:
        return Halt("log_recreated", f"read to {stored}, the log ends at {log.end}")
    return stored


async def apply_batch(engine: AsyncEngine, partition: int, asked: int, batch: Sequence[Read]) -> Outcome:
    """Apply what continues the chain. Applied.next lies before parts whose last one is still to come.

    Where something stops the chain inside the batch, what stands before it is applied first (Stale, to read on there).
    """
    async with transaction(engine) as tx:
        # 1. The fence: first write of the transaction, it decides who may apply.
        standing = await store.take_position(tx, partition, asked)
        if not isinstance(standing, Standing):
            if standing.stored is None:
                return Halt("position_unknown", f"partition {partition} has no row in applied_offsets")
            return Stale(seek_to=standing.stored)
        plan = plan_batch(standing, batch, asked)
        # 2. The newest state of each window and value, and what that changes in the periods that exist.
        await windows.write_states(tx, partition, newest_states(plan.records))
        await windows.write_points(tx, partition, newest_points(plan.records))
        # 3. A shard that is whole again has no rows but its own.
        if plan.replaces is not None:
            await windows.drop_lower(tx, partition, plan.replaces)
        # 4. What nobody could read keeps drafts; markers open barriers. Both only together with the states before them.
        await store.note_quarantine(tx, plan.records)
        for record in plan.records:
            if record.markers:
                await store.note_echoes(tx, record)
        await store.move_position(tx, partition, plan.standing, plan.position)
    return _outcome(plan, asked)


def _outcome(plan: Plan, asked: int) -> Outcome:
    if plan.stop is None:
        return Applied(plan.position)
    return Stale(seek_to=plan.position) if plan.position != asked else _stopped(plan.stop)


def _stopped(stop: Stop) -> Halt | Blocked:
    match stop:
        case Gap(detail):
            return Halt("gap", detail)
        case NotReadable(reason):
            return Blocked(reason)
        case _:
            assert_never(stop)
