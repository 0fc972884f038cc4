"""Customers from whom money is collected, found without looking at all the others."""

from __future__ import annotations

from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """One index."""
    op.execute(
        "CREATE INDEX ix_customers_collected ON invoicer.customers (org_id, customer_id) WHERE payment_method IS NOT NULL"
    )
