"""A restored database takes over what Kafka knows of metrics, or nobody would listen to their next version."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy.ext.asyncio import AsyncEngine

from usageflow_common.database import transaction
from usageflow_common.records import MetricRecord
from usageflow_ingest.domain.metrics import Metric
from usageflow_ingest.store import metrics as store


async def adopt_metric(engine: AsyncEngine, record: MetricRecord) -> bool:
    """Whether the database had it as it was, or not at all. A record has no words: a metric that was lost is named by its code."""
    async with transaction(engine) as tx:
        known = await store.find_metric(tx, record.org_id, record.metric_id, lock=True)
        if known is None:
            await store.insert_metric(tx, record.org_id, _metric(record))
            return True
        if known.version >= record.version:
            return False
        changed = replace(known, status=record.status, active_from=record.active_from, version=record.version)
        await store.update_metric(tx, record.org_id, changed)
    return True


def _metric(record: MetricRecord) -> Metric:
    return Metric(
        org_id=record.org_id,
        metric_id=record.metric_id,
        code=record.code,
        name=record.code,
        description=None,
        unit=None,
        event_name=record.event_name,
        aggregation=record.aggregation,
        value_property=record.value_property,
        filters=record.filters,
        group_by=record.group_by,
        status=record.status,
        active_from=record.active_from,
        metadata={},
        created_at=record.created_at,
        version=record.version,
    )
