"""After a restore: organizations as everybody else knows them, and nobody let in whom the lost time had turned away."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine

from usageflow_common.database import transaction
from usageflow_common.ids import Prefix, parse_public_id
from usageflow_common.records import AuditRecord, OrganizationRecord
from usageflow_gateway.domain.organizations import Organization
from usageflow_gateway.store import keys, organizations, sessions


async def adopt_organization(engine: AsyncEngine, record: OrganizationRecord) -> bool:
    """Whether the database had it as it was. One that it never had is not made: nobody would be its member."""
    async with transaction(engine) as tx:
        known = await organizations.organization_of(tx, record.org_id, lock=True)
        if known is None or known.version >= record.version:
            return False
        await organizations.update_organization(tx, _organization(record))
    return True


async def revoke_again(engine: AsyncEngine, entry: AuditRecord) -> bool:
    """Whether the entry tells of a key that opens something in this database; then it does no more. Its entry is in the log already."""
    if entry.action != "api_key.revoked":
        return False
    text = entry.target["id"]
    async with transaction(engine) as tx:
        return await keys.revoke_key(tx, parse_public_id(Prefix.API_KEY, text) or UUID(text), entry.at) is not None


async def end_all_sessions(engine: AsyncEngine) -> int:
    """Those that had ended, too: people sign in again. How many."""
    async with transaction(engine) as tx:
        return await sessions.end_all_sessions(tx)


def _organization(record: OrganizationRecord) -> Organization:
    return Organization(
        org_id=record.org_id,
        name=record.name,
        mode=record.mode,
        status=record.status,
        issuer=record.issuer,
        time_zone=record.time_zone,
        default_currency=record.default_currency,
        grace_hours=record.grace_hours,
        auto_finalize=record.auto_finalize,
        invoice_number_prefix=record.invoice_number_prefix,
        payment_term_days=record.payment_term_days,
        max_event_age_days=record.max_event_age_days,
        dunning={"retryAfterDays": list(record.retry_after_days), "suspendAfterDays": record.suspend_after_days},
        spread=record.spread,
        version=record.version,
        created_at=record.created_at,
        deleted_at=record.deleted_at,
    )
