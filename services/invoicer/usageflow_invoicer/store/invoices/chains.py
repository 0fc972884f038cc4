"""Chains of invoices as a whole: who has one, where it ends, and its invoices in order."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa

from usageflow_common.database import Transaction
from usageflow_invoicer.tables import invoice_chains, invoices


@dataclass(frozen=True, slots=True)
class ChainEnd:
    """What the sequencer says of the last invoice."""

    sequence: int
    hash: str


@dataclass(frozen=True, slots=True)
class Numbered:
    """An invoice in its chain, with the hash that is stored for it."""

    sequence: int
    invoice_id: UUID
    number: str
    hash: str


async def organizations_with_chain(tx: Transaction) -> list[UUID]:
    """All that have issued an invoice, or were about to."""
    return list((await tx.scalars(sa.select(invoice_chains.c.org_id).order_by(invoice_chains.c.org_id))).all())


async def chain_end(tx: Transaction, org_id: UUID) -> ChainEnd | None:
    """None where nothing was ever issued."""
    c = invoice_chains.c
    row = (await tx.execute(sa.select(c.last_sequence, c.last_hash).where(c.org_id == org_id))).first()
    return ChainEnd(row.last_sequence, row.last_hash) if row else None


async def numbered_after(tx: Transaction, org_id: UUID, sequence: int, limit: int) -> list[Numbered]:
    """The invoices behind this number, in order."""
    i = invoices.c
    rows = await tx.execute(
        sa.select(i.sequence, i.invoice_id, i.number, i.hash)
        .where(i.org_id == org_id, i.sequence > sequence)
        .order_by(i.sequence)
        .limit(limit)
    )
    return [Numbered(*row) for row in rows]
