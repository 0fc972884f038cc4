"""Outbox, operations, things."""

from alembic import op

from usageflow_common.steps import create_operations, create_outbox

revision = "0001"
down_revision = None


def upgrade() -> None:
    create_outbox("sample")
    create_operations("sample")
    op.execute("""
CREATE TABLE sample.things (
    org_id uuid NOT NULL,
    name text NOT NULL,
    size numeric NOT NULL,
    made_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT pk_things PRIMARY KEY (org_id, name),
    CONSTRAINT ck_things_size_not_negative CHECK (size >= 0)
)""")
