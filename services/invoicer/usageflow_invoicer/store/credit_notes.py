"""Credit notes: issued at once, numbered without gaps, never changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from usageflow_common.database import Transaction
from usageflow_common.wire import PageRequest
from usageflow_invoicer.domain.money import CreditWanted, Disposition
from usageflow_invoicer.tables import credit_note_lines, credit_notes


@dataclass(frozen=True, slots=True)
class CreditNote:
    """So much off lines of one invoice."""

    org_id: UUID
    credit_note_id: UUID
    sequence: int
    number: str
    invoice_id: UUID
    customer_id: str
    currency: str
    lines: tuple[CreditWanted, ...]
    reason: str
    disposition: Disposition
    after_sequence: int
    created_at: datetime

    @property
    def total_minor(self) -> int:
        """The sum of the lines."""
        return sum(line.amount_minor for line in self.lines)


@dataclass(frozen=True, slots=True)
class CreditNoteFilter:
    """What a list is narrowed to; None is everything."""

    invoice_id: UUID | None = None
    customer_id: str | None = None


async def insert_credit_note(tx: Transaction, note: CreditNote) -> None:
    """A note and its lines, for ever."""
    await tx.execute(
        sa.insert(credit_notes).values(
            org_id=note.org_id,
            credit_note_id=note.credit_note_id,
            sequence=note.sequence,
            number=note.number,
            invoice_id=note.invoice_id,
            customer_id=note.customer_id,
            currency=note.currency,
            total_minor=note.total_minor,
            reason=note.reason,
            disposition=note.disposition,
            after_sequence=note.after_sequence,
            created_at=note.created_at,
        )
    )
    rows = [
        {
            "org_id": note.org_id,
            "credit_note_id": note.credit_note_id,
            "position": position,
            "line_id": line.line_id,
            "amount_minor": line.amount_minor,
        }
        for position, line in enumerate(note.lines)
    ]
    await tx.execute(sa.insert(credit_note_lines), rows)


async def credited_lines(tx: Transaction, org_id: UUID, invoice_id: UUID) -> dict[UUID, int]:
    """What was credited of the invoice's lines so far."""
    n, line = credit_notes.c, credit_note_lines.c
    rows = await tx.execute(
        sa.select(line.line_id, sa.func.sum(line.amount_minor))
        .join(credit_notes, sa.and_(n.org_id == line.org_id, n.credit_note_id == line.credit_note_id))
        .where(n.org_id == org_id, n.invoice_id == invoice_id)
        .group_by(line.line_id)
    )
    return {row[0]: int(row[1]) for row in rows}


async def given_back(tx: Transaction, org_id: UUID, invoice_id: UUID) -> int:
    """What was paid on the invoice and credited since, by refund or for the next invoice."""
    n = credit_notes.c
    total = await tx.scalar(
        sa.select(sa.func.coalesce(sa.func.sum(n.total_minor), 0)).where(
            n.org_id == org_id, n.invoice_id == invoice_id, n.disposition != "reduce_due"
        )
    )
    return int(total or 0)


async def read_credit_note(tx: Transaction, org_id: UUID, credit_note_id: UUID) -> CreditNote | None:
    """One with its lines."""
    n = credit_notes.c
    rows = (
        await tx.execute(sa.select(credit_notes).where(n.org_id == org_id, n.credit_note_id == credit_note_id))
    ).all()
    found = await _with_lines(tx, org_id, rows)
    return found[0] if found else None


async def list_credit_notes(
    tx: Transaction, org_id: UUID, page: PageRequest, wanted: CreditNoteFilter
) -> list[CreditNote]:
    """Newest first, with their lines."""
    n = credit_notes.c
    statement = sa.select(credit_notes).where(n.org_id == org_id).order_by(n.sequence.desc()).limit(page.limit)
    if wanted.invoice_id is not None:
        statement = statement.where(n.invoice_id == wanted.invoice_id)
    if wanted.customer_id is not None:
        statement = statement.where(n.customer_id == wanted.customer_id)
    if page.after is not None:
        statement = statement.where(n.sequence < int(page.after[0]))
    return await _with_lines(tx, org_id, (await tx.execute(statement)).all())


async def _with_lines(tx: Transaction, org_id: UUID, rows: Sequence[sa.Row[Any]]) -> list[CreditNote]:
    line = credit_note_lines.c
    lines: dict[UUID, tuple[CreditWanted, ...]] = {}
    statement = (
        sa.select(credit_note_lines)
        .where(line.org_id == org_id, line.credit_note_id.in_([row.credit_note_id for row in rows]))
        .order_by(line.credit_note_id, line.position)
    )
    for row in await tx.execute(statement):
        credited = CreditWanted(row.line_id, row.amount_minor)
        lines[row.credit_note_id] = (*lines.get(row.credit_note_id, ()), credited)
    return [
        CreditNote(
            row.org_id,
            row.credit_note_id,
            row.sequence,
            row.number,
            row.invoice_id,
            row.customer_id,
            row.currency,
            lines[row.credit_note_id],
            row.reason,
            row.disposition,
            row.after_sequence,
            row.created_at,
        )
        for row in rows
    ]
