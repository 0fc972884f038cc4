"""An invoice that is given back to a restored database may have lost its period with its subscription."""

from __future__ import annotations

from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """One constraint less."""
    op.execute("ALTER TABLE invoicer.invoices DROP CONSTRAINT fk_invoices_period")
