"""PDF of invoices and credit notes."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine

from usageflow_common.tokens import Caller
from usageflow_invoicer.pdf.documents import credit_note_document, invoice_document
from usageflow_invoicer.pdf.rendering import render
from usageflow_invoicer.service.credit_notes import get_credit_note
from usageflow_invoicer.service.invoices import get_invoice


async def invoice_pdf(engine: AsyncEngine, caller: Caller, invoice_id: UUID, time_zone: str) -> tuple[bytes, int]:
    """The document, and the version of the invoice that it shows."""
    stored = await get_invoice(engine, caller.org_id, invoice_id)
    return await render(invoice_document(stored, time_zone), stored.invoice.issued_at), stored.balance.version


async def credit_note_pdf(engine: AsyncEngine, caller: Caller, credit_note_id: UUID, time_zone: str) -> bytes:
    """The document: a credit note never changes."""
    note = await get_credit_note(engine, caller, credit_note_id)
    stored = await get_invoice(engine, caller.org_id, note.invoice_id)
    return await render(credit_note_document(note, stored, time_zone), note.created_at)
