"""Migration steps that every service's schema takes: its outbox and its stored answers. A released step never changes."""

from __future__ import annotations

from alembic import op


def create_outbox(schema: str) -> None:
    """Version 1 of the outbox."""
    op.execute(f"""
CREATE TABLE {schema}.outbox (
    id bigint GENERATED ALWAYS AS IDENTITY,
    topic text NOT NULL,
    topic_version integer NOT NULL,
    partition integer,
    key bytea NOT NULL,
    value bytea NOT NULL,
    headers jsonb NOT NULL,
    lane text,
    enqueued_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT pk_outbox PRIMARY KEY (id)
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000)""")


def create_operations(schema: str) -> None:
    """Version 1 of the operations."""
    op.execute(f"""
CREATE TABLE {schema}.operations (
    org_id uuid NOT NULL,
    operation_id uuid NOT NULL,
    fingerprint text NOT NULL,
    status smallint NOT NULL,
    body json,
    sealed bytea,
    location text,
    etag text,
    awaits bigint[] NOT NULL,
    finished_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT pk_operations PRIMARY KEY (org_id, operation_id),
    CONSTRAINT ck_operations_succeeded CHECK (status >= 200 AND status < 300),
    CONSTRAINT ck_operations_one_body CHECK (body IS NULL OR sealed IS NULL)
)""")
    op.execute(f"CREATE INDEX ix_operations_finished_at ON {schema}.operations (finished_at)")
