"""Ask for money that did not come: attempts by the organization's schedule, then the subscription is suspended until it does."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine

from usageflow_common import outbox
from usageflow_common.clock import Clock
from usageflow_common.database import Transaction, transaction
from usageflow_common.records import OrganizationRecord
from usageflow_invoicer.domain.money import Dunning, DunningPlan, attempt_at, begin_dunning
from usageflow_invoicer.schemas.payments import payment_body
from usageflow_invoicer.service.facts import invoice_failed
from usageflow_invoicer.service.lives import Moment, live_on
from usageflow_invoicer.service.settling import lock_issued
from usageflow_invoicer.store import dunnings as store
from usageflow_invoicer.store.charges import pending_minor
from usageflow_invoicer.store.invoices.reading import StoredInvoice
from usageflow_invoicer.store.payments import Payment

_BATCH: Final = 100

Ask = Callable[[Transaction, OrganizationRecord, StoredInvoice, Moment], Awaitable[bool]]
"""Ask for the money of a locked invoice; False where nobody can be asked. What comes of it is heard later."""


async def nobody_to_ask(
    _tx: Transaction, _organization: OrganizationRecord, _found: StoredInvoice, _moment: Moment
) -> bool:
    """No payment provider."""
    return False


async def note_failure(
    tx: Transaction, organization: OrganizationRecord, found: StoredInvoice, payment: Payment | None, moment: Moment
) -> None:
    """A payment of a locked invoice failed, or (None) its time is over. Dunning begins, or goes on with its next attempt."""
    invoice, plan = found.invoice, _plan(organization)
    dunning = begin_dunning(invoice.invoice_id, invoice.subscription_id, moment.now, plan)
    if not await store.begin(tx, invoice.org_id, dunning):
        known = await store.read(tx, invoice.org_id, invoice.invoice_id)
        if known is None:
            return  # written off: nobody asks for it any more
        dunning = _next(known, plan, moment.now)
        await store.store(tx, invoice.org_id, dunning)
    shown = payment_body(payment) if payment is not None else None
    await outbox.enqueue(tx, [invoice_failed(found, dunning, payment=shown, at=moment.now)])
    await live_on(tx, invoice.org_id, [invoice.subscription_id], moment)


async def dun_everywhere(
    engine: AsyncEngine, find: Callable[[UUID], OrganizationRecord | None], clock: Clock, ask: Ask = nobody_to_ask
) -> None:
    """What is due by now, in every organization: invoices that became overdue, attempts, suspensions.

    An attempt asks for the money where there is somebody to `ask`; else its time is over.
    """
    wall = clock.wall()
    async with transaction(engine, read_only=True) as tx:
        due = await store.due_organizations(tx, clock.latest())
    for org_id in due:
        organization = find(org_id)
        if organization is None or organization.status != "active":
            continue
        moment = Moment(clock.now(org_id), wall)
        while await _dun(engine, organization, moment, ask):
            pass


async def _dun(engine: AsyncEngine, organization: OrganizationRecord, moment: Moment, ask: Ask) -> bool:
    async with transaction(engine, read_only=True) as tx:
        overdue = await store.overdue_invoices(tx, organization.org_id, moment.now, _BATCH)
        due = await store.due_dunnings(tx, organization.org_id, moment.now, _BATCH)
    for invoice_id in overdue:
        async with transaction(engine) as tx:
            found = await lock_issued(tx, organization.org_id, invoice_id)
            if found.balance.status == "open" and await store.read(tx, organization.org_id, invoice_id) is None:
                await note_failure(tx, organization, found, None, moment)
    for invoice_id in due:
        async with transaction(engine) as tx:
            await _go_on(tx, organization, invoice_id, moment, ask)
    return bool(overdue or due)


async def _go_on(tx: Transaction, organization: OrganizationRecord, invoice_id: UUID, moment: Moment, ask: Ask) -> None:
    found = await lock_issued(tx, organization.org_id, invoice_id)
    known = await store.read(tx, organization.org_id, invoice_id)
    if known is None:
        return  # paid meanwhile
    if known.next_attempt_at is not None and known.next_attempt_at <= moment.now:
        under_way = await pending_minor(tx, organization.org_id, invoice_id)
        if not under_way and not await ask(tx, organization, found, moment):
            await note_failure(tx, organization, found, None, moment)
        known = await store.read(tx, organization.org_id, invoice_id) or known
    if known.suspended_at is None and known.suspends_at <= moment.now:
        await store.store(tx, organization.org_id, replace(known, suspended_at=moment.now))
        await live_on(tx, organization.org_id, [known.subscription_id], moment)


def _plan(organization: OrganizationRecord) -> DunningPlan:
    return DunningPlan(tuple(organization.retry_after_days), organization.suspend_after_days)


def _next(known: Dunning, plan: DunningPlan, now: datetime) -> Dunning:
    """One attempt more. Those whose time had come too are not made up for."""
    attempt = known.attempt + 1
    next_at = attempt_at(known.began_at, attempt, plan)
    while next_at is not None and next_at <= now:
        attempt += 1
        next_at = attempt_at(known.began_at, attempt, plan)
    return replace(known, attempt=known.attempt + 1, next_attempt_at=next_at)
