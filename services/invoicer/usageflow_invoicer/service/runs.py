"""Billing runs: made by the schedule or by a caller, closed behind their barrier.

Any number of workers may do any step of this at once: what makes a period close once is the close itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine

from usageflow_common import operations
from usageflow_common.database import Transaction, transaction
from usageflow_common.errors import FieldError, NotFound, ValidationFailed
from usageflow_common.ids import Prefix, new_id, public_id
from usageflow_common.kafka import Outgoing, Producer
from usageflow_common.operations import Answer, Change
from usageflow_common.records import Barrier, OrganizationRecord
from usageflow_common.tokens import Caller
from usageflow_common.topics import EVENTS_RAW, encode
from usageflow_common.wire import PageRequest
from usageflow_invoicer.schemas.runs import RunCreate
from usageflow_invoicer.store import runs as store
from usageflow_invoicer.store import subscriptions
from usageflow_invoicer.store.runs import BarrierPartition, Run

INVOICE_IDS_SHOWN: Final = 200


@dataclass(frozen=True, slots=True)
class RunState:
    """A run with everything that its public shape shows."""

    run: Run
    barrier: list[BarrierPartition]
    invoice_ids: list[UUID]
    issued: int


@dataclass(frozen=True, slots=True)
class Occasion:
    """For whom and when a run is made: `now` is the organization's time, `wall` everybody's."""

    organization: OrganizationRecord
    now: datetime
    wall: datetime
    partitions: int

    @property
    def past_grace(self) -> datetime:
        """Periods that ended by then are due."""
        return self.now - timedelta(hours=self.organization.grace_hours)


async def create_run(engine: AsyncEngine, caller: Caller, wanted: RunCreate, occasion: Occasion) -> Answer:
    """A run of what is due now. Its answer is the resource as it then is: only its place is stored."""
    due_before = occasion.now if wanted.ignore_grace else occasion.past_grace
    async with transaction(engine) as tx:
        if done := await operations.claim(tx, caller):
            return done
        if wanted.subscription_ids is not None:
            await _require_subscriptions(tx, caller.org_id, wanted.subscription_ids)
        run = await insert_run(tx, occasion, "manual", due_before, wanted.subscription_ids)
        public = public_id(Prefix.BILLING_RUN, run.run_id)
        answer = Answer(202, None, location=f"/api/billing-runs/{public}")
        change = Change("billing_run.created", "billing_run", public, after={"ignoreGrace": wanted.ignore_grace})
        return await operations.finish(tx, caller, answer, change)


async def schedule_run(engine: AsyncEngine, occasion: Occasion) -> bool:
    """A run of what is due by the schedule, unless one is under way."""
    async with transaction(engine) as tx:
        if await store.has_scheduled_run(tx, occasion.organization.org_id):
            return False
        await insert_run(tx, occasion, "schedule", occasion.past_grace, None)
        return True


async def write_markers(engine: AsyncEngine, producer: Producer, wall: datetime, again_after: timedelta) -> int:
    """Write the markers that runs wait for, to every partition that has not echoed. Repeating one is harmless.

    A marker goes straight to Kafka, after the commit that closed its barrier to further runs: every run of the barrier was committed
    before its first marker, so whatever was accepted before such a run stands in front of its markers.
    """
    async with transaction(engine) as tx:
        due = await store.take_markers(tx, wall, again_after)
    messages = [
        Outgoing(
            EVENTS_RAW,
            f"barrier/{barrier_id}".encode(),
            encode(Barrier(barrier_id=barrier_id, partition=partition, produced_at=wall)),
            partition=partition,
        )
        for barrier_id, partitions in due
        for partition in partitions
    ]
    if messages:
        await producer.send_all(messages)  # what failed is written again after `again_after`
    return len(messages)


async def passed_runs(engine: AsyncEngine) -> list[tuple[Run, dict[int, int]]]:
    """Runs whose barrier has passed in every partition, with the offsets of its markers."""
    async with transaction(engine, "REPEATABLE READ", read_only=True) as tx:
        live = await store.live_runs(tx)
        barriers = {each: await store.read_barrier(tx, each) for each in {run.barrier_id for run in live}}
    passed = {barrier_id: passed_markers(barrier) for barrier_id, barrier in barriers.items()}
    return [(run, markers) for run in live if (markers := passed[run.barrier_id]) is not None]


def passed_markers(barrier: Sequence[BarrierPartition]) -> dict[int, int] | None:
    """The markers' offsets when the barrier has passed: each partition echoed, and is applied as far as all echoes require."""
    markers = {
        each.partition: each.marker_offset for each in barrier if each.reached and each.marker_offset is not None
    }
    return markers if barrier and len(markers) == len(barrier) else None


async def read_run(engine: AsyncEngine, org_id: UUID, run_id: UUID) -> RunState:
    """One run of the organization, with its barrier."""
    async with transaction(engine, "REPEATABLE READ", read_only=True) as tx:
        run = await store.read_run(tx, org_id, run_id)
        if run is None:
            raise NotFound
        return await _state(tx, run)


async def list_runs(engine: AsyncEngine, org_id: UUID, page: PageRequest) -> list[RunState]:
    """Newest first."""
    async with transaction(engine, "REPEATABLE READ", read_only=True) as tx:
        return [await _state(tx, run) for run in await store.list_runs(tx, org_id, page)]


async def _state(tx: Transaction, run: Run) -> RunState:
    invoice_ids, issued = await store.run_invoices(tx, run, INVOICE_IDS_SHOWN)
    return RunState(run, await store.read_barrier(tx, run.barrier_id), invoice_ids, issued)


async def insert_run(
    tx: Transaction, occasion: Occasion, trigger: str, due_before: datetime, only: Sequence[UUID] | None
) -> Run:
    """A run behind a barrier that it joins, or that is new."""
    barrier_id = await store.join_barrier(tx, new_id(), occasion.partitions, occasion.wall)
    run = Run(
        occasion.organization.org_id,
        new_id(),
        barrier_id,
        trigger,
        "waiting",
        occasion.now,
        due_before,
        tuple(only) if only is not None else None,
        0,
        (),
        occasion.wall,
        None,
    )
    await store.insert_run(tx, run)
    return run


async def _require_subscriptions(tx: Transaction, org_id: UUID, wanted: Sequence[UUID]) -> None:
    known = await subscriptions.existing(tx, org_id, wanted)
    errors = [
        FieldError(f"/subscriptionIds/{index}", "invalid_value", "There is no such subscription")
        for index, each in enumerate(wanted)
        if each not in known
    ]
    if errors:
        raise ValidationFailed(
            "The request names something that does not exist here.", code="reference_not_found", errors=errors
        )
