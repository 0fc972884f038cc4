"""The tables of the webhooks schema. Facts and attempts are append-only; where a dispatch stands is kept in one row of its own."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from usageflow_common.database import schema_metadata
from usageflow_common.migrations import ServiceSchema
from usageflow_common.operations import operations_table
from usageflow_common.outbox import outbox_table
from usageflow_common.positions import positions_table

METADATA: Final = schema_metadata("webhooks")

_INSTANT: Final = sa.DateTime(timezone=True)


def _tenant_key(name: str) -> tuple[sa.Column[object], sa.Column[object]]:
    return (
        sa.Column("org_id", pg.UUID(as_uuid=True), primary_key=True),
        sa.Column(name, pg.UUID(as_uuid=True), primary_key=True),
    )


EVENT_SEQUENCES: Final = sa.Table(
    "event_sequences",
    METADATA,
    sa.Column("org_id", pg.UUID(as_uuid=True), primary_key=True),
    sa.Column("last_sequence", sa.BigInteger, nullable=False),
    # Of what was known by this instant, nothing is to be forgotten: whoever forgets moves it on, and looks at nobody before it.
    sa.Column("facts_from", _INSTANT, nullable=False, server_default=sa.text("now()")),
    sa.CheckConstraint("last_sequence >= 0", name="not_negative"),
    sa.Index("ix_event_sequences_facts_from", "facts_from"),
    comment="One row for each organization: the lock under which its events are numbered and its endpoints counted.",
)

WEBHOOK_ENDPOINTS: Final = sa.Table(
    "webhook_endpoints",
    METADATA,
    *_tenant_key("endpoint_id"),
    sa.Column("url", sa.Text, nullable=False),
    sa.Column("description", sa.Text),
    sa.Column("event_types", pg.ARRAY(sa.Text), nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("disabled_reason", sa.Text),
    sa.Column("secret_rotated_at", _INSTANT, nullable=False),
    sa.Column("created_at", _INSTANT, nullable=False),
    sa.Column("deleted_at", _INSTANT),
    sa.Column("version", sa.BigInteger, nullable=False),
    sa.Column("concurrency", sa.Integer, nullable=False, server_default=sa.text("16")),
    sa.Column("rate_per_second", sa.Integer),
    sa.Column("header_names", pg.ARRAY(sa.Text), nullable=False, server_default=sa.text("'{}'::text[]")),
    sa.Column("headers_key_id", sa.Text),
    sa.Column("headers_sealed", sa.LargeBinary),
    sa.CheckConstraint("status IN ('enabled', 'disabled')", name="status_known"),
    sa.CheckConstraint("disabled_reason IN ('manual', 'gone', 'failing')", name="reason_known"),
    sa.CheckConstraint("(status = 'disabled') = (disabled_reason IS NOT NULL)", name="disabled_has_reason"),
    sa.CheckConstraint("deleted_at IS NULL OR status = 'disabled'", name="deleted_is_disabled"),
    sa.CheckConstraint("cardinality(event_types) > 0", name="chooses_something"),
    sa.CheckConstraint("length(url) <= 2048", name="url_bounded"),
    sa.CheckConstraint("concurrency BETWEEN 1 AND 64", name="concurrency_bounded"),
    sa.CheckConstraint("rate_per_second BETWEEN 1 AND 10000", name="rate_bounded"),
    sa.CheckConstraint("cardinality(header_names) <= 20", name="headers_few"),
    sa.CheckConstraint(
        "(cardinality(header_names) = 0) = (headers_sealed IS NULL)"
        " AND (headers_sealed IS NULL) = (headers_key_id IS NULL)",
        name="headers_sealed",
    ),
    comment="Where to send what. Whoever changes an endpoint, or its dispatches as a whole, locks its row first.",
)

ENDPOINT_SECRETS: Final = sa.Table(
    "endpoint_secrets",
    METADATA,
    *_tenant_key("endpoint_id"),
    sa.Column("secret_id", pg.UUID(as_uuid=True), primary_key=True),
    sa.Column("key_id", sa.Text, nullable=False),
    sa.Column("sealed", sa.LargeBinary, nullable=False),
    sa.Column("created_at", _INSTANT, nullable=False),
    sa.Column("expires_at", _INSTANT),
    sa.ForeignKeyConstraint(["org_id", "endpoint_id"], ["webhook_endpoints.org_id", "webhook_endpoints.endpoint_id"]),
    sa.Index(
        "uq_endpoint_secrets_current",
        "org_id",
        "endpoint_id",
        unique=True,
        postgresql_where=sa.text("expires_at IS NULL"),
    ),
    comment="Signing secrets, sealed. The current one has no end; older ones sign until theirs.",
)

ENDPOINT_STATE: Final = sa.Table(
    "endpoint_state",
    METADATA,
    *_tenant_key("endpoint_id"),
    sa.Column("failing_since", _INSTANT),
    sa.Column("next_due_at", _INSTANT),
    sa.Column("places", sa.Integer, nullable=False, server_default=sa.text("4")),
    sa.Column("failures", sa.Integer, nullable=False, server_default=sa.text("0")),
    sa.Column("resume_at", _INSTANT),
    sa.Column("next_slot_at", _INSTANT),
    sa.ForeignKeyConstraint(["org_id", "endpoint_id"], ["webhook_endpoints.org_id", "webhook_endpoints.endpoint_id"]),
    sa.CheckConstraint("places >= 1 AND failures >= 0", name="counts_possible"),
    sa.Index("ix_endpoint_state_due", "next_due_at", postgresql_where=sa.text("next_due_at IS NOT NULL")),
    postgresql_with={"fillfactor": 50, "autovacuum_vacuum_scale_factor": 0, "autovacuum_vacuum_threshold": 2000},
    comment="What deliveries say about an endpoint: when to look at it next, how many attempts at once, how it fares.",
)

WEBHOOK_EVENTS: Final = sa.Table(
    "webhook_events",
    METADATA,
    *_tenant_key("event_id"),
    sa.Column("sequence", sa.BigInteger, nullable=False),
    sa.Column("type", sa.Text, nullable=False),
    sa.Column("customer_id", sa.Text),
    sa.Column("occurred_at", _INSTANT, nullable=False),
    sa.Column("body", sa.LargeBinary, nullable=False),
    sa.Column("created_at", _INSTANT, nullable=False),
    sa.UniqueConstraint("org_id", "sequence"),
    sa.CheckConstraint("sequence > 0", name="sequence_positive"),
    sa.Index("ix_webhook_events_created", "org_id", "created_at", "sequence"),
    comment="Facts, with the bytes that receivers get. Append-only.",
)

WEBHOOK_DISPATCHES: Final = sa.Table(
    "webhook_dispatches",
    METADATA,
    *_tenant_key("dispatch_id"),
    sa.Column("event_id", pg.UUID(as_uuid=True), nullable=False),
    sa.Column("event_type", sa.Text, nullable=False),
    sa.Column("endpoint_id", pg.UUID(as_uuid=True), nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("schedule_start", sa.Integer, nullable=False),
    sa.Column("due_at", _INSTANT),
    sa.Column("lease_id", pg.UUID(as_uuid=True)),
    sa.Column("leased_at", _INSTANT),
    sa.Column("lease_until", _INSTANT),
    sa.Column("created_at", _INSTANT, nullable=False),
    sa.Column("completed_at", _INSTANT),
    sa.ForeignKeyConstraint(["org_id", "event_id"], ["webhook_events.org_id", "webhook_events.event_id"]),
    sa.ForeignKeyConstraint(["org_id", "endpoint_id"], ["webhook_endpoints.org_id", "webhook_endpoints.endpoint_id"]),
    sa.UniqueConstraint("org_id", "event_id", "endpoint_id"),
    sa.CheckConstraint(
        "status IN ('pending', 'retrying', 'delivered', 'failed', 'parked', 'discarded')", name="status_known"
    ),
    sa.CheckConstraint("(status IN ('pending', 'retrying')) = (due_at IS NOT NULL)", name="open_is_due"),
    sa.CheckConstraint("lease_id IS NULL OR due_at IS NOT NULL", name="leased_is_open"),
    sa.CheckConstraint(
        "(lease_id IS NULL) = (lease_until IS NULL) AND (lease_id IS NULL) = (leased_at IS NULL)", name="lease_whole"
    ),
    sa.CheckConstraint(
        "(status IN ('delivered', 'failed', 'discarded')) = (completed_at IS NOT NULL)", name="completed"
    ),
    sa.CheckConstraint("0 <= schedule_start AND schedule_start <= attempts", name="schedule_within_attempts"),
    sa.Index(
        "ix_webhook_dispatches_waiting",
        "org_id",
        "endpoint_id",
        sa.text("status DESC"),
        "due_at",
        postgresql_where=sa.text("due_at IS NOT NULL AND lease_id IS NULL"),
    ),
    sa.Index("ix_webhook_dispatches_leased", "org_id", "endpoint_id", postgresql_where=sa.text("lease_id IS NOT NULL")),
    sa.Index("ix_webhook_dispatches_listed", "org_id", "created_at", "dispatch_id"),
    sa.Index("ix_webhook_dispatches_completed", "completed_at", postgresql_where=sa.text("completed_at IS NOT NULL")),
    sa.Index("ix_webhook_dispatches_of_endpoint", "org_id", "endpoint_id", "status"),
    comment="One fact for one endpoint, and where it stands: the only truth about what is still to be sent.",
)

WEBHOOK_DELIVERIES: Final = sa.Table(
    "webhook_deliveries",
    METADATA,
    *_tenant_key("delivery_id"),
    sa.Column("dispatch_id", pg.UUID(as_uuid=True), nullable=False),
    sa.Column("endpoint_id", pg.UUID(as_uuid=True), nullable=False),
    sa.Column("event_id", pg.UUID(as_uuid=True), nullable=False),
    sa.Column("attempt", sa.Integer, nullable=False),
    sa.Column("outcome", sa.Text, nullable=False),
    sa.Column("error_code", sa.Text),
    sa.Column("status_code", sa.Integer),
    sa.Column("duration_ms", sa.Integer, nullable=False),
    sa.Column("url", sa.Text, nullable=False),
    sa.Column("remote_address", sa.Text),
    sa.Column("request_headers", pg.JSONB, nullable=False),
    sa.Column("response_headers", pg.JSONB, nullable=False),
    sa.Column("response_body", sa.LargeBinary, nullable=False),
    sa.Column("response_truncated", sa.Boolean, nullable=False),
    sa.Column("created_at", _INSTANT, nullable=False),
    sa.Column("timings", pg.JSONB, nullable=False, server_default=sa.text("'{}'::jsonb")),
    sa.ForeignKeyConstraint(["org_id", "dispatch_id"], ["webhook_dispatches.org_id", "webhook_dispatches.dispatch_id"]),
    sa.UniqueConstraint("org_id", "dispatch_id", "attempt"),
    sa.CheckConstraint("outcome IN ('succeeded', 'failed')", name="outcome_known"),
    sa.CheckConstraint("(outcome = 'failed') = (error_code IS NOT NULL)", name="failed_has_code"),
    sa.CheckConstraint("attempt > 0", name="attempt_positive"),
    sa.CheckConstraint("octet_length(response_body) <= 16384", name="body_bounded"),
    sa.Index("ix_webhook_deliveries_listed", "org_id", "created_at", "delivery_id"),
    sa.Index("ix_webhook_deliveries_of_endpoint", "org_id", "endpoint_id", "created_at"),
    comment="Attempts over HTTP, one row each, also for those whose worker did not live to see the answer. Append-only.",
)

OPERATIONS: Final = operations_table(METADATA)
OUTBOX: Final = outbox_table(METADATA)
CONSUMER_POSITIONS: Final = positions_table(METADATA)

SCHEMA: Final = ServiceSchema(
    "webhooks",
    METADATA,
    append_only=("webhook_events", "webhook_deliveries"),
    # What tenants read; their secrets are shown by the one act that is written down.
    fenced=("webhook_endpoints", "endpoint_state", "webhook_events", "webhook_dispatches", "webhook_deliveries"),
)
