"""The migration's composition root: schema and topics."""

from __future__ import annotations

from typing import Final

from usageflow_common.entry import bring_up_to_date
from usageflow_common.settings import MigrationSettings
from usageflow_common.topics import AUDIT_RECORDED, EVENTS_RAW, EVENTS_REJECTED, METRICS_CHANGED
from usageflow_ingest.tables import SCHEMA

TOPICS: Final = (EVENTS_RAW, EVENTS_REJECTED, METRICS_CHANGED, AUDIT_RECORDED)
"""What this service writes, and what must be there before it reads."""


async def migrate(settings: MigrationSettings) -> None:
    """Safe to repeat, to be killed, and to run twice at once."""
    await bring_up_to_date(settings, SCHEMA, TOPICS)
