"""Metrics of every aggregation, with filters and group-by keys."""

from __future__ import annotations

from alembic import op

revision = "0002"
down_revision = "0001"

_STATEMENTS = (
    """
ALTER TABLE ingest.metrics
    DROP CONSTRAINT ck_metrics_aggregation_known,
    ADD CONSTRAINT ck_metrics_aggregation_known
        CHECK (aggregation IN ('COUNT', 'SUM', 'MAX', 'MIN', 'AVG', 'UNIQUE', 'LATEST', 'WEIGHTED_SUM')),
    ADD CONSTRAINT ck_metrics_unique_needs_a_value CHECK (aggregation <> 'UNIQUE' OR value_property IS NOT NULL),
    ADD CONSTRAINT ck_metrics_filters_few
        CHECK (jsonb_typeof(filters) = 'array' AND jsonb_array_length(filters) <= 10),
    ADD CONSTRAINT ck_metrics_group_by_few
        CHECK (jsonb_typeof(group_by) = 'array' AND jsonb_array_length(group_by) <= 5)""",
)


def upgrade() -> None:
    """Permit them."""
    for statement in _STATEMENTS:
        op.execute(statement)
