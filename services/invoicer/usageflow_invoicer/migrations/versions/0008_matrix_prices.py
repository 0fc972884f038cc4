"""Usage by the values of a matrix's key, and invoice lines that name one."""

from __future__ import annotations

from alembic import op

revision = "0008"
down_revision = "0007"

_STATEMENTS = (
    "ALTER TABLE invoicer.period_charges ADD COLUMN matrix_property text",
    "ALTER TABLE invoicer.usage_periods ADD COLUMN group_value text NOT NULL DEFAULT ''",
    """
ALTER TABLE invoicer.usage_periods
    ALTER COLUMN group_value DROP DEFAULT,
    DROP CONSTRAINT pk_usage_periods,
    ADD CONSTRAINT pk_usage_periods PRIMARY KEY (org_id, subscription_id, period_id, charge_id, group_value, shard)""",
    """
ALTER TABLE invoicer.invoice_lines
    ADD COLUMN group_property text,
    ADD COLUMN group_value text,
    ADD CONSTRAINT ck_invoice_lines_group_whole CHECK (
        (group_property IS NULL) = (group_value IS NULL) AND (group_value IS NULL OR charge_id IS NOT NULL))""",
)


def upgrade() -> None:
    """Columns without values: no charge had a matrix so far."""
    for statement in _STATEMENTS:
        op.execute(statement)
