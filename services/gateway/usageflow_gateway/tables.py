"""The tables of the gateway's schema. Every tenant's table begins with org_id; bad states are refused by named constraints."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from usageflow_common.database import schema_metadata
from usageflow_common.migrations import ServiceSchema
from usageflow_common.operations import operations_table
from usageflow_common.outbox import outbox_table
from usageflow_common.positions import positions_table

metadata: Final = schema_metadata("gateway")

_Instant: Final = sa.DateTime(timezone=True)

organizations: Final = sa.Table(
    "organizations",
    metadata,
    sa.Column("org_id", sa.Uuid, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("mode", sa.Text, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("issuer", JSONB, nullable=False),
    sa.Column("time_zone", sa.Text, nullable=False),
    sa.Column("default_currency", sa.Text, nullable=False),
    sa.Column("grace_hours", sa.Integer, nullable=False),
    sa.Column("auto_finalize", sa.Boolean, nullable=False),
    sa.Column("invoice_number_prefix", sa.Text, nullable=False),
    sa.Column("payment_term_days", sa.Integer, nullable=False),
    sa.Column("max_event_age_days", sa.Integer, nullable=False),
    sa.Column("dunning", JSONB, nullable=False),
    sa.Column("spread", sa.Integer, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("created_at", _Instant, nullable=False),
    sa.Column("changed_at", _Instant, nullable=False),
    sa.Column("deleted_at", _Instant),
    sa.CheckConstraint("mode IN ('live', 'test')", name="mode"),
    sa.CheckConstraint("status IN ('active', 'deleted')", name="status"),
    sa.CheckConstraint("(status = 'deleted') = (deleted_at IS NOT NULL)", name="deleted_at"),
    sa.CheckConstraint("char_length(name) BETWEEN 1 AND 200", name="name"),
    sa.CheckConstraint("grace_hours BETWEEN 0 AND 72", name="grace_hours"),
    sa.CheckConstraint("max_event_age_days BETWEEN 1 AND 35", name="max_event_age_days"),
    sa.CheckConstraint("payment_term_days BETWEEN 0 AND 365", name="payment_term_days"),
    sa.CheckConstraint("spread >= 1", name="spread"),
    sa.CheckConstraint("version >= 1", name="version"),
    sa.Index("ix_organizations_changed_at", "changed_at"),
)

users: Final = sa.Table(
    "users",
    metadata,
    sa.Column("user_id", sa.Uuid, primary_key=True),
    sa.Column("email", sa.Text),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("created_at", _Instant, nullable=False),
    sa.Column("password_hash", sa.Text),
    sa.CheckConstraint("char_length(email) BETWEEN 3 AND 254", name="email"),
    sa.Index("uq_users_email", sa.text("lower(email)"), unique=True),
)
"""Users belong to no organization; memberships say where they may do what. One without address and password cannot sign in."""

sessions: Final = sa.Table(
    "sessions",
    metadata,
    sa.Column("session_id", sa.Uuid, primary_key=True),
    sa.Column("user_id", sa.ForeignKey(users.c.user_id), nullable=False, index=True),
    sa.Column("token_hash", sa.LargeBinary, nullable=False),
    sa.Column("created_at", _Instant, nullable=False),
    sa.Column("last_seen_at", _Instant, nullable=False, index=True),
    sa.Column("ip", sa.Text),
    sa.Column("user_agent", sa.Text),
    sa.UniqueConstraint("token_hash"),
    sa.CheckConstraint("octet_length(token_hash) = 32", name="token_hash"),
)
"""Of the token in the cookie only its hash is kept. A session that has ended has no row."""

gateway_instances: Final = sa.Table(
    "gateway_instances",
    metadata,
    sa.Column("instance_id", sa.Uuid, primary_key=True),
    sa.Column("seen_at", _Instant, nullable=False),
)
"""Gateways that live: they share the rates of callers."""

auth_attempts: Final = sa.Table(
    "auth_attempts",
    metadata,
    sa.Column("subject", sa.Text, primary_key=True),
    sa.Column("since", _Instant, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.CheckConstraint("attempts >= 1", name="attempts"),
)
"""How often an account or an address was tried in the minute that began then."""

memberships: Final = sa.Table(
    "memberships",
    metadata,
    sa.Column("org_id", sa.ForeignKey(organizations.c.org_id), primary_key=True),
    sa.Column("user_id", sa.ForeignKey(users.c.user_id), primary_key=True),
    sa.Column("role", sa.Text, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("joined_at", _Instant, nullable=False),
    sa.Column("changed_at", _Instant, nullable=False),
    sa.CheckConstraint("role IN ('OWNER', 'ADMIN', 'DEVELOPER', 'VIEWER')", name="role"),
    sa.Index("ix_memberships_changed_at", "changed_at"),
)

invitations: Final = sa.Table(
    "invitations",
    metadata,
    sa.Column("org_id", sa.ForeignKey(organizations.c.org_id), primary_key=True),
    sa.Column("invitation_id", sa.Uuid, primary_key=True),
    sa.Column("token_hash", sa.LargeBinary, nullable=False),
    sa.Column("email", sa.Text, nullable=False),
    sa.Column("role", sa.Text, nullable=False),
    sa.Column("invited_by", sa.Uuid, nullable=False),
    sa.Column("created_at", _Instant, nullable=False),
    sa.Column("expires_at", _Instant, nullable=False),
    sa.Column("accepted_at", _Instant),
    sa.Column("withdrawn_at", _Instant),
    sa.UniqueConstraint("token_hash"),
    sa.CheckConstraint("role IN ('OWNER', 'ADMIN', 'DEVELOPER', 'VIEWER')", name="role"),
    sa.CheckConstraint("octet_length(token_hash) = 32", name="token_hash"),
    sa.CheckConstraint("char_length(email) BETWEEN 3 AND 254", name="email"),
    sa.Index(
        "uq_invitations_open",
        "org_id",
        sa.text("lower(email)"),
        unique=True,
        postgresql_where=sa.text("accepted_at IS NULL AND withdrawn_at IS NULL"),
    ),
)
"""One open invitation for an address. Its token is shown once and passed on by whoever made it."""

api_keys: Final = sa.Table(
    "api_keys",
    metadata,
    sa.Column("org_id", sa.Uuid, primary_key=True),
    sa.Column("key_id", sa.Uuid, primary_key=True),
    sa.Column("secret_hash", sa.LargeBinary, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("start", sa.Text, nullable=False),
    sa.Column("last4", sa.Text, nullable=False),
    sa.Column("scopes", ARRAY(sa.Text), nullable=False),
    sa.Column("created_by", sa.Uuid, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("created_at", _Instant, nullable=False),
    sa.Column("changed_at", _Instant, nullable=False),
    sa.Column("expires_at", _Instant),
    sa.Column("revoked_at", _Instant),
    sa.Column("allowed_addresses", ARRAY(sa.Text)),
    sa.Column("replaces", sa.Uuid),
    sa.Column("last_used_at", _Instant),
    sa.ForeignKeyConstraint(["org_id", "created_by"], [memberships.c.org_id, memberships.c.user_id]),
    sa.UniqueConstraint("secret_hash"),
    sa.CheckConstraint("octet_length(secret_hash) = 32", name="secret_hash"),
    sa.CheckConstraint("cardinality(scopes) >= 1", name="scopes"),
    sa.CheckConstraint("cardinality(allowed_addresses) >= 1", name="allowed_addresses"),
    sa.CheckConstraint("char_length(name) BETWEEN 1 AND 200", name="name"),
    sa.Index("ix_api_keys_changed_at", "changed_at"),
    sa.Index("uq_api_keys_key_id", "key_id", unique=True),
)
"""Only the keyed hash of a secret is kept. The creator must be a member: when one leaves, their keys pass to another member first."""

audit_logs: Final = sa.Table(
    "audit_logs",
    metadata,
    sa.Column("org_id", sa.Uuid, primary_key=True),
    sa.Column("sequence", sa.BigInteger, primary_key=True),
    sa.Column("entry_id", sa.Uuid, nullable=False),
    sa.Column("at", _Instant, nullable=False),
    sa.Column("actor", JSONB, nullable=False),
    sa.Column("action", sa.Text, nullable=False),
    sa.Column("target", JSONB, nullable=False),
    sa.Column("outcome", sa.Text, nullable=False),
    sa.Column("code", sa.Text),
    sa.Column("before", JSONB),
    sa.Column("after", JSONB),
    sa.Column("request_id", sa.Text),
    sa.Column("ip", sa.Text),
    sa.Column("user_agent", sa.Text),
    sa.Column("previous_hash", sa.LargeBinary, nullable=False),
    sa.Column("hash", sa.LargeBinary, nullable=False),
    sa.UniqueConstraint("org_id", "entry_id"),
    sa.CheckConstraint("sequence >= 1", name="sequence"),
    sa.CheckConstraint("outcome IN ('done', 'refused')", name="outcome"),
    sa.CheckConstraint("octet_length(previous_hash) = 32 AND octet_length(hash) = 32", name="hashes"),
    sa.Index("ix_audit_logs_target", "org_id", sa.text("(target ->> 'id')"), "sequence"),
)
"""Insert-only: triggers refuse everything else to everybody."""

audit_heads: Final = sa.Table(
    "audit_heads",
    metadata,
    sa.Column("org_id", sa.Uuid, primary_key=True),
    sa.Column("sequence", sa.BigInteger, nullable=False),
    sa.Column("hash", sa.LargeBinary, nullable=False),
)
"""Where each chain ends; its row is the lock under which the chain grows."""

operations: Final = operations_table(metadata)
outbox: Final = outbox_table(metadata)
consumer_positions: Final = positions_table(metadata)

SCHEMA: Final = ServiceSchema("gateway", metadata, append_only=("audit_logs",), fenced=("audit_logs", "audit_heads"))
