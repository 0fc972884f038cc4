"""The migration's composition root: schema and topics."""

from __future__ import annotations

from typing import Final

from usageflow_common.entry import bring_up_to_date
from usageflow_common.settings import MigrationSettings
from usageflow_common.topics import AUDIT_RECORDED, BILLING_EVENTS, INVOICE_CREATED, WEBHOOK_DISPATCH
from usageflow_webhooks.tables import SCHEMA

TOPICS: Final = (WEBHOOK_DISPATCH, INVOICE_CREATED, BILLING_EVENTS, AUDIT_RECORDED)
"""What this service writes, and what must be there before it reads."""


async def migrate(settings: MigrationSettings) -> None:
    """Safe to repeat, to be killed, and to run twice at once."""
    await bring_up_to_date(settings, SCHEMA, TOPICS)
