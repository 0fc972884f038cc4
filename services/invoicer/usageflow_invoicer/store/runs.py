"""Billing runs and the barriers they wait for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from usageflow_common.database import Transaction, any_of
from usageflow_common.wire import PageRequest
from usageflow_invoicer.tables import (
    applied_offsets,
    barrier_partitions,
    barriers,
    billing_runs,
    invoices,
    outbox,
    quarantined_records,
)


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a subscription's period was not closed."""

    subscription_id: UUID
    code: str
    detail: str


@dataclass(frozen=True, slots=True)
class Run:
    """One billing run. Periods that ended by `due_before` are closed; None as `subscription_ids`: all of them."""

    org_id: UUID
    run_id: UUID
    barrier_id: UUID
    trigger: str
    status: str
    as_of: datetime
    due_before: datetime
    subscription_ids: tuple[UUID, ...] | None
    periods_closed: int
    failures: tuple[Failure, ...]
    created_at: datetime
    completed_at: datetime | None


@dataclass(frozen=True, slots=True)
class BarrierPartition:
    """`marker_offset` None: not echoed yet. `whole`: no republished shard is half applied."""

    partition: int
    marker_offset: int | None
    required: int
    applied: int
    whole: bool = True

    @property
    def reached(self) -> bool:
        """Whether everything before the marker is applied, and everything that its partition's duplicates rely on."""
        return self.marker_offset is not None and self.applied >= self.required and self.whole


async def join_barrier(tx: Transaction, barrier_id: UUID, partitions: int, wall: datetime) -> UUID:
    """A barrier whose first marker is not written yet, or a new one by this id.

    The row stays locked, so the first marker is written after the run that joins is committed.
    """
    b = barriers.c
    joinable = (
        sa.select(b.barrier_id)
        .where(b.first_marked_at.is_(None))
        .order_by(b.created_at)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    found: UUID | None = await tx.scalar(joinable)
    if found is not None:
        return found
    await tx.execute(sa.insert(barriers).values(barrier_id=barrier_id, created_at=wall, mark_at=wall))
    rows = [{"barrier_id": barrier_id, "partition": p, "required": 0} for p in range(partitions)]
    await tx.execute(sa.insert(barrier_partitions), rows)
    return barrier_id


async def insert_run(tx: Transaction, run: Run) -> bool:
    """False when a scheduled run of the organization is under way."""
    values = {
        "org_id": run.org_id,
        "run_id": run.run_id,
        "barrier_id": run.barrier_id,
        "trigger": run.trigger,
        "status": run.status,
        "as_of": run.as_of,
        "due_before": run.due_before,
        "subscription_ids": None if run.subscription_ids is None else [str(each) for each in run.subscription_ids],
        "periods_closed": 0,
        "failures": [],
        "created_at": run.created_at,
    }
    result = await tx.execute(
        insert(billing_runs).values(values).on_conflict_do_nothing().returning(billing_runs.c.run_id)
    )
    return result.first() is not None


async def has_scheduled_run(tx: Transaction, org_id: UUID) -> bool:
    """Whether a scheduled run of the organization is under way."""
    r = billing_runs.c
    live = sa.and_(r.org_id == org_id, r.trigger == "schedule", r.status.in_(("waiting", "closing")))
    return bool(await tx.scalar(sa.select(sa.exists().where(live))))


async def take_markers(tx: Transaction, wall: datetime, again_after: timedelta) -> list[tuple[UUID, tuple[int, ...]]]:
    """Barriers whose markers are to be written now, with the partitions that have not echoed; not again before `again_after`."""
    b, p, r = barriers.c, barrier_partitions.c, billing_runs.c
    waited_for = sa.exists().where(r.barrier_id == b.barrier_id, r.status == "waiting")
    due = (
        sa.select(b.barrier_id)
        .where(b.mark_at <= wall, waited_for)
        .order_by(b.barrier_id)
        .with_for_update(skip_locked=True)
    )
    ids = (await tx.scalars(due)).all()
    if not ids:
        return []
    await tx.execute(
        sa.update(barriers)
        .where(any_of(b.barrier_id, ids))
        .values(mark_at=wall + again_after, first_marked_at=sa.func.coalesce(b.first_marked_at, wall))
    )
    rows = await tx.execute(
        sa.select(p.barrier_id, p.partition)
        .where(any_of(p.barrier_id, ids), p.marker_offset.is_(None))
        .order_by(p.barrier_id, p.partition)
    )
    missing: dict[UUID, list[int]] = {each: [] for each in ids}
    for row in rows:
        missing[row.barrier_id].append(row.partition)
    return [(barrier_id, tuple(partitions)) for barrier_id, partitions in missing.items() if partitions]


async def read_barrier(tx: Transaction, barrier_id: UUID) -> list[BarrierPartition]:
    """Every partition of a barrier, as of one snapshot."""
    p, a = barrier_partitions.c, applied_offsets.c
    rows = await tx.execute(
        sa.select(
            p.partition,
            p.marker_offset,
            p.required,
            sa.func.coalesce(a.applied, -1).label("applied"),
            a.coming_generation.is_(None).label("whole"),
        )
        .join(applied_offsets, a.partition == p.partition, isouter=True)
        .where(p.barrier_id == barrier_id)
        .order_by(p.partition)
    )
    return [BarrierPartition(*row) for row in rows]


@dataclass(frozen=True, slots=True)
class WaitingPartition:
    """A partition that a barrier, which a run waits for, has not passed since its markers were first written."""

    barrier_id: UUID
    partition: int
    since: datetime
    marker_offset: int | None
    required: int
    applied: int


async def waiting_partitions(tx: Transaction) -> list[WaitingPartition]:
    """Of all barriers that runs wait for, those partitions that have not passed; the oldest barrier first."""
    b, p, a, r = barriers.c, barrier_partitions.c, applied_offsets.c, billing_runs.c
    applied = sa.func.coalesce(a.applied, -1)
    waited_for = sa.exists().where(r.barrier_id == b.barrier_id, r.status == "waiting")
    rows = await tx.execute(
        sa.select(b.barrier_id, p.partition, b.first_marked_at, p.marker_offset, p.required, applied)
        .join(barrier_partitions, p.barrier_id == b.barrier_id)
        .join(applied_offsets, a.partition == p.partition, isouter=True)
        .where(
            waited_for,
            b.first_marked_at.is_not(None),
            sa.or_(p.marker_offset.is_(None), applied < p.required, a.coming_generation.is_not(None)),
        )
        .order_by(b.first_marked_at, p.partition)
    )
    return [WaitingPartition(*row) for row in rows]


async def live_runs(tx: Transaction) -> list[Run]:
    """Runs that wait or close, oldest first."""
    r = billing_runs.c
    rows = await tx.execute(sa.select(billing_runs).where(r.status.in_(("waiting", "closing"))).order_by(r.created_at))
    return [_run(row) for row in rows]


async def read_run(tx: Transaction, org_id: UUID, run_id: UUID) -> Run | None:
    """One run."""
    r = billing_runs.c
    row = (await tx.execute(sa.select(billing_runs).where(r.org_id == org_id, r.run_id == run_id))).first()
    return _run(row) if row else None


async def list_runs(tx: Transaction, org_id: UUID, page: PageRequest) -> list[Run]:
    """Newest first."""
    r = billing_runs.c
    statement = sa.select(billing_runs).where(r.org_id == org_id).order_by(r.created_at.desc(), r.run_id.desc())
    if page.after is not None:
        last = (datetime.fromisoformat(page.after[0]), UUID(page.after[1]))
        statement = statement.where(sa.tuple_(r.created_at, r.run_id) < sa.tuple_(*map(sa.literal, last)))
    return [_run(row) for row in await tx.execute(statement.limit(page.limit))]


async def lease_run(tx: Transaction, run: Run, wall: datetime, until: datetime) -> bool:
    """Take the run for this worker, or keep it; False when another one has it. Only saves work: closing is safe without it."""
    r = billing_runs.c
    result = await tx.execute(
        sa.update(billing_runs)
        .where(
            r.org_id == run.org_id,
            r.run_id == run.run_id,
            r.status.in_(("waiting", "closing")),
            sa.or_(r.leased_until.is_(None), r.leased_until <= wall),
        )
        .values(status="closing", leased_until=until)
        .returning(r.run_id)
    )
    return result.first() is not None


async def renew_lease(tx: Transaction, run: Run, until: datetime) -> None:
    """Keep the run for a while more."""
    r = billing_runs.c
    mine = sa.and_(r.org_id == run.org_id, r.run_id == run.run_id)
    await tx.execute(sa.update(billing_runs).where(mine).values(leased_until=until))


async def note_progress(tx: Transaction, run: Run, closed: int, failures: Sequence[Failure]) -> None:
    """Add what a batch closed, and what it could not close."""
    r = billing_runs.c
    added: list[Mapping[str, Any]] = [
        {"subscriptionId": str(failure.subscription_id), "code": failure.code, "detail": failure.detail}
        for failure in failures
    ]
    await tx.execute(
        sa.update(billing_runs)
        .where(r.org_id == run.org_id, r.run_id == run.run_id)
        .values(
            periods_closed=r.periods_closed + closed,
            failures=r.failures.op("||")(sa.cast(added, billing_runs.c.failures.type)),
        )
    )


async def release_run(tx: Transaction, run: Run, *, completed_at: datetime | None) -> None:
    """Give the lease back; with a time, the run is completed."""
    r = billing_runs.c
    values: dict[str, Any] = {"leased_until": None}
    if completed_at is not None:
        values |= {"status": "completed", "completed_at": completed_at}
    await tx.execute(sa.update(billing_runs).where(r.org_id == run.org_id, r.run_id == run.run_id).values(values))


async def has_unsent_invoices(tx: Transaction, run: Run) -> bool:
    """Whether an invoice of a period that the run makes due, whichever run issued it, has not been acknowledged by Kafka."""
    i = invoices.c
    waiting = sa.exists().where(i.org_id == run.org_id, i.period_end_at <= run.due_before, outbox.c.id == i.outbox_id)
    if run.subscription_ids is not None:
        waiting = waiting.where(any_of(i.subscription_id, run.subscription_ids))
    return bool(await tx.scalar(sa.select(waiting)))


async def run_invoices(tx: Transaction, run: Run, limit: int) -> tuple[list[UUID], int]:
    """The first invoices of a run that are out, and how many there are."""
    i = invoices.c
    unsent = sa.exists().where(outbox.c.id == i.outbox_id)
    mine = sa.and_(i.org_id == run.org_id, i.run_id == run.run_id, ~unsent)
    ids = (await tx.scalars(sa.select(i.invoice_id).where(mine).order_by(i.sequence).limit(limit))).all()
    count = await tx.scalar(sa.select(sa.func.count()).select_from(invoices).where(mine))
    return list(ids), count or 0


async def is_quarantined(tx: Transaction, org_id: UUID) -> bool:
    """Whether a record that may be the organization's could not be read."""
    q = quarantined_records.c
    return bool(await tx.scalar(sa.select(sa.exists().where(sa.or_(q.org_id == org_id, q.org_id.is_(None))))))


async def hold_quarantine(tx: Transaction, org_id: UUID) -> bool:
    """The same, and as long as this transaction is open none of these records is released."""
    q = quarantined_records.c
    statement = sa.select(q.partition).where(sa.or_(q.org_id == org_id, q.org_id.is_(None)))
    return (await tx.execute(statement.with_for_update(read=True))).first() is not None


async def read_cut(tx: Transaction) -> dict[int, int] | None:
    """How far each partition is applied, as of this transaction's snapshot; None while a republished shard is half applied.

    Its windows are then partly those of the cut and partly later ones: no line could be proved.
    """
    a = applied_offsets.c
    rows = (await tx.execute(sa.select(a.partition, a.applied, a.coming_generation))).all()
    if any(row.coming_generation is not None for row in rows):
        return None
    return {row.partition: row.applied for row in rows}


def _run(row: sa.Row[Any]) -> Run:
    return Run(
        row.org_id,
        row.run_id,
        row.barrier_id,
        row.trigger,
        row.status,
        row.as_of,
        row.due_before,
        None if row.subscription_ids is None else tuple(UUID(each) for each in row.subscription_ids),
        row.periods_closed,
        tuple(Failure(UUID(f["subscriptionId"]), f["code"], f["detail"]) for f in row.failures),
        row.created_at,
        row.completed_at,
    )
