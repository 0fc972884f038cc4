"""Positions, keys, events, windows, and what could not be counted."""

from __future__ import annotations

from alembic import op

from usageflow_common.migrations import refuse_changes
from usageflow_common.steps import create_operations, create_outbox

revision = "0001"
down_revision = None

_STATEMENTS = (
    """
CREATE TABLE aggregator.key_generations (
    generation integer NOT NULL,
    started_at timestamp with time zone NOT NULL,
    CONSTRAINT pk_key_generations PRIMARY KEY (generation)
)""",
    "COMMENT ON TABLE aggregator.key_generations IS 'Generations of event_keys; the highest takes new keys.'",
    "INSERT INTO aggregator.key_generations (generation, started_at) VALUES (1, now())",
    """
CREATE TABLE aggregator.event_keys (
    org_id uuid NOT NULL,
    event_id uuid NOT NULL,
    generation integer NOT NULL,
    payload_hash bytea NOT NULL,
    partition integer NOT NULL,
    log_offset bigint NOT NULL,
    received_on date NOT NULL,
    CONSTRAINT pk_event_keys PRIMARY KEY (org_id, event_id, generation),
    CONSTRAINT ck_event_keys_payload_hash_length CHECK (octet_length(payload_hash) = 32)
)""",
    "COMMENT ON TABLE aggregator.event_keys IS 'The ledger of keys: what stands here has been counted, and counts no second time.'",
    """
CREATE TABLE aggregator.usage_events (
    org_id uuid NOT NULL,
    partition integer NOT NULL,
    log_offset bigint NOT NULL,
    event_id uuid NOT NULL,
    idempotency_key text NOT NULL,
    metric text NOT NULL,
    metric_ids uuid[] NOT NULL,
    amount numeric NOT NULL,
    customer_id text NOT NULL,
    occurred_at timestamp with time zone NOT NULL,
    occurred_at_given boolean NOT NULL,
    properties jsonb NOT NULL,
    salt bytea NOT NULL,
    event_hash bytea NOT NULL,
    received_at timestamp with time zone NOT NULL,
    appended_at timestamp with time zone NOT NULL,
    backfill_id uuid,
    api_key_id uuid,
    CONSTRAINT pk_usage_events PRIMARY KEY (org_id, partition, log_offset),
    CONSTRAINT ck_usage_events_event_hash_length CHECK (octet_length(event_hash) = 32)
)""",
    """
CREATE INDEX ix_usage_events_org_id_customer_id_occurred_at
    ON aggregator.usage_events (org_id, customer_id, occurred_at)""",
    "COMMENT ON TABLE aggregator.usage_events IS 'Every counted event, as it was counted. Rows are never changed.'",
    """
CREATE TABLE aggregator.aggregated_usage (
    org_id uuid NOT NULL,
    metric_id uuid NOT NULL,
    customer_id text NOT NULL,
    window_start_at timestamp with time zone NOT NULL,
    group_key text NOT NULL,
    shard integer NOT NULL,
    generation bigint NOT NULL,
    version bigint NOT NULL,
    changed_before_offset bigint NOT NULL,
    event_count bigint NOT NULL,
    total numeric NOT NULL,
    digest numeric(78, 0) NOT NULL,
    CONSTRAINT pk_aggregated_usage PRIMARY KEY (org_id, metric_id, customer_id, window_start_at, group_key, shard),
    CONSTRAINT ck_aggregated_usage_whole_window CHECK (extract(epoch FROM window_start_at)::bigint % 900 = 0),
    CONSTRAINT ck_aggregated_usage_counts CHECK (event_count >= 0 AND version >= event_count),
    CONSTRAINT ck_aggregated_usage_digest_range CHECK (digest >= 0 AND digest < power(2::numeric, 256))
) WITH (fillfactor = 70)""",
    """
COMMENT ON TABLE aggregator.aggregated_usage IS
    'One window of one metric, customer, group and source partition (shard). Its only writer counts that partition.'""",
    """
CREATE TABLE aggregator.conflicts (
    org_id uuid NOT NULL,
    conflict_id uuid NOT NULL,
    kind text NOT NULL,
    event_id uuid NOT NULL,
    refused_hash bytea NOT NULL,
    refused jsonb NOT NULL,
    partition integer NOT NULL,
    log_offset bigint NOT NULL,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT pk_conflicts PRIMARY KEY (org_id, conflict_id),
    CONSTRAINT uq_conflicts_org_id_event_id_kind_refused_hash UNIQUE (org_id, event_id, kind, refused_hash),
    CONSTRAINT ck_conflicts_kind CHECK (kind IN ('payload_mismatch', 'stale_amendment'))
)""",
    """
COMMENT ON TABLE aggregator.conflicts IS
    'Events that came under a used key with another payload; repetitions of one stand here once.'""",
    """
CREATE TABLE aggregator.quarantined_events (
    partition integer NOT NULL,
    log_offset bigint NOT NULL,
    org_id uuid,
    detail text NOT NULL,
    key bytea,
    value bytea,
    schema_name text NOT NULL,
    appended_at timestamp with time zone NOT NULL,
    released_at timestamp with time zone,
    released_by text,
    release_reason text,
    CONSTRAINT pk_quarantined_events PRIMARY KEY (partition, log_offset),
    CONSTRAINT ck_quarantined_events_release CHECK (
        (released_at IS NULL) = (released_by IS NULL) AND (released_at IS NULL) = (release_reason IS NULL))
)""",
    """
COMMENT ON TABLE aggregator.quarantined_events IS
    'Records of events.raw that nobody can read. Not of one tenant alone: some do not even say whose they are.'""",
    """
CREATE TABLE aggregator.consumer_offsets (
    partition integer NOT NULL,
    generation bigint NOT NULL,
    start_offset bigint NOT NULL,
    next_offset bigint NOT NULL,
    last_hash bytea,
    last_appended_at timestamp with time zone,
    anchor_offset bigint NOT NULL,
    anchor_hash bytea NOT NULL,
    counted bigint DEFAULT 0 NOT NULL,
    duplicate bigint DEFAULT 0 NOT NULL,
    conflict bigint DEFAULT 0 NOT NULL,
    correction bigint DEFAULT 0 NOT NULL,
    marker bigint DEFAULT 0 NOT NULL,
    quarantined bigint DEFAULT 0 NOT NULL,
    skipped bigint DEFAULT 0 NOT NULL,
    CONSTRAINT pk_consumer_offsets PRIMARY KEY (partition),
    CONSTRAINT ck_consumer_offsets_conservation CHECK (
        next_offset - start_offset = counted + duplicate + conflict + correction + marker + quarantined + skipped),
    CONSTRAINT ck_consumer_offsets_no_negatives CHECK (
        least(counted, duplicate, conflict, correction, marker, quarantined, skipped, start_offset) >= 0),
    CONSTRAINT ck_consumer_offsets_last_hash CHECK ((next_offset > start_offset) = (last_hash IS NOT NULL)),
    CONSTRAINT ck_consumer_offsets_last_appended_at CHECK ((last_hash IS NULL) = (last_appended_at IS NULL))
) WITH (fillfactor = 50)""",
    """
COMMENT ON TABLE aggregator.consumer_offsets IS
    'Where each partition of events.raw stands, and what became of every record in front of it.'""",
    """
CREATE TABLE aggregator.partition_progress (
    partition integer NOT NULL,
    counted_through timestamp with time zone NOT NULL,
    CONSTRAINT pk_partition_progress PRIMARY KEY (partition),
    CONSTRAINT fk_partition_progress_partition FOREIGN KEY (partition) REFERENCES aggregator.consumer_offsets (partition)
)""",
    "COMMENT ON TABLE aggregator.partition_progress IS 'Whatever was accepted before this instant is counted.'",
    refuse_changes("usage_events", "aggregator"),
    refuse_changes("conflicts", "aggregator"),
)


def upgrade() -> None:
    """Create everything."""
    for statement in _STATEMENTS:
        op.execute(statement)
    create_outbox("aggregator")
    create_operations("aggregator")
