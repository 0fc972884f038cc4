"""Payment methods of customers, and charges that a provider is asked for."""

from __future__ import annotations

from alembic import op

revision = "0009"
down_revision = "0008"

_STATEMENTS = (
    "ALTER TABLE invoicer.customers ADD COLUMN payment_method text",
    """
ALTER TABLE invoicer.payments
    ADD COLUMN payment_method text,
    ADD COLUMN ask_at timestamp with time zone,
    ADD COLUMN asks integer NOT NULL DEFAULT 0""",
    # Nothing could be pending so far.
    """
ALTER TABLE invoicer.payments
    ALTER COLUMN asks DROP DEFAULT,
    ADD CONSTRAINT ck_payments_asked_while_pending CHECK ((status = 'pending') = (ask_at IS NOT NULL)),
    ADD CONSTRAINT ck_payments_charged_a_method CHECK ((provider = 'manual') = (payment_method IS NULL))""",
    "CREATE UNIQUE INDEX uq_payments_pending ON invoicer.payments (org_id, invoice_id) WHERE status = 'pending'",
    "CREATE INDEX ix_payments_asked ON invoicer.payments (ask_at) WHERE status = 'pending'",
)


def upgrade() -> None:
    """Columns without values, and the rules that they hold."""
    for statement in _STATEMENTS:
        op.execute(statement)
