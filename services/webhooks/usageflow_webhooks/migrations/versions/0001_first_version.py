"""The first version of the schema."""

from alembic import op

from usageflow_common.migrations import refuse_changes
from usageflow_common.steps import create_operations, create_outbox

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Facts, endpoints, dispatches and the log of attempts."""
    for statement in _STATEMENTS:
        op.execute(statement)
    for table in ("webhook_events", "webhook_deliveries"):
        op.execute(refuse_changes(table, "webhooks"))
    create_outbox("webhooks")
    create_operations("webhooks")


_STATEMENTS = (
    """
CREATE TABLE webhooks.consumer_positions (
    topic text NOT NULL,
    partition integer NOT NULL,
    next_offset bigint NOT NULL,
    CONSTRAINT pk_consumer_positions PRIMARY KEY (topic, partition),
    CONSTRAINT ck_consumer_positions_not_negative CHECK (next_offset >= 0 AND partition >= 0)
)""",
    """
CREATE TABLE webhooks.event_sequences (
    org_id uuid NOT NULL,
    last_sequence bigint NOT NULL,
    CONSTRAINT pk_event_sequences PRIMARY KEY (org_id),
    CONSTRAINT ck_event_sequences_not_negative CHECK (last_sequence >= 0)
)""",
    """
COMMENT ON TABLE webhooks.event_sequences IS
    'One row for each organization: the lock under which its events are numbered and its endpoints counted.'""",
    """
CREATE TABLE webhooks.webhook_endpoints (
    org_id uuid NOT NULL,
    endpoint_id uuid NOT NULL,
    url text NOT NULL,
    description text,
    event_types text[] NOT NULL,
    status text NOT NULL,
    disabled_reason text,
    secret_rotated_at timestamp with time zone NOT NULL,
    created_at timestamp with time zone NOT NULL,
    deleted_at timestamp with time zone,
    version bigint NOT NULL,
    CONSTRAINT pk_webhook_endpoints PRIMARY KEY (org_id, endpoint_id),
    CONSTRAINT ck_webhook_endpoints_status_known CHECK (status IN ('enabled', 'disabled')),
    CONSTRAINT ck_webhook_endpoints_reason_known CHECK (disabled_reason IN ('manual', 'gone', 'failing')),
    CONSTRAINT ck_webhook_endpoints_disabled_has_reason CHECK ((status = 'disabled') = (disabled_reason IS NOT NULL)),
    CONSTRAINT ck_webhook_endpoints_deleted_is_disabled CHECK (deleted_at IS NULL OR status = 'disabled'),
    CONSTRAINT ck_webhook_endpoints_chooses_something CHECK (cardinality(event_types) > 0),
    CONSTRAINT ck_webhook_endpoints_url_bounded CHECK (length(url) <= 2048)
)""",
    """
COMMENT ON TABLE webhooks.webhook_endpoints IS
    'Where to send what. Whoever changes an endpoint, or its dispatches as a whole, locks its row first.'""",
    """
CREATE TABLE webhooks.webhook_events (
    org_id uuid NOT NULL,
    event_id uuid NOT NULL,
    sequence bigint NOT NULL,
    type text NOT NULL,
    customer_id text,
    occurred_at timestamp with time zone NOT NULL,
    body bytea NOT NULL,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT pk_webhook_events PRIMARY KEY (org_id, event_id),
    CONSTRAINT uq_webhook_events_org_id_sequence UNIQUE (org_id, sequence),
    CONSTRAINT ck_webhook_events_sequence_positive CHECK (sequence > 0)
)""",
    """
COMMENT ON TABLE webhooks.webhook_events IS
    'Facts, with the bytes that receivers get. Append-only.'""",
    """
CREATE TABLE webhooks.endpoint_secrets (
    org_id uuid NOT NULL,
    endpoint_id uuid NOT NULL,
    secret_id uuid NOT NULL,
    key_id text NOT NULL,
    sealed bytea NOT NULL,
    created_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone,
    CONSTRAINT pk_endpoint_secrets PRIMARY KEY (org_id, endpoint_id, secret_id),
    CONSTRAINT fk_endpoint_secrets_org_id_endpoint_id
        FOREIGN KEY (org_id, endpoint_id) REFERENCES webhooks.webhook_endpoints (org_id, endpoint_id)
)""",
    """
CREATE UNIQUE INDEX uq_endpoint_secrets_current ON webhooks.endpoint_secrets (org_id, endpoint_id) WHERE expires_at IS NULL""",
    """
COMMENT ON TABLE webhooks.endpoint_secrets IS
    'Signing secrets, sealed. The current one has no end; older ones sign until theirs.'""",
    """
CREATE TABLE webhooks.endpoint_state (
    org_id uuid NOT NULL,
    endpoint_id uuid NOT NULL,
    failing_since timestamp with time zone,
    CONSTRAINT pk_endpoint_state PRIMARY KEY (org_id, endpoint_id),
    CONSTRAINT fk_endpoint_state_org_id_endpoint_id
        FOREIGN KEY (org_id, endpoint_id) REFERENCES webhooks.webhook_endpoints (org_id, endpoint_id)
)""",
    """
COMMENT ON TABLE webhooks.endpoint_state IS
    'What deliveries say about an endpoint; apart from it, so that its version only counts what people change.'""",
    """
CREATE TABLE webhooks.webhook_dispatches (
    org_id uuid NOT NULL,
    dispatch_id uuid NOT NULL,
    event_id uuid NOT NULL,
    event_type text NOT NULL,
    endpoint_id uuid NOT NULL,
    status text NOT NULL,
    attempts integer NOT NULL,
    schedule_start integer NOT NULL,
    due_at timestamp with time zone,
    lease_id uuid,
    leased_at timestamp with time zone,
    lease_until timestamp with time zone,
    created_at timestamp with time zone NOT NULL,
    completed_at timestamp with time zone,
    CONSTRAINT pk_webhook_dispatches PRIMARY KEY (org_id, dispatch_id),
    CONSTRAINT fk_webhook_dispatches_org_id_event_id
        FOREIGN KEY (org_id, event_id) REFERENCES webhooks.webhook_events (org_id, event_id),
    CONSTRAINT fk_webhook_dispatches_org_id_endpoint_id
        FOREIGN KEY (org_id, endpoint_id) REFERENCES webhooks.webhook_endpoints (org_id, endpoint_id),
    CONSTRAINT uq_webhook_dispatches_org_id_event_id_endpoint_id UNIQUE (org_id, event_id, endpoint_id),
    CONSTRAINT ck_webhook_dispatches_status_known
        CHECK (status IN ('pending', 'retrying', 'delivered', 'failed', 'parked', 'discarded')),
    CONSTRAINT ck_webhook_dispatches_open_is_due
        CHECK ((status IN ('pending', 'retrying')) = (due_at IS NOT NULL)),
    CONSTRAINT ck_webhook_dispatches_leased_is_open
        CHECK (lease_id IS NULL OR due_at IS NOT NULL),
    CONSTRAINT ck_webhook_dispatches_lease_whole
        CHECK ((lease_id IS NULL) = (lease_until IS NULL) AND (lease_id IS NULL) = (leased_at IS NULL)),
    CONSTRAINT ck_webhook_dispatches_completed
        CHECK ((status IN ('delivered', 'failed', 'discarded')) = (completed_at IS NOT NULL)),
    CONSTRAINT ck_webhook_dispatches_schedule_within_attempts
        CHECK (0 <= schedule_start AND schedule_start <= attempts)
)""",
    """
CREATE INDEX ix_webhook_dispatches_due ON webhooks.webhook_dispatches (org_id, endpoint_id, due_at) WHERE due_at IS NOT NULL""",
    """
CREATE INDEX ix_webhook_dispatches_leased ON webhooks.webhook_dispatches (org_id, endpoint_id) WHERE lease_id IS NOT NULL""",
    """
CREATE INDEX ix_webhook_dispatches_listed ON webhooks.webhook_dispatches (org_id, created_at, dispatch_id)""",
    """
CREATE INDEX ix_webhook_dispatches_of_endpoint ON webhooks.webhook_dispatches (org_id, endpoint_id, status)""",
    """
COMMENT ON TABLE webhooks.webhook_dispatches IS
    'One fact for one endpoint, and where it stands: the only truth about what is still to be sent.'""",
    """
CREATE TABLE webhooks.webhook_deliveries (
    org_id uuid NOT NULL,
    delivery_id uuid NOT NULL,
    dispatch_id uuid NOT NULL,
    endpoint_id uuid NOT NULL,
    event_id uuid NOT NULL,
    attempt integer NOT NULL,
    outcome text NOT NULL,
    error_code text,
    status_code integer,
    duration_ms integer NOT NULL,
    url text NOT NULL,
    remote_address text,
    request_headers jsonb NOT NULL,
    response_headers jsonb NOT NULL,
    response_body bytea NOT NULL,
    response_truncated boolean NOT NULL,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT pk_webhook_deliveries PRIMARY KEY (org_id, delivery_id),
    CONSTRAINT fk_webhook_deliveries_org_id_dispatch_id
        FOREIGN KEY (org_id, dispatch_id) REFERENCES webhooks.webhook_dispatches (org_id, dispatch_id),
    CONSTRAINT uq_webhook_deliveries_org_id_dispatch_id_attempt UNIQUE (org_id, dispatch_id, attempt),
    CONSTRAINT ck_webhook_deliveries_outcome_known CHECK (outcome IN ('succeeded', 'failed')),
    CONSTRAINT ck_webhook_deliveries_failed_has_code CHECK ((outcome = 'failed') = (error_code IS NOT NULL)),
    CONSTRAINT ck_webhook_deliveries_attempt_positive CHECK (attempt > 0),
    CONSTRAINT ck_webhook_deliveries_body_bounded CHECK (octet_length(response_body) <= 16384)
)""",
    """
CREATE INDEX ix_webhook_deliveries_listed ON webhooks.webhook_deliveries (org_id, created_at, delivery_id)""",
    """
CREATE INDEX ix_webhook_deliveries_of_endpoint ON webhooks.webhook_deliveries (org_id, endpoint_id, created_at)""",
    """
COMMENT ON TABLE webhooks.webhook_deliveries IS
    'Attempts over HTTP, one row each, also for those whose worker did not live to see the answer. Append-only.'""",
)
