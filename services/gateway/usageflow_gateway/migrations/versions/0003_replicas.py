"""Gateways that share the rates of callers."""

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """A table of those that live."""
    op.execute("""
CREATE TABLE gateway.gateway_instances (
    instance_id uuid NOT NULL,
    seen_at timestamp with time zone NOT NULL,
    CONSTRAINT pk_gateway_instances PRIMARY KEY (instance_id)
)""")
