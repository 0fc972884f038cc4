"""An organization as the gateway would announce it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from usageflow_common.kafka import Outgoing
from usageflow_common.records import OrganizationRecord
from usageflow_common.topics import ORGANIZATIONS_CHANGED, encode, tenant_key


def organization_record(org_id: UUID, **changes: Any) -> OrganizationRecord:
    """With the settings of a new one, but for `changes`."""
    members: dict[str, Any] = {
        "org_id": org_id,
        "name": "Acme",
        "mode": "live",
        "status": "active",
        "time_zone": "UTC",
        "default_currency": "USD",
        "grace_hours": 1,
        "auto_finalize": True,
        "invoice_number_prefix": "INV-",
        "payment_term_days": 14,
        "max_event_age_days": 35,
        "issuer": {"name": "Acme", "address": None, "taxId": None},
        "spread": 1,
        "created_at": datetime(2026, 1, 1, tzinfo=UTC),
        "version": 1,
    }
    return OrganizationRecord(**(members | changes))


def announcement_of(record: OrganizationRecord) -> Outgoing:
    """What the gateway sends."""
    return Outgoing(ORGANIZATIONS_CHANGED, tenant_key(record.org_id), encode(record))
