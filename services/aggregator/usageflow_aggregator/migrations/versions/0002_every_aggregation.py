"""Every aggregation, groups, corrections and backfills."""

from __future__ import annotations

from alembic import op

from usageflow_common.migrations import refuse_changes

revision = "0002"
down_revision = "0001"

_STATEMENTS = (
    "ALTER TABLE aggregator.event_keys ADD COLUMN tombstone boolean DEFAULT false NOT NULL",
    """
ALTER TABLE aggregator.aggregated_usage
    ADD COLUMN delta_seconds numeric,
    ADD COLUMN value numeric,
    ADD COLUMN value_at timestamp with time zone,
    ADD COLUMN value_event_id uuid,
    ADD CONSTRAINT ck_aggregated_usage_latest CHECK ((value_at IS NULL) = (value_event_id IS NULL))""",
    """
CREATE TABLE aggregator.unique_values (
    org_id uuid NOT NULL,
    metric_id uuid NOT NULL,
    customer_id text NOT NULL,
    window_start_at timestamp with time zone NOT NULL,
    group_key text NOT NULL,
    shard integer NOT NULL,
    value_hash bytea NOT NULL,
    generation bigint NOT NULL,
    version bigint NOT NULL,
    event_count bigint NOT NULL,
    CONSTRAINT pk_unique_values PRIMARY KEY (
        org_id, metric_id, customer_id, window_start_at, group_key, shard, value_hash),
    CONSTRAINT ck_unique_values_value_hash_length CHECK (octet_length(value_hash) = 16),
    CONSTRAINT ck_unique_values_counts CHECK (event_count >= 0 AND version >= event_count)
) WITH (fillfactor = 70)""",
    """
COMMENT ON TABLE aggregator.unique_values IS
    'A value of a UNIQUE metric in a window, and how many events of it have that value; 0 when corrections took the last.'""",
    """
CREATE TABLE aggregator.group_values (
    org_id uuid NOT NULL,
    metric_id uuid NOT NULL,
    customer_id text NOT NULL,
    shard integer NOT NULL,
    group_key text NOT NULL,
    CONSTRAINT pk_group_values PRIMARY KEY (org_id, metric_id, customer_id, shard, group_key)
)""",
    """
COMMENT ON TABLE aggregator.group_values IS
    'The groups that were admitted before the cap; whatever sorts events again sorts them by these.'""",
    """
CREATE TABLE aggregator.event_corrections (
    org_id uuid NOT NULL,
    partition integer NOT NULL,
    log_offset bigint NOT NULL,
    revision integer NOT NULL,
    event_id uuid NOT NULL,
    customer_id text NOT NULL,
    correction_id uuid NOT NULL,
    correction_offset bigint NOT NULL,
    kind text NOT NULL,
    amount numeric,
    occurred_at timestamp with time zone,
    properties jsonb,
    metric_ids uuid[],
    event_hash bytea,
    reason text NOT NULL,
    actor jsonb NOT NULL,
    received_at timestamp with time zone NOT NULL,
    appended_at timestamp with time zone NOT NULL,
    CONSTRAINT pk_event_corrections PRIMARY KEY (org_id, partition, log_offset, revision),
    CONSTRAINT uq_event_corrections_org_id_event_id_correction_id UNIQUE (org_id, event_id, correction_id),
    CONSTRAINT ck_event_corrections_kind CHECK (kind IN ('void', 'amend')),
    CONSTRAINT ck_event_corrections_revision CHECK (revision >= 2),
    CONSTRAINT ck_event_corrections_content CHECK (
        (kind = 'amend') = (amount IS NOT NULL AND occurred_at IS NOT NULL AND properties IS NOT NULL
         AND metric_ids IS NOT NULL AND event_hash IS NOT NULL))
)""",
    """
CREATE INDEX ix_event_corrections_org_id_customer_id_occurred_at
    ON aggregator.event_corrections (org_id, customer_id, occurred_at) WHERE kind = 'amend'""",
    """
COMMENT ON TABLE aggregator.event_corrections IS
    'What became of a counted event: at (partition, log_offset) it stands, at correction_offset of the same partition it changed.'""",
    """
CREATE TABLE aggregator.backfills (
    org_id uuid NOT NULL,
    backfill_id uuid NOT NULL,
    name text NOT NULL,
    from_at timestamp with time zone NOT NULL,
    to_at timestamp with time zone NOT NULL,
    reason text NOT NULL,
    status text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    closed_at timestamp with time zone,
    reverted_at timestamp with time zone,
    version integer NOT NULL,
    CONSTRAINT pk_backfills PRIMARY KEY (org_id, backfill_id),
    CONSTRAINT uq_backfills_org_id_name UNIQUE (org_id, name),
    CONSTRAINT ck_backfills_range CHECK (from_at < to_at),
    CONSTRAINT ck_backfills_status CHECK (status IN ('open', 'closed', 'reverted')),
    CONSTRAINT ck_backfills_reverted CHECK ((status = 'reverted') = (reverted_at IS NOT NULL)),
    CONSTRAINT ck_backfills_closed CHECK (status <> 'closed' OR closed_at IS NOT NULL)
)""",
    """
COMMENT ON TABLE aggregator.backfills IS
    'Named backfills: older events may come under an open one, and all that came can be taken back.'""",
    """
CREATE TABLE aggregator.backfill_counts (
    org_id uuid NOT NULL,
    backfill_id uuid NOT NULL,
    shard integer NOT NULL,
    counted bigint NOT NULL,
    reverted bigint NOT NULL,
    reverted_by uuid,
    reverted_offset bigint,
    CONSTRAINT pk_backfill_counts PRIMARY KEY (org_id, backfill_id, shard),
    CONSTRAINT ck_backfill_counts_counts CHECK (counted >= reverted AND reverted >= 0),
    CONSTRAINT ck_backfill_counts_reverted CHECK ((reverted_by IS NULL) = (reverted_offset IS NULL))
)""",
    """
COMMENT ON TABLE aggregator.backfill_counts IS
    'A backfill in one source partition: its events there, and the offset of the revert; behind it none of them counts.'""",
    refuse_changes("event_corrections", "aggregator"),
)


def upgrade() -> None:
    """Add what is new; nothing that is there changes."""
    for statement in _STATEMENTS:
        op.execute(statement)
