"""What each backfill amounts to, window by window, so that it can be taken back at once."""

from __future__ import annotations

from alembic import op

revision = "0004"
down_revision = "0003"

_STATEMENTS = (
    """
CREATE TABLE aggregator.backfill_usage (
    org_id uuid NOT NULL,
    backfill_id uuid NOT NULL,
    shard integer NOT NULL,
    metric_id uuid NOT NULL,
    customer_id text NOT NULL,
    window_start_at timestamp with time zone NOT NULL,
    group_key text NOT NULL,
    event_count bigint NOT NULL,
    total numeric NOT NULL,
    delta_seconds numeric NOT NULL,
    digest numeric(78, 0) NOT NULL,
    CONSTRAINT pk_backfill_usage PRIMARY KEY (
        org_id, backfill_id, shard, metric_id, customer_id, window_start_at, group_key),
    CONSTRAINT ck_backfill_usage_counts CHECK (event_count >= 0),
    CONSTRAINT ck_backfill_usage_digest_range CHECK (digest >= 0 AND digest < power(2::numeric, 256))
) WITH (fillfactor = 70)""",
    """
COMMENT ON TABLE aggregator.backfill_usage IS
    'What a backfill that was not reverted amounts to in a window, so that a revert takes it back at once.'""",
    """
CREATE TABLE aggregator.backfill_values (
    org_id uuid NOT NULL,
    backfill_id uuid NOT NULL,
    shard integer NOT NULL,
    metric_id uuid NOT NULL,
    customer_id text NOT NULL,
    window_start_at timestamp with time zone NOT NULL,
    group_key text NOT NULL,
    value_hash bytea NOT NULL,
    event_count bigint NOT NULL,
    CONSTRAINT pk_backfill_values PRIMARY KEY (
        org_id, backfill_id, shard, metric_id, customer_id, window_start_at, group_key, value_hash),
    CONSTRAINT ck_backfill_values_value_hash_length CHECK (octet_length(value_hash) = 16),
    CONSTRAINT ck_backfill_values_counts CHECK (event_count >= 0)
) WITH (fillfactor = 70)""",
    """
COMMENT ON TABLE aggregator.backfill_values IS 'The same for each distinct value of a UNIQUE metric.'""",
)


def upgrade() -> None:
    """Add the tables; nothing was counted under a backfill before."""
    for statement in _STATEMENTS:
        op.execute(statement)
