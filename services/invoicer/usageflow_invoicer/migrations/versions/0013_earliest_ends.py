"""What ended first, with its grace and without one, is found without looking at everything that is due."""

from __future__ import annotations

from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """The index takes in whether there is a grace."""
    op.execute("DROP INDEX invoicer.ix_billing_periods_due")
    op.execute(
        "CREATE INDEX ix_billing_periods_due ON invoicer.billing_periods (org_id, without_grace, end_at)"
        " WHERE status = 'open' AND last"
    )
