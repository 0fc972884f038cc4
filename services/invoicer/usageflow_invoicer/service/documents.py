"""PDF of invoices and credit notes."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine

from usageflow_common.records import OrganizationRecord
from usageflow_common.tokens import Caller
from usageflow_invoicer.pdf.documents import credit_note_document, invoice_document
from usageflow_invoicer.pdf.rendering import render
from usageflow_invoicer.service.credit_notes import get_credit_note
from usageflow_invoicer.service.customers import get_customer
from usageflow_invoicer.service.drafts import as_invoice, find_draft
from usageflow_invoicer.service.invoices import get_invoice
from usageflow_invoicer.store.drafts import DraftFilter


async def invoice_pdf(engine: AsyncEngine, caller: Caller, invoice_id: UUID, time_zone: str) -> tuple[bytes, int]:
    """The document, and the version of the invoice that it shows."""
    stored = await get_invoice(engine, caller.org_id, invoice_id)
    return await render(invoice_document(stored, time_zone), stored.invoice.issued_at), stored.balance.version


async def draft_pdf(
    engine: AsyncEngine, caller: Caller, invoice_id: UUID, organization: OrganizationRecord, now: datetime
) -> bytes:
    """A period that has ended and is not invoiced, by what is counted so far. NotFound where there is none."""
    draft = await find_draft(engine, caller, invoice_id, DraftFilter(now))
    customer = await get_customer(engine, caller, draft.upcoming.customer_id)
    document = invoice_document(as_invoice(draft, organization, customer), organization.time_zone)
    return await render(document, now)


async def credit_note_pdf(engine: AsyncEngine, caller: Caller, credit_note_id: UUID, time_zone: str) -> bytes:
    """The document: a credit note never changes."""
    note = await get_credit_note(engine, caller, credit_note_id)
    stored = await get_invoice(engine, caller.org_id, note.invoice_id)
    return await render(credit_note_document(note, stored, time_zone), note.created_at)
