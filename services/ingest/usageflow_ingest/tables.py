"""The tables of the schema `ingest`, and the states that they refuse to hold."""

from __future__ import annotations

from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB, UUID

from usageflow_common.database import schema_metadata
from usageflow_common.migrations import ServiceSchema
from usageflow_common.operations import operations_table
from usageflow_common.outbox import outbox_table
from usageflow_common.positions import positions_table

metadata: Final = schema_metadata("ingest")
_INSTANT: Final = sa.DateTime(timezone=True)


def _required(name: str, kind: Any) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=False)


metrics = sa.Table(
    "metrics",
    metadata,
    _required("org_id", UUID(as_uuid=True)),
    _required("metric_id", UUID(as_uuid=True)),
    _required("code", sa.Text),
    _required("name", sa.Text),
    sa.Column("description", sa.Text),
    sa.Column("unit", sa.Text),
    _required("event_name", sa.Text),
    _required("aggregation", sa.Text),
    sa.Column("value_property", sa.Text),
    _required("filters", JSONB),
    _required("group_by", JSONB),
    _required("status", sa.Text),
    _required("active_from", _INSTANT),
    _required("metadata", JSONB),
    _required("created_at", _INSTANT),
    _required("version", sa.Integer),
    sa.PrimaryKeyConstraint("org_id", "metric_id"),
    sa.UniqueConstraint("org_id", "code"),
    sa.CheckConstraint("status IN ('active', 'archived')", name="status_known"),
    sa.CheckConstraint(
        "aggregation IN ('COUNT', 'SUM', 'MAX', 'MIN', 'AVG', 'UNIQUE', 'LATEST', 'WEIGHTED_SUM')",
        name="aggregation_known",
    ),
    sa.CheckConstraint("aggregation <> 'COUNT' OR value_property IS NULL", name="count_takes_no_value"),
    sa.CheckConstraint("aggregation <> 'UNIQUE' OR value_property IS NOT NULL", name="unique_needs_a_value"),
    sa.CheckConstraint("jsonb_typeof(filters) = 'array' AND jsonb_array_length(filters) <= 10", name="filters_few"),
    sa.CheckConstraint("jsonb_typeof(group_by) = 'array' AND jsonb_array_length(group_by) <= 5", name="group_by_few"),
    sa.CheckConstraint("active_from >= created_at", name="active_after_creation"),
    sa.CheckConstraint("version > 0", name="version_positive"),
    comment="What is counted. A definition never changes; status and words do.",
)
sa.Index("ix_metrics_org_id_created_at_metric_id", metrics.c.org_id, metrics.c.created_at, metrics.c.metric_id)
sa.Index("ix_metrics_org_id_event_name", metrics.c.org_id, metrics.c.event_name)

rejected_events = sa.Table(
    "rejected_events",
    metadata,
    _required("org_id", UUID(as_uuid=True)),
    _required("rejected_event_id", UUID(as_uuid=True)),
    _required("code", sa.Text),
    _required("detail", sa.Text),
    _required("index", sa.BigInteger),
    _required("body", sa.Text),
    sa.Column("idempotency_key", sa.Text),
    sa.Column("api_key_id", UUID(as_uuid=True)),
    sa.Column("request_id", sa.Text),
    sa.Column("customer_id", sa.Text),
    sa.Column("metric", sa.Text),
    _required("received_at", _INSTANT),
    sa.PrimaryKeyConstraint("org_id", "rejected_event_id"),
    comment="Refused events, for the debugger; kept 35 days.",
)
sa.Index(
    "ix_rejected_events_org_id_received_at_rejected_event_id",
    rejected_events.c.org_id,
    rejected_events.c.received_at,
    rejected_events.c.rejected_event_id,
)
sa.Index("ix_rejected_events_received_at", rejected_events.c.received_at)

operations = operations_table(metadata)
outbox = outbox_table(metadata)
consumer_positions = positions_table(metadata)

SCHEMA: Final = ServiceSchema("ingest", metadata, fenced=("metrics", "rejected_events"))
