"""Carry a run whose barrier has passed to its end: open missing periods, close what is due, wait until Kafka has the invoices."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import timedelta
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine

from usageflow_common.clock import Clock
from usageflow_common.database import Transaction, is_unavailable, transaction
from usageflow_common.logs import get_logger
from usageflow_common.records import OrganizationRecord
from usageflow_invoicer.service.close import QUARANTINED, Closed, Closing, close_batch
from usageflow_invoicer.service.lives import Moment, live_all
from usageflow_invoicer.store import periods
from usageflow_invoicer.store import runs as store
from usageflow_invoicer.store.runs import Failure, Run

LEASE: Final = timedelta(seconds=5)
"""Renewed with every batch; so long a run stands still after its worker was killed."""

RETRY_AFTER: Final = timedelta(minutes=5)
"""How long the scheduler leaves a period alone that could not be closed."""

_log = get_logger(__name__)


async def carry_out(
    engine: AsyncEngine,
    run: Run,
    markers: Mapping[int, int],
    organization: OrganizationRecord,
    clock: Clock,
    *,
    batch: int,
) -> bool:
    """Close everything that the run makes due. True when the run is completed, False when it must be looked at again."""
    wall = clock.wall()
    async with transaction(engine) as tx:
        if not await store.lease_run(tx, run, wall, wall + LEASE):
            return False
    now = clock.now(run.org_id)
    # 1. The periods that follow those that are closed exist first, so that usage has a period to fall into.
    unopened = await live_all(engine, run.org_id, Moment(now, wall))
    if fresh := [failure for failure in unopened if failure not in run.failures]:
        async with transaction(engine) as tx:
            await store.note_progress(tx, run, 0, fresh)
    # 2. Batch by batch, oldest period first; a subscription that fails is left out of this run.
    failed = {failure.subscription_id: failure for failure in (*run.failures, *unopened)}
    by_hand = run.trigger == "finalize"
    if (organization.auto_finalize or by_hand) and organization.status == "active":
        closing = Closing(organization, run, markers, now)
        async for due in _rounds(engine, run, failed, batch):
            closed = await _close_each(engine, closing, due)
            async with transaction(engine) as tx:
                await store.renew_lease(tx, run, clock.wall() + LEASE)
            failed.update({failure.subscription_id: failure for failure in closed.failures})
            if closed.later:
                async with transaction(engine) as tx:
                    await store.release_run(tx, run, completed_at=None)
                return False
    # 3. Completed once Kafka has every invoice of what was due, also of another run: then their numbers may be shown.
    async with transaction(engine) as tx:
        await periods.postpone(tx, run.org_id, await _to_postpone(tx, run, failed), wall + RETRY_AFTER)
        unsent = await store.has_unsent_invoices(tx, run)
        await store.release_run(tx, run, completed_at=None if unsent else clock.wall())
    return not unsent


async def _to_postpone(tx: Transaction, run: Run, failed: Mapping[UUID, Failure]) -> list[UUID]:
    """All that failed, except those that waited for a release which has come meanwhile: nobody else would hurry them on."""
    if await store.hold_quarantine(tx, run.org_id):
        return list(failed)
    return [each for each, failure in failed.items() if failure.code != QUARANTINED]


async def _rounds(
    engine: AsyncEngine, run: Run, failed: Mapping[UUID, Failure], batch: int
) -> AsyncIterator[list[UUID]]:
    """Everything that is due, in batches and in the order of ids; again from the first one on until nothing is due any more."""
    after: UUID | None = None
    while True:
        async with transaction(engine, read_only=True) as tx:
            due = await periods.due_subscriptions(tx, run, without=failed, after=after, limit=batch)
        if due:
            yield due
        elif after is None:
            return
        after = due[-1] if due else None


async def _close_each(engine: AsyncEngine, closing: Closing, due: Sequence[UUID]) -> Closed:
    """Together; and one by one when that fails, so that a broken subscription stops nobody else."""
    try:
        return await close_batch(engine, closing, due)
    except Exception as error:
        if is_unavailable(error):
            raise
        _log.error("close_failed", org_id=str(closing.run.org_id), subscriptions=len(due), exc_info=error)
        if len(due) == 1:
            failure = Failure(due[0], "internal_error", "The period could not be closed.")
            async with transaction(engine) as tx:
                await store.note_progress(tx, closing.run, 0, [failure])
            return Closed((), (failure,))
    results = [await _close_each(engine, closing, [each]) for each in due]
    return Closed(
        tuple(invoice_id for result in results for invoice_id in result.invoice_ids),
        tuple(failure for result in results for failure in result.failures),
        any(result.later for result in results),
    )
