"""How far usage is applied, as an instant."""

from __future__ import annotations

from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """One row for each partition, once something is known of it."""
    op.execute(
        """
        CREATE TABLE invoicer.applied_progress (
            partition integer NOT NULL,
            counted_through timestamp with time zone NOT NULL,
            CONSTRAINT pk_applied_progress PRIMARY KEY (partition),
            CONSTRAINT fk_applied_progress_partition FOREIGN KEY (partition) REFERENCES invoicer.applied_offsets (partition)
        )"""
    )
    op.execute("COMMENT ON TABLE invoicer.applied_progress IS 'Whatever was accepted before this instant is applied.'")
