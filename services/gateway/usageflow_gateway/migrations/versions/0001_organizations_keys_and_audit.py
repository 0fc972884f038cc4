"""Organizations, people, keys, the audit log, and what every schema has."""

from alembic import op

from usageflow_common.migrations import refuse_changes
from usageflow_common.steps import create_operations, create_outbox

revision = "0001"
down_revision = None

ORGANIZATIONS = """
CREATE TABLE gateway.organizations (
    org_id uuid NOT NULL,
    name text NOT NULL,
    mode text NOT NULL,
    status text NOT NULL,
    issuer jsonb NOT NULL,
    time_zone text NOT NULL,
    default_currency text NOT NULL,
    grace_hours integer NOT NULL,
    auto_finalize boolean NOT NULL,
    invoice_number_prefix text NOT NULL,
    payment_term_days integer NOT NULL,
    max_event_age_days integer NOT NULL,
    dunning jsonb NOT NULL,
    spread integer NOT NULL,
    version integer NOT NULL,
    created_at timestamp with time zone NOT NULL,
    changed_at timestamp with time zone NOT NULL,
    deleted_at timestamp with time zone,
    CONSTRAINT pk_organizations PRIMARY KEY (org_id),
    CONSTRAINT ck_organizations_mode CHECK (mode IN ('live', 'test')),
    CONSTRAINT ck_organizations_status CHECK (status IN ('active', 'deleted')),
    CONSTRAINT ck_organizations_deleted_at CHECK ((status = 'deleted') = (deleted_at IS NOT NULL)),
    CONSTRAINT ck_organizations_name CHECK (char_length(name) BETWEEN 1 AND 200),
    CONSTRAINT ck_organizations_grace_hours CHECK (grace_hours BETWEEN 0 AND 72),
    CONSTRAINT ck_organizations_max_event_age_days CHECK (max_event_age_days BETWEEN 1 AND 35),
    CONSTRAINT ck_organizations_payment_term_days CHECK (payment_term_days BETWEEN 0 AND 365),
    CONSTRAINT ck_organizations_spread CHECK (spread >= 1),
    CONSTRAINT ck_organizations_version CHECK (version >= 1)
)"""

USERS = """
CREATE TABLE gateway.users (
    user_id uuid NOT NULL,
    email text,
    name text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT pk_users PRIMARY KEY (user_id),
    CONSTRAINT ck_users_email CHECK (char_length(email) BETWEEN 3 AND 254)
)"""

MEMBERSHIPS = """
CREATE TABLE gateway.memberships (
    org_id uuid NOT NULL,
    user_id uuid NOT NULL,
    role text NOT NULL,
    version integer NOT NULL,
    joined_at timestamp with time zone NOT NULL,
    changed_at timestamp with time zone NOT NULL,
    CONSTRAINT pk_memberships PRIMARY KEY (org_id, user_id),
    CONSTRAINT fk_memberships_org_id FOREIGN KEY (org_id) REFERENCES gateway.organizations (org_id),
    CONSTRAINT fk_memberships_user_id FOREIGN KEY (user_id) REFERENCES gateway.users (user_id),
    CONSTRAINT ck_memberships_role CHECK (role IN ('OWNER', 'ADMIN', 'DEVELOPER', 'VIEWER'))
)"""

API_KEYS = """
CREATE TABLE gateway.api_keys (
    org_id uuid NOT NULL,
    key_id uuid NOT NULL,
    secret_hash bytea NOT NULL,
    name text NOT NULL,
    start text NOT NULL,
    last4 text NOT NULL,
    scopes text[] NOT NULL,
    created_by uuid NOT NULL,
    version integer NOT NULL,
    created_at timestamp with time zone NOT NULL,
    changed_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone,
    revoked_at timestamp with time zone,
    CONSTRAINT pk_api_keys PRIMARY KEY (org_id, key_id),
    CONSTRAINT fk_api_keys_org_id_created_by FOREIGN KEY (org_id, created_by)
        REFERENCES gateway.memberships (org_id, user_id),
    CONSTRAINT uq_api_keys_secret_hash UNIQUE (secret_hash),
    CONSTRAINT ck_api_keys_secret_hash CHECK (octet_length(secret_hash) = 32),
    CONSTRAINT ck_api_keys_scopes CHECK (cardinality(scopes) >= 1),
    CONSTRAINT ck_api_keys_name CHECK (char_length(name) BETWEEN 1 AND 200)
)"""

AUDIT_LOGS = """
CREATE TABLE gateway.audit_logs (
    org_id uuid NOT NULL,
    sequence bigint NOT NULL,
    entry_id uuid NOT NULL,
    at timestamp with time zone NOT NULL,
    actor jsonb NOT NULL,
    action text NOT NULL,
    target jsonb NOT NULL,
    outcome text NOT NULL,
    code text,
    before jsonb,
    after jsonb,
    request_id text,
    ip text,
    user_agent text,
    previous_hash bytea NOT NULL,
    hash bytea NOT NULL,
    CONSTRAINT pk_audit_logs PRIMARY KEY (org_id, sequence),
    CONSTRAINT uq_audit_logs_org_id_entry_id UNIQUE (org_id, entry_id),
    CONSTRAINT ck_audit_logs_sequence CHECK (sequence >= 1),
    CONSTRAINT ck_audit_logs_outcome CHECK (outcome IN ('done', 'refused')),
    CONSTRAINT ck_audit_logs_hashes CHECK (octet_length(previous_hash) = 32 AND octet_length(hash) = 32)
)"""

AUDIT_HEADS = """
CREATE TABLE gateway.audit_heads (
    org_id uuid NOT NULL,
    sequence bigint NOT NULL,
    hash bytea NOT NULL,
    CONSTRAINT pk_audit_heads PRIMARY KEY (org_id)
)"""

CONSUMER_POSITIONS = """
CREATE TABLE gateway.consumer_positions (
    topic text NOT NULL,
    partition integer NOT NULL,
    next_offset bigint NOT NULL,
    CONSTRAINT pk_consumer_positions PRIMARY KEY (topic, partition),
    CONSTRAINT ck_consumer_positions_not_negative CHECK (next_offset >= 0 AND partition >= 0)
)"""

INDEXES = (
    "CREATE INDEX ix_organizations_changed_at ON gateway.organizations (changed_at)",
    "CREATE INDEX ix_memberships_changed_at ON gateway.memberships (changed_at)",
    "CREATE INDEX ix_api_keys_changed_at ON gateway.api_keys (changed_at)",
    "CREATE UNIQUE INDEX uq_api_keys_key_id ON gateway.api_keys (key_id)",
    "CREATE UNIQUE INDEX uq_users_email ON gateway.users (lower(email))",
)


def upgrade() -> None:
    """From nothing."""
    for table in (ORGANIZATIONS, USERS, MEMBERSHIPS, API_KEYS, AUDIT_LOGS, AUDIT_HEADS, CONSUMER_POSITIONS):
        op.execute(table)
    for index in INDEXES:
        op.execute(index)
    op.execute(refuse_changes("audit_logs", "gateway"))
    create_outbox("gateway")
    create_operations("gateway")
