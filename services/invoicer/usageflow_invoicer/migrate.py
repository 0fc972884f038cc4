"""The migration's composition root: schema, topics, and the row of every partition that has none."""

from __future__ import annotations

from typing import Final

from usageflow_common.database import create_engine
from usageflow_common.entry import bring_up_to_date
from usageflow_common.settings import MigrationSettings
from usageflow_common.topics import AUDIT_RECORDED, BILLING_EVENTS, CLOCKS_CHANGED, INVOICE_CREATED, USAGE_AGGREGATED
from usageflow_invoicer.service.upkeep import add_partitions
from usageflow_invoicer.tables import SCHEMA

TOPICS: Final = (INVOICE_CREATED, BILLING_EVENTS, CLOCKS_CHANGED, USAGE_AGGREGATED, AUDIT_RECORDED)
"""What this service writes, and what must be there before it reads."""


async def migrate(settings: MigrationSettings) -> None:
    """Safe to repeat, to be killed, and to run twice at once."""
    await bring_up_to_date(settings, SCHEMA, TOPICS)
    engine = create_engine(settings.database_url.get_secret_value(), application_name="invoicer migrate", pool_size=1)
    try:
        await add_partitions(engine, settings.event_partitions)
    finally:
        await engine.dispose()
