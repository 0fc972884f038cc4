"""How it stands with the money of an invoice: whether a provider could be asked for it now, and where its dunning has come to."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine

from usageflow_common.database import transaction
from usageflow_common.errors import NotFound
from usageflow_common.records import OrganizationRecord
from usageflow_invoicer.domain.money import DunningPlan, Obstacle, Standing, further_attempts
from usageflow_invoicer.store import charges, dunnings
from usageflow_invoicer.store.invoices.reading import read_invoice


async def read_standing(
    engine: AsyncEngine, organization: OrganizationRecord, invoice_id: UUID, *, has_provider: bool
) -> Standing:
    """As it is. NotFound for an invoice that is not issued."""
    org_id = organization.org_id
    async with transaction(engine, "REPEATABLE READ", read_only=True) as tx:
        found = await read_invoice(tx, org_id, invoice_id)
        if found is None:
            raise NotFound
        dunning = await dunnings.read(tx, org_id, invoice_id)
        obstacle: Obstacle | None = None
        if not found.relayed or found.balance.status not in ("open", "uncollectible"):
            obstacle = "not_due"
        elif await charges.pending_minor(tx, org_id, invoice_id):
            obstacle = "under_way"
        elif not has_provider:
            obstacle = "no_provider"
        elif await charges.payment_method_of(tx, org_id, found.invoice.customer_id) is None:
            obstacle = "no_payment_method"
    plan = DunningPlan(tuple(organization.retry_after_days), organization.suspend_after_days)
    return Standing(obstacle, dunning, further_attempts(dunning, plan))
