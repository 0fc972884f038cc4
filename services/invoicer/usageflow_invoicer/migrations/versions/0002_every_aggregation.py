"""Usage of every aggregation and group, and shards that are republished part by part."""

from __future__ import annotations

from alembic import op

revision = "0002"
down_revision = "0001"

_STATEMENTS = (
    """
ALTER TABLE invoicer.applied_offsets
    ADD COLUMN coming_generation bigint,
    ADD COLUMN coming_part integer,
    ADD CONSTRAINT ck_applied_offsets_coming CHECK ((coming_generation IS NULL) = (coming_part IS NULL)),
    ADD CONSTRAINT ck_applied_offsets_coming_higher CHECK (coming_generation > generation AND coming_part > 0)""",
    """
COMMENT ON TABLE invoicer.applied_offsets IS
    'applied: the offset of events.raw up to which everything was applied; position: where to read on in usage.aggregated; coming: a republished shard whose parts are applied up to this one'""",
    """
ALTER TABLE invoicer.usage_windows
    ADD COLUMN delta_seconds numeric,
    ADD COLUMN value numeric,
    ADD COLUMN value_at timestamp with time zone,
    ADD COLUMN value_event_id uuid,
    ADD CONSTRAINT ck_usage_windows_latest CHECK ((value_at IS NULL) = (value_event_id IS NULL))""",
    # The key of no group is the same in every service.
    "UPDATE invoicer.usage_windows SET group_key = '{}' WHERE group_key = ''",
    """
CREATE TABLE invoicer.usage_points (
    org_id uuid NOT NULL,
    customer_id text NOT NULL,
    metric_id uuid NOT NULL,
    window_start_at timestamp with time zone NOT NULL,
    group_key text NOT NULL,
    shard integer NOT NULL,
    value_hash bytea NOT NULL,
    generation bigint NOT NULL,
    version bigint NOT NULL,
    present boolean NOT NULL,
    CONSTRAINT pk_usage_points PRIMARY KEY (
        org_id, customer_id, metric_id, window_start_at, group_key, shard, value_hash),
    CONSTRAINT ck_usage_points_value_hash_length CHECK (octet_length(value_hash) = 16)
) WITH (fillfactor = 70)""",
    """
COMMENT ON TABLE invoicer.usage_points IS
    'the distinct values of UNIQUE metrics, per window; absent ones stay, so that an older state does not bring them back'""",
    """
ALTER TABLE invoicer.usage_periods
    ADD COLUMN delta_seconds numeric NOT NULL DEFAULT 0,
    ADD COLUMN opening numeric NOT NULL DEFAULT 0""",
    """
ALTER TABLE invoicer.usage_periods
    ALTER COLUMN delta_seconds DROP DEFAULT,
    ALTER COLUMN opening DROP DEFAULT""",
    """
COMMENT ON TABLE invoicer.usage_periods IS
    'the sum of a charge''s windows in a period, per shard; opening: the level at its start (WEIGHTED_SUM); changed: since it was billed last'""",
    """
ALTER TABLE invoicer.plan_metrics
    DROP CONSTRAINT ck_plan_metrics_aggregation_known,
    ADD CONSTRAINT ck_plan_metrics_aggregation_known CHECK (
        aggregation IN ('COUNT', 'SUM', 'MAX', 'MIN', 'AVG', 'UNIQUE', 'LATEST', 'WEIGHTED_SUM'))""",
)


def upgrade() -> None:
    """Add what is new; usage that is there keeps its sums."""
    for statement in _STATEMENTS:
        op.execute(statement)
