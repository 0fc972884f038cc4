"""Open periods by subscription: a run finds what it has still to close without looking at what it has closed."""

from __future__ import annotations

from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """One index."""
    op.execute(
        "CREATE INDEX ix_billing_periods_open ON invoicer.billing_periods (org_id, subscription_id)"
        " WHERE status = 'open' AND last"
    )
