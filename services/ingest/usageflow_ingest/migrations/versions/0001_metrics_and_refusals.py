"""Metrics, refused events, and what every service keeps."""

from __future__ import annotations

from alembic import op

from usageflow_common.steps import create_operations, create_outbox

revision = "0001"
down_revision = None

_STATEMENTS = (
    """
CREATE TABLE ingest.metrics (
    org_id uuid NOT NULL,
    metric_id uuid NOT NULL,
    code text NOT NULL,
    name text NOT NULL,
    description text,
    unit text,
    event_name text NOT NULL,
    aggregation text NOT NULL,
    value_property text,
    filters jsonb NOT NULL,
    group_by jsonb NOT NULL,
    status text NOT NULL,
    active_from timestamp with time zone NOT NULL,
    metadata jsonb NOT NULL,
    created_at timestamp with time zone NOT NULL,
    version integer NOT NULL,
    CONSTRAINT pk_metrics PRIMARY KEY (org_id, metric_id),
    CONSTRAINT uq_metrics_org_id_code UNIQUE (org_id, code),
    CONSTRAINT ck_metrics_status_known CHECK (status IN ('active', 'archived')),
    CONSTRAINT ck_metrics_aggregation_known CHECK (aggregation IN ('COUNT', 'SUM')),
    CONSTRAINT ck_metrics_count_takes_no_value CHECK (aggregation <> 'COUNT' OR value_property IS NULL),
    CONSTRAINT ck_metrics_active_after_creation CHECK (active_from >= created_at),
    CONSTRAINT ck_metrics_version_positive CHECK (version > 0)
)""",
    "COMMENT ON TABLE ingest.metrics IS 'What is counted. A definition never changes; status and words do.'",
    "CREATE INDEX ix_metrics_org_id_created_at_metric_id ON ingest.metrics (org_id, created_at, metric_id)",
    "CREATE INDEX ix_metrics_org_id_event_name ON ingest.metrics (org_id, event_name)",
    """
CREATE TABLE ingest.rejected_events (
    org_id uuid NOT NULL,
    rejected_event_id uuid NOT NULL,
    code text NOT NULL,
    detail text NOT NULL,
    index bigint NOT NULL,
    body text NOT NULL,
    idempotency_key text,
    api_key_id uuid,
    request_id text,
    customer_id text,
    metric text,
    received_at timestamp with time zone NOT NULL,
    CONSTRAINT pk_rejected_events PRIMARY KEY (org_id, rejected_event_id)
)""",
    "COMMENT ON TABLE ingest.rejected_events IS 'Refused events, for the debugger; kept 35 days.'",
    """
CREATE INDEX ix_rejected_events_org_id_received_at_rejected_event_id
    ON ingest.rejected_events (org_id, received_at, rejected_event_id)""",
    "CREATE INDEX ix_rejected_events_received_at ON ingest.rejected_events (received_at)",
    """
CREATE TABLE ingest.consumer_positions (
    topic text NOT NULL,
    partition integer NOT NULL,
    next_offset bigint NOT NULL,
    CONSTRAINT pk_consumer_positions PRIMARY KEY (topic, partition),
    CONSTRAINT ck_consumer_positions_not_negative CHECK (next_offset >= 0 AND partition >= 0)
)""",
)


def upgrade() -> None:
    """Build the schema."""
    for statement in _STATEMENTS:
        op.execute(statement)
    create_operations("ingest")
    create_outbox("ingest")
