"""Drafts: periods that have ended and are not invoiced yet, by what is counted so far. Finalizing one is a run of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine

from usageflow_common import operations
from usageflow_common.database import Transaction, transaction
from usageflow_common.errors import NotFound, StateConflict
from usageflow_common.ids import Prefix, public_id
from usageflow_common.operations import Answer, Change
from usageflow_common.records import OrganizationRecord
from usageflow_common.tokens import Caller
from usageflow_common.wire import PageRequest
from usageflow_invoicer.domain.invoices import Invoice, Proof
from usageflow_invoicer.service.facts import customer_block
from usageflow_invoicer.service.runs import Occasion, insert_run
from usageflow_invoicer.service.upcoming import Upcoming, compose, too_large
from usageflow_invoicer.store import drafts as store
from usageflow_invoicer.store import lives
from usageflow_invoicer.store.customers import Customer
from usageflow_invoicer.store.drafts import DraftFilter, EndedPeriod
from usageflow_invoicer.store.invoices import reading
from usageflow_invoicer.store.invoices.reading import Balance, StoredInvoice


@dataclass(frozen=True, slots=True)
class Draft:
    """An invoice that its period's end has made and that no run has issued."""

    period: EndedPeriod
    upcoming: Upcoming


async def list_drafts(
    engine: AsyncEngine, caller: Caller, page: PageRequest, wanted: DraftFilter
) -> tuple[list[Draft], list[EndedPeriod]]:
    """The ones that ended last first, and the whole page. One that cannot be rated is no draft to show: its run tells of it."""
    async with transaction(engine, "REPEATABLE READ", read_only=True) as tx:
        ended = await store.list_ended(tx, caller.org_id, page, wanted)
        return await _compose(tx, caller.org_id, ended), ended


async def find_draft(engine: AsyncEngine, caller: Caller, invoice_id: UUID, wanted: DraftFilter) -> Draft:
    """NotFound where there is none: it may be issued by now."""
    async with transaction(engine, "REPEATABLE READ", read_only=True) as tx:
        ended = await store.read_ended(tx, caller.org_id, invoice_id, wanted)
        if ended is None:
            raise NotFound
        drafts = await _compose(tx, caller.org_id, [ended])
    if not drafts:
        raise too_large()
    return drafts[0]


def as_invoice(draft: Draft, organization: OrganizationRecord, customer: Customer | None) -> StoredInvoice:
    """The invoice that it would be: without number, proof and day of issue."""
    upcoming, plan, period = draft.upcoming, draft.upcoming.bill.plan, draft.upcoming.bill.period
    invoice = Invoice(
        organization.org_id,
        draft.period.period_id,
        0,
        "",
        upcoming.customer_id,
        "",
        organization.issuer,
        upcoming.subscription_id,
        plan.plan_id,
        plan.code,
        plan.number,
        period,
        plan.currency,
        period.end_at,
        period.end_at,
        Proof(draft.period.period_id, {}, {}, ""),
        upcoming.lines,
    )
    block = customer_block(customer) if customer is not None else None
    balance = Balance("draft", 0, 0, None, None, None, 1)
    return StoredInvoice(invoice, invoice.total_minor, "", block, balance, len(upcoming.lines), relayed=False)


async def finalize(engine: AsyncEngine, caller: Caller, invoice_id: UUID, occasion: Occasion) -> Answer:
    """A run that issues this draft, and those before it of the same subscription: no grace is waited for, every event is."""
    async with transaction(engine) as tx:
        if done := await operations.claim(tx, caller):
            return done
        ended = await store.read_ended(tx, caller.org_id, invoice_id, DraftFilter(occasion.now))
        if ended is None:
            if await reading.read_invoice(tx, caller.org_id, invoice_id) is None:
                raise NotFound
            raise StateConflict("The invoice is issued already.", "open")
        run = await insert_run(tx, occasion, "finalize", ended.end_at, [ended.subscription_id])
        public = public_id(Prefix.BILLING_RUN, run.run_id)
        invoice = public_id(Prefix.INVOICE, invoice_id)
        change = Change("invoice.finalized", "invoice", invoice, after={"billingRunId": public})
        return await operations.finish(tx, caller, Answer(202, None, location=f"/api/billing-runs/{public}"), change)


async def _compose(tx: Transaction, org_id: UUID, ended: Sequence[EndedPeriod]) -> list[Draft]:
    living = {
        each.subscription_id: each
        for each in await lives.read_living(tx, org_id, [each.subscription_id for each in ended])
    }
    wanted = [
        (living[each.subscription_id], await lives.read_segments(tx, org_id, each.subscription_id, each.period_index))
        for each in ended
    ]
    composed = {each.bill.invoice_id: each for each in await compose(tx, org_id, wanted)}
    return [Draft(each, composed[each.period_id]) for each in ended if each.period_id in composed]
