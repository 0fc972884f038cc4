"""Forget who a customer is: what names them goes, and every hash holds, since documents have only a salted hash of it.

What they used and owed stays, under the tenant's own id of them, which has to be a pseudonym to whoever reads it.
"""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine

from usageflow_common.database import transaction
from usageflow_common.operations import Change, record_change
from usageflow_common.records import ActorRecord
from usageflow_invoicer.store import customers
from usageflow_invoicer.store.invoices import erasing


class StillServed(Exception):
    """The customer has a subscription that was not canceled: the next invoice would have to name somebody."""


async def erase_customer(engine: AsyncEngine, org_id: UUID, customer_id: str, actor: ActorRecord, reason: str) -> int:
    """How many invoices name nobody now. LookupError without such a customer. Repeating it is harmless."""
    async with transaction(engine) as tx:
        before = await customers.lock_customer(tx, org_id, customer_id)
        if before is None:
            raise LookupError("There is no such customer.")
        if await customers.is_served(tx, org_id, customer_id):
            raise StillServed("The customer has a subscription: cancel it first.")
        nobody = replace(
            before,
            name=None,
            email=None,
            address=None,
            tax_id=None,
            metadata={},
            payment_method=None,
            version=before.version + 1,
        )
        await customers.update_customer(tx, nobody)
        invoices = await erasing.erase_customer_blocks(tx, org_id, customer_id)
        after = {"invoices": invoices, "reason": reason}
        await record_change(tx, org_id, actor, Change("customer.erased", "customer", customer_id, after=after))
    return invoices
