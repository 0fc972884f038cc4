"""Test clocks."""

from __future__ import annotations

from alembic import op

revision = "0006"
down_revision = "0005"

_STATEMENTS = (
    """
CREATE TABLE invoicer.test_clocks (
    org_id uuid NOT NULL,
    offset_microseconds bigint NOT NULL,
    target_at timestamp with time zone,
    asked_at timestamp with time zone NOT NULL,
    version integer NOT NULL,
    CONSTRAINT pk_test_clocks PRIMARY KEY (org_id)
)""",
    """
COMMENT ON TABLE invoicer.test_clocks IS
    'offset from wall time; target_at: where it is to be, with a stop at everything that falls due'""",
)


def upgrade() -> None:
    """A table more."""
    for statement in _STATEMENTS:
        op.execute(statement)
