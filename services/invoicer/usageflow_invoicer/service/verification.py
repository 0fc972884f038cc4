"""Verify invoices: asked for by HTTP, done by a worker, so that a process that dies half way leaves no report unfinished."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from prometheus_client import Counter
from sqlalchemy.ext.asyncio import AsyncEngine

from usageflow_common import operations
from usageflow_common.clock import Clock
from usageflow_common.database import is_unavailable, transaction
from usageflow_common.errors import NotFound, StateConflict, Unavailable
from usageflow_common.ids import Prefix, new_id, public_id
from usageflow_common.logs import get_logger
from usageflow_common.operations import Answer, Change
from usageflow_common.tokens import Caller
from usageflow_invoicer.domain.verification import Check, verify
from usageflow_invoicer.schemas.verifications import check_body
from usageflow_invoicer.service.evidence import RawEvents, read_stored, recount_lines
from usageflow_invoicer.store import verifications as store
from usageflow_invoicer.store.invoices import reading
from usageflow_invoicer.store.verifications import Verification

LEASE: Final = timedelta(minutes=2)
"""Renewed while raw events are counted, which takes minutes where there are millions; so long a report waits when its worker was killed."""

VERIFICATIONS: Final = Counter("usageflow_verifications_total", "Verifications of invoices that have ended", ["result"])

_RENEWALS: Final = 4  # in the time of a lease

_log = get_logger(__name__)


async def request_verification(engine: AsyncEngine, caller: Caller, invoice_id: UUID, wall: datetime) -> Answer:
    """Start one, or join the one that runs. The answer is the resource as it then is: only its place is stored."""
    async with transaction(engine) as tx:
        if done := await operations.claim(tx, caller):
            return done
        found = await reading.read_invoice(tx, caller.org_id, invoice_id)
        if found is None:
            raise NotFound
        if not found.relayed:
            raise StateConflict("The invoice is not issued yet.", "draft")
        verification_id = await store.join_or_insert(tx, caller.org_id, invoice_id, new_id(), wall)
        invoice = public_id(Prefix.INVOICE, invoice_id)
        location = f"/api/invoices/{invoice}/verifications/{public_id(Prefix.VERIFICATION, verification_id)}"
        change = Change("invoice.verification_requested", "invoice", invoice)
        return await operations.finish(tx, caller, Answer(202, None, location=location), change)


async def read_verification(engine: AsyncEngine, org_id: UUID, invoice_id: UUID, verification_id: UUID) -> Verification:
    """One of the invoice."""
    async with transaction(engine, read_only=True) as tx:
        found = await store.read_verification(tx, org_id, verification_id)
    if found is None or found.invoice_id != invoice_id:
        raise NotFound
    return found


async def verify_next(engine: AsyncEngine, raw_events: RawEvents, clock: Clock) -> bool:
    """Do one verification that waits; False when none does.

    Unavailable leaves it to be taken up again when its lease has ended. An invoice whose rows do not even fit together has failed.
    """
    wall = clock.wall()
    async with transaction(engine) as tx:
        verification = await store.lease_running(tx, wall, wall + LEASE)
    if verification is None:
        return False
    checked_events, checks = 0, tuple[Check, ...]()
    try:
        stored = await read_stored(engine, verification.org_id, verification.invoice_id)
        async with _kept(engine, verification, clock):
            stored = await recount_lines(stored, raw_events)
        checked_events = sum(usage.event_count for usage in stored.recounted.values())
        checks = verify(stored)
    except Exception as error:
        if is_unavailable(error) or isinstance(error, Unavailable):
            raise
        _log.error("verification_broke_off", verification_id=str(verification.verification_id), exc_info=error)
    passed = bool(checks) and all(check.passed for check in checks)
    async with transaction(engine) as tx:
        await store.finish_verification(
            tx,
            verification,
            passed=passed,
            checked_events=checked_events,
            checks=[check_body(check) for check in checks],
            wall=clock.wall(),
        )
    VERIFICATIONS.labels("passed" if passed else "failed").inc()
    return True


@asynccontextmanager
async def _kept(engine: AsyncEngine, verification: Verification, clock: Clock) -> AsyncIterator[None]:
    """Nobody else takes it up meanwhile. A renewal that fails is no harm: two workers write the same report."""

    async def renew() -> None:
        while True:
            await asyncio.sleep(LEASE.total_seconds() / _RENEWALS)
            try:
                async with transaction(engine) as tx:
                    await store.renew_lease(tx, verification, clock.wall() + LEASE)
            except Exception as error:
                if not is_unavailable(error):
                    raise

    renewing = asyncio.create_task(renew())
    try:
        yield
    finally:
        renewing.cancel()
        await asyncio.gather(renewing, return_exceptions=True)
