"""The one thing of an issued invoice that may go: who it was for."""

from __future__ import annotations

from uuid import UUID

import sqlalchemy as sa

from usageflow_common.database import Transaction
from usageflow_invoicer.tables import invoice_customers, invoices


async def erase_customer_blocks(tx: Transaction, org_id: UUID, customer_id: str) -> int:
    """Of all of the customer's invoices, with the salt, so that nobody can test a guess; how many still had one."""
    c, i = invoice_customers.c, invoices.c
    erased = await tx.execute(
        sa.update(invoice_customers)
        .where(c.org_id == org_id, c.invoice_id == i.invoice_id, i.org_id == org_id, i.customer_id == customer_id)
        .where(c.block.is_not(None))
        .values(block=sa.null(), salt=b"")
        .returning(c.invoice_id)
    )
    return len(erased.all())
