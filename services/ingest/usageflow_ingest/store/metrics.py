"""Rows of `metrics`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec
import sqlalchemy as sa

from usageflow_common.database import Row, Transaction
from usageflow_common.ids import stable_hash
from usageflow_common.records import MetricFilter
from usageflow_ingest.domain.metrics import Metric
from usageflow_ingest.tables import metrics

_AT: Final = metrics.c
_WHOLE: Final = sa.select(metrics)


@dataclass(frozen=True, slots=True)
class MetricSearch:
    """What a list asks for; empty means any."""

    status: tuple[str, ...] = ()
    event_name: tuple[str, ...] = ()
    code: tuple[str, ...] = ()


async def hold_event_name(tx: Transaction, org_id: UUID, event_name: str) -> None:
    """Until the transaction ends, nobody else makes or unarchives a metric of this event name: so one of them is the first."""
    lock_id = stable_hash(f"metrics/{org_id}/{event_name}") - 2**63
    await tx.execute(sa.select(sa.func.pg_advisory_xact_lock(lock_id)))


async def count_metrics(tx: Transaction, org_id: UUID, event_name: str) -> tuple[int, int]:
    """How many metrics name this event: of any status, and active ones."""
    counts = sa.select(sa.func.count(), sa.func.count().filter(_AT.status == "active"))
    found = await tx.execute(counts.where(_AT.org_id == org_id, _AT.event_name == event_name))
    known, active = found.one()
    return known, active


async def insert_metric(tx: Transaction, org_id: UUID, metric: Metric) -> None:
    """IntegrityError on `uq_metrics_org_id_code` when the code is taken."""
    await tx.execute(
        sa.insert(metrics).values(
            org_id=org_id,
            metric_id=metric.metric_id,
            code=metric.code,
            name=metric.name,
            description=metric.description,
            unit=metric.unit,
            event_name=metric.event_name,
            aggregation=metric.aggregation,
            value_property=metric.value_property,
            filters=[msgspec.structs.asdict(one) for one in metric.filters],
            group_by=list(metric.group_by),
            status=metric.status,
            active_from=metric.active_from,
            metadata=dict(metric.metadata),
            created_at=metric.created_at,
            version=metric.version,
        )
    )


async def find_metric(tx: Transaction, org_id: UUID, metric_id: UUID, *, lock: bool = False) -> Metric | None:
    """One metric; `lock` keeps others from changing it until the transaction ends."""
    query = _WHOLE.where(_AT.org_id == org_id, _AT.metric_id == metric_id)
    row = (await tx.execute(query.with_for_update() if lock else query)).one_or_none()
    return None if row is None else _metric(row)


async def update_metric(tx: Transaction, org_id: UUID, metric: Metric) -> None:
    """Write what can change of a metric that is locked: its words, status, beginning and version."""
    await tx.execute(
        sa.update(metrics)
        .where(_AT.org_id == org_id, _AT.metric_id == metric.metric_id)
        .values(
            name=metric.name,
            description=metric.description,
            unit=metric.unit,
            status=metric.status,
            active_from=metric.active_from,
            metadata=dict(metric.metadata),
            version=metric.version,
        )
    )


async def list_metrics(
    tx: Transaction, org_id: UUID, asked: MetricSearch, before: tuple[datetime, UUID] | None, limit: int
) -> Sequence[Metric]:
    """The newest first, those made before `before`."""
    query = _WHOLE.where(_AT.org_id == org_id)
    for column, values in ((_AT.status, asked.status), (_AT.event_name, asked.event_name), (_AT.code, asked.code)):
        if values:
            query = query.where(column.in_(values))
    if before is not None:
        query = query.where(sa.tuple_(_AT.created_at, _AT.metric_id) < sa.tuple_(*before))
    rows = await tx.execute(query.order_by(_AT.created_at.desc(), _AT.metric_id.desc()).limit(limit))
    return [_metric(row) for row in rows]


def _metric(row: Row) -> Metric:
    return Metric(
        org_id=row.org_id,
        metric_id=row.metric_id,
        code=row.code,
        name=row.name,
        description=row.description,
        unit=row.unit,
        event_name=row.event_name,
        aggregation=row.aggregation,
        value_property=row.value_property,
        filters=msgspec.convert(row.filters, tuple[MetricFilter, ...]),
        group_by=tuple(row.group_by),
        status=row.status,
        active_from=row.active_from,
        metadata=row._mapping[_AT.metadata],  # noqa: SLF001 - SQLAlchemy's public name for a row by its columns
        created_at=row.created_at,
        version=row.version,
    )
