"""Credit that waits for a customer's next invoice: carried forward by invoices, or noted for it, and taken up by later ones."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import sqlalchemy as sa

from usageflow_common.database import Transaction, any_of
from usageflow_invoicer.tables import credit_notes, invoice_balances, invoice_lines, invoices


async def waiting_credits(
    tx: Transaction, org_id: UUID, customer_ids: Sequence[str], *, before_sequence: int | None = None
) -> dict[tuple[str, str], int]:
    """By (customer, currency), in minor units, 0 or more; `before_sequence`: as it was when the invoice of this number was made.

    What an invoice had taken up is there again once that is void.
    """
    i, line, b, n = invoices.c, invoice_lines.c, invoice_balances.c, credit_notes.c
    carried = (
        sa.select(i.customer_id, i.currency, line.amount_minor.label("amount_minor"))
        .join(invoice_lines, sa.and_(line.org_id == i.org_id, line.invoice_id == i.invoice_id))
        .join(invoice_balances, sa.and_(b.org_id == i.org_id, b.invoice_id == i.invoice_id))
        .where(i.org_id == org_id, any_of(i.customer_id, customer_ids), line.kind == "carry_forward")
    )
    noted = sa.select(n.customer_id, n.currency, n.total_minor.label("amount_minor")).where(
        n.org_id == org_id, any_of(n.customer_id, customer_ids), n.disposition == "next_invoice"
    )
    if before_sequence is None:
        carried = carried.where(b.voided_after.is_(None))
    else:
        carried = carried.where(
            i.sequence < before_sequence,
            sa.or_(b.voided_after.is_(None), b.voided_after >= before_sequence),
        )
        noted = noted.where(n.after_sequence < before_sequence)
    both = carried.union_all(noted).subquery()
    rows = await tx.execute(
        sa.select(both.c.customer_id, both.c.currency, sa.func.sum(both.c.amount_minor)).group_by(
            both.c.customer_id, both.c.currency
        )
    )
    return {(row[0], row[1]): int(row[2]) for row in rows}
