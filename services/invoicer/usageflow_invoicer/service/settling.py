"""Change the state of an issued invoice: its balance, the transition, what dunning and its subscription make of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine

from usageflow_common import operations, outbox
from usageflow_common.database import Transaction, transaction
from usageflow_common.errors import NotFound, StateConflict
from usageflow_common.ids import Prefix, public_id
from usageflow_common.operations import Answer, Change
from usageflow_common.tokens import Caller
from usageflow_invoicer.schemas.invoices import invoice_body, invoice_summary
from usageflow_invoicer.service.facts import invoice_voided
from usageflow_invoicer.service.lives import Moment, live_on
from usageflow_invoicer.store import charges, dunnings, payments
from usageflow_invoicer.store.invoices import issuing, reading
from usageflow_invoicer.store.invoices.issuing import Transition
from usageflow_invoicer.store.invoices.reading import Balance, StoredInvoice


async def void_invoice(engine: AsyncEngine, caller: Caller, invoice_id: UUID, reason: str, moment: Moment) -> Answer:
    """It is owed no more; its number stays, and what it billed counts as billed. Only while nothing was paid or credited."""
    async with transaction(engine) as tx:
        if done := await operations.claim(tx, caller):
            return done
        before = await lock_issued(tx, caller.org_id, invoice_id)
        balance = before.balance
        if balance.status != "open" or balance.paid_minor or balance.credited_minor:
            raise StateConflict(
                "Only an open invoice of which nothing was paid or credited can be voided.", balance.status
            )
        if await charges.pending_minor(tx, caller.org_id, invoice_id):
            raise StateConflict("A payment of this invoice is under way.", balance.status)
        # The chain is locked last: whoever closes holds the positions before it, which the end of dunning takes.
        await end_dunning(tx, before, moment)
        after_sequence, _ = await issuing.hold_chain(tx, caller.org_id)
        voided = replace(balance, status="void", voided_at=moment.now, voided_after=after_sequence)
        after = await settle(tx, before, voided, reason, moment)
        await outbox.enqueue(tx, [invoice_voided(after, reason, moment.now)], lane=str(caller.org_id))
        return await finish(tx, caller, "voided", before, after)


async def write_off_invoice(
    engine: AsyncEngine, caller: Caller, invoice_id: UUID, reason: str, moment: Moment
) -> Answer:
    """Nobody asks for the rest any more; a payment may still come."""
    async with transaction(engine) as tx:
        if done := await operations.claim(tx, caller):
            return done
        before = await lock_issued(tx, caller.org_id, invoice_id)
        if before.balance.status != "open":
            raise StateConflict("Only an open invoice can be written off.", before.balance.status)
        after = await settle(tx, before, replace(before.balance, status="uncollectible"), reason, moment)
        return await finish(tx, caller, "written_off", before, after)


async def lock_issued(tx: Transaction, org_id: UUID, invoice_id: UUID) -> StoredInvoice:
    """An issued invoice whose balance nobody else changes until the transaction ends. NotFound; StateConflict for a draft."""
    await payments.lock_balance(tx, org_id, invoice_id)
    found = await reading.read_invoice(tx, org_id, invoice_id)
    if found is None:
        raise NotFound
    if not found.relayed:
        raise StateConflict("The invoice is not issued yet.", "draft")
    return found


async def settle(
    tx: Transaction, before: StoredInvoice, balance: Balance, reason: str, moment: Moment
) -> StoredInvoice:
    """Store the balance of a locked invoice as its next version. A status that it enters is a transition; left open, dunning ends."""
    org_id, invoice_id = before.invoice.org_id, before.invoice.invoice_id
    if balance.status != before.balance.status:
        await end_dunning(tx, before, moment)
    after = replace(before, balance=replace(balance, version=before.balance.version + 1))
    await payments.update_balance(tx, org_id, invoice_id, after.balance)
    if balance.status != before.balance.status:
        entered = Transition(invoice_id, after.balance.version, balance.status, reason, moment.now)
        await issuing.insert_transition(tx, org_id, entered)
    return after


async def end_dunning(tx: Transaction, found: StoredInvoice, moment: Moment) -> None:
    """Nobody asks for it any more; its subscription is what it is without that. Nothing where it has ended before."""
    org_id = found.invoice.org_id
    subscription_id = await dunnings.end(tx, org_id, found.invoice.invoice_id, moment.now)
    if subscription_id is not None:
        await live_on(tx, org_id, [subscription_id], moment)


def paid_off(stored: StoredInvoice, balance: Balance, at: datetime) -> Balance:
    """The balance, as paid where nothing is due any more."""
    if balance.paid_minor + balance.credited_minor < stored.stored_total_minor:
        return balance
    return replace(balance, status="paid", paid_at=at)


async def finish(tx: Transaction, caller: Caller, word: str, before: StoredInvoice, after: StoredInvoice) -> Answer:
    """The answer of a change of an invoice: the invoice."""
    change = Change(
        f"invoice.{word}",
        "invoice",
        public_id(Prefix.INVOICE, after.invoice.invoice_id),
        before=_summary(before),
        after=_summary(after),
    )
    shown = invoice_body(after).model_dump(mode="json", by_alias=True)
    return await operations.finish(tx, caller, Answer(200, shown, etag=str(after.balance.version)), change)


def _summary(stored: StoredInvoice) -> dict[str, Any]:
    return invoice_summary(stored).model_dump(mode="json", by_alias=True)
