"""Give credit on lines of an issued invoice: off what is due, back, or for the next invoice."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine

from usageflow_common import operations, outbox
from usageflow_common.database import Transaction, transaction
from usageflow_common.errors import FieldError, NotFound, StateConflict, ValidationFailed
from usageflow_common.ids import Prefix, new_id, public_id
from usageflow_common.operations import Answer, Change
from usageflow_common.tokens import Caller
from usageflow_common.wire import PageRequest
from usageflow_invoicer.domain.money import Creditable, CreditWanted, credit_faults
from usageflow_invoicer.schemas.credit_notes import CreditNoteCreate, credit_note_body
from usageflow_invoicer.service.facts import invoice_paid
from usageflow_invoicer.service.lives import Moment
from usageflow_invoicer.service.settling import lock_issued, paid_off, settle
from usageflow_invoicer.store import charges
from usageflow_invoicer.store import credit_notes as store
from usageflow_invoicer.store.credit_notes import CreditNote, CreditNoteFilter
from usageflow_invoicer.store.invoices import issuing
from usageflow_invoicer.store.invoices.reading import StoredInvoice


async def create_credit_note(
    engine: AsyncEngine, caller: Caller, invoice_id: UUID, wanted: CreditNoteCreate, moment: Moment
) -> Answer:
    """Issued at once. ValidationFailed names each amount that is more than there is; StateConflict for a void invoice."""
    async with transaction(engine) as tx:
        if done := await operations.claim(tx, caller):
            return done
        found = await lock_issued(tx, caller.org_id, invoice_id)
        lines = await _check(tx, found, wanted)
        if wanted.disposition == "reduce_due":
            await _reduce_due(tx, found, sum(line.amount_minor for line in lines), moment)
        # The chain is locked last, and written: whoever issues an invoice meanwhile does it again with this credit.
        after_sequence, sequence = await issuing.hold_chain(tx, caller.org_id, credit_notes=1)
        note = CreditNote(
            caller.org_id,
            new_id(),
            sequence,
            f"CN-{sequence:06d}",
            invoice_id,
            found.invoice.customer_id,
            found.invoice.currency,
            lines,
            wanted.reason,
            wanted.disposition,
            after_sequence,
            moment.now,
        )
        await store.insert_credit_note(tx, note)
        shown = credit_note_body(note).model_dump(mode="json", by_alias=True)
        public = public_id(Prefix.CREDIT_NOTE, note.credit_note_id)
        change = Change("credit_note.created", "credit_note", public, after=shown)
        return await operations.finish(tx, caller, Answer(201, shown, location=f"/api/credit-notes/{public}"), change)


async def get_credit_note(engine: AsyncEngine, caller: Caller, credit_note_id: UUID) -> CreditNote:
    """One of the caller's organization."""
    async with transaction(engine, read_only=True) as tx:
        found = await store.read_credit_note(tx, caller.org_id, credit_note_id)
    if found is None:
        raise NotFound
    return found


async def list_credit_notes(
    engine: AsyncEngine, caller: Caller, page: PageRequest, wanted: CreditNoteFilter
) -> list[CreditNote]:
    """Newest first."""
    async with transaction(engine, "REPEATABLE READ", read_only=True) as tx:
        return await store.list_credit_notes(tx, caller.org_id, page, wanted)


async def _check(tx: Transaction, found: StoredInvoice, wanted: CreditNoteCreate) -> tuple[CreditWanted, ...]:
    org_id, invoice, balance = found.invoice.org_id, found.invoice, found.balance
    if balance.status == "void":
        raise StateConflict("The invoice is void: nothing of it is owed.", "void")
    if wanted.disposition == "reduce_due" and balance.status != "open":
        raise StateConflict("Nothing is due on this invoice.", balance.status)
    errors = [
        FieldError(f"/lines/{index}/amount/currency", "invalid_value", f"The invoice is in {invoice.currency}")
        for index, line in enumerate(wanted.lines)
        if line.amount.currency != invoice.currency
    ]
    if errors:
        raise ValidationFailed.of(*errors)
    credited = await store.credited_lines(tx, org_id, invoice.invoice_id)
    by_line = {
        line.line_id: line.amount_minor - credited.get(line.line_id, 0)
        for line in invoice.lines
        if line.amount_minor > 0 and line.kind != "carry_forward"
    }
    due = found.stored_total_minor - balance.paid_minor - balance.credited_minor
    due -= await charges.pending_minor(tx, org_id, invoice.invoice_id)
    paid = balance.paid_minor - await store.given_back(tx, org_id, invoice.invoice_id)
    lines = tuple(CreditWanted(line.line_id, line.amount.amount_minor) for line in wanted.lines)
    faults = credit_faults(lines, wanted.disposition, Creditable(by_line, due, paid))
    if faults:
        raise ValidationFailed.of(
            *(
                FieldError("/lines" if fault.index is None else f"/lines/{fault.index}", fault.code, fault.detail)
                for fault in faults
            )
        )
    return lines


async def _reduce_due(tx: Transaction, found: StoredInvoice, amount_minor: int, moment: Moment) -> None:
    credited = replace(found.balance, credited_minor=found.balance.credited_minor + amount_minor)
    after = await settle(tx, found, paid_off(found, credited, moment.now), "credited", moment)
    if after.balance.status == "paid":
        await outbox.enqueue(tx, [invoice_paid(after, payment=None, at=moment.now)])
