"""People: passwords, sessions, invitations; and what keys have beside their scopes."""

from alembic import op

revision = "0002"
down_revision = "0001"

_STATEMENTS = (
    "ALTER TABLE gateway.users ADD COLUMN password_hash text",
    """
CREATE TABLE gateway.sessions (
    session_id uuid NOT NULL,
    user_id uuid NOT NULL,
    token_hash bytea NOT NULL,
    created_at timestamp with time zone NOT NULL,
    last_seen_at timestamp with time zone NOT NULL,
    ip text,
    user_agent text,
    CONSTRAINT pk_sessions PRIMARY KEY (session_id),
    CONSTRAINT fk_sessions_user_id FOREIGN KEY (user_id) REFERENCES gateway.users (user_id),
    CONSTRAINT uq_sessions_token_hash UNIQUE (token_hash),
    CONSTRAINT ck_sessions_token_hash CHECK (octet_length(token_hash) = 32)
)""",
    "CREATE INDEX ix_sessions_user_id ON gateway.sessions (user_id)",
    "CREATE INDEX ix_sessions_last_seen_at ON gateway.sessions (last_seen_at)",
    """
CREATE TABLE gateway.auth_attempts (
    subject text NOT NULL,
    since timestamp with time zone NOT NULL,
    attempts integer NOT NULL,
    CONSTRAINT pk_auth_attempts PRIMARY KEY (subject),
    CONSTRAINT ck_auth_attempts_attempts CHECK (attempts >= 1)
)""",
    """
CREATE TABLE gateway.invitations (
    org_id uuid NOT NULL,
    invitation_id uuid NOT NULL,
    token_hash bytea NOT NULL,
    email text NOT NULL,
    role text NOT NULL,
    invited_by uuid NOT NULL,
    created_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    accepted_at timestamp with time zone,
    withdrawn_at timestamp with time zone,
    CONSTRAINT pk_invitations PRIMARY KEY (org_id, invitation_id),
    CONSTRAINT fk_invitations_org_id FOREIGN KEY (org_id) REFERENCES gateway.organizations (org_id),
    CONSTRAINT uq_invitations_token_hash UNIQUE (token_hash),
    CONSTRAINT ck_invitations_role CHECK (role IN ('OWNER', 'ADMIN', 'DEVELOPER', 'VIEWER')),
    CONSTRAINT ck_invitations_token_hash CHECK (octet_length(token_hash) = 32),
    CONSTRAINT ck_invitations_email CHECK (char_length(email) BETWEEN 3 AND 254)
)""",
    """
CREATE UNIQUE INDEX uq_invitations_open ON gateway.invitations (org_id, lower(email))
 WHERE accepted_at IS NULL AND withdrawn_at IS NULL""",
    """
ALTER TABLE gateway.api_keys
    ADD COLUMN allowed_addresses text[],
    ADD COLUMN replaces uuid,
    ADD COLUMN last_used_at timestamp with time zone,
    ADD CONSTRAINT ck_api_keys_allowed_addresses CHECK (cardinality(allowed_addresses) >= 1)""",
)


def upgrade() -> None:
    """Tables and columns; a user without a password cannot sign in."""
    for statement in _STATEMENTS:
        op.execute(statement)
