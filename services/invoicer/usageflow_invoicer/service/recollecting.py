"""What only the audit log tells of a lost invoice: parts that were paid, credit notes, and that it was written off.

A balance is added up from its payments and notes, so an entry that comes again changes nothing. Writers stand still meanwhile.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine

from usageflow_common.database import Transaction, transaction
from usageflow_common.ids import Prefix, parse_public_id
from usageflow_common.records import AuditRecord
from usageflow_invoicer.domain.money import CreditWanted
from usageflow_invoicer.service.lives import Moment
from usageflow_invoicer.service.reimporting import NotTheNext, import_payment, import_shown
from usageflow_invoicer.service.settling import paid_off, settle
from usageflow_invoicer.store import credit_notes
from usageflow_invoicer.store.credit_notes import CreditNote
from usageflow_invoicer.store.invoices import issuing, reading, reissued

_OWED = ("open", "uncollectible")


async def import_entry(engine: AsyncEngine, entry: AuditRecord, wall: datetime) -> bool:
    """Whether it told something that was not there. NotTheNext for a credit note that does not follow the last one."""
    if entry.outcome != "done" or entry.after is None:
        return False
    moment = Moment(entry.at, wall)
    async with transaction(engine) as tx:
        match entry.action:
            case "payment.recorded":
                return await _import_payment(tx, entry.org_id, entry.after, moment)
            case "credit_note.created":
                return await _import_credit_note(tx, entry.org_id, entry.after, moment)
            case "invoice.written_off":
                invoice_id = parse_public_id(Prefix.INVOICE, entry.after["id"])
                return invoice_id is not None and await import_shown(tx, entry.org_id, invoice_id, entry.after, moment)
            case _:
                return False


async def _import_payment(tx: Transaction, org_id: UUID, shown: Mapping[str, Any], moment: Moment) -> bool:
    invoice_id = await _known_invoice(tx, org_id, shown)
    if invoice_id is None or not await import_payment(tx, org_id, invoice_id, shown):
        return False
    await _add_up(tx, org_id, invoice_id, moment)
    return True


async def _import_credit_note(tx: Transaction, org_id: UUID, shown: Mapping[str, Any], moment: Moment) -> bool:
    invoice_id = await _known_invoice(tx, org_id, shown)
    note_id = parse_public_id(Prefix.CREDIT_NOTE, shown["id"])
    if invoice_id is None or note_id is None or await credit_notes.read_credit_note(tx, org_id, note_id):
        return False
    created_at = datetime.fromisoformat(shown["createdAt"])
    _, sequence = await issuing.hold_chain(tx, org_id, credit_notes=1)
    if shown["number"] != f"CN-{sequence:06d}":
        raise NotTheNext(f"{shown['number']} does not follow credit note number {sequence - 1}")
    lines = tuple(
        CreditWanted(cast("UUID", parse_public_id(Prefix.LINE, line["lineId"])), line["amount"]["amountMinor"])
        for line in shown["lines"]
    )
    note = CreditNote(
        org_id,
        note_id,
        sequence,
        shown["number"],
        invoice_id,
        shown["customerId"],
        shown["total"]["currency"],
        lines,
        shown["reason"],
        shown["disposition"],
        await reissued.last_issued_by(tx, org_id, created_at),
        created_at,
    )
    await credit_notes.insert_credit_note(tx, note)
    await _add_up(tx, org_id, invoice_id, moment)
    return True


async def _known_invoice(tx: Transaction, org_id: UUID, shown: Mapping[str, Any]) -> UUID | None:
    """The invoice that is spoken of, locked; None where this database has no such one."""
    invoice_id = parse_public_id(Prefix.INVOICE, shown["invoiceId"])
    if invoice_id is None or await reissued.read_balance(tx, org_id, invoice_id) is None:
        return None
    return invoice_id


async def _add_up(tx: Transaction, org_id: UUID, invoice_id: UUID, moment: Moment) -> None:
    """Where something is owed yet: what was paid and credited of it, as its payments and notes say."""
    found = await reading.read_invoice(tx, org_id, invoice_id)
    if found is None or found.balance.status not in _OWED:
        return
    paid, credited = await reissued.sums_of(tx, org_id, invoice_id)
    if (paid, credited) != (found.balance.paid_minor, found.balance.credited_minor):
        balance = replace(found.balance, paid_minor=paid, credited_minor=credited)
        await settle(tx, found, paid_off(found, balance, moment.now), "imported", moment)
