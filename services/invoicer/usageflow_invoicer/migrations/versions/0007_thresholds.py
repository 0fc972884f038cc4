"""Thresholds of usage, and runs that finalize a draft."""

from __future__ import annotations

from alembic import op

revision = "0007"
down_revision = "0006"

_STATEMENTS = (
    """
ALTER TABLE invoicer.billing_runs
    DROP CONSTRAINT ck_billing_runs_trigger_known,
    ADD CONSTRAINT ck_billing_runs_trigger_known CHECK (trigger IN ('schedule', 'manual', 'cancel', 'finalize'))""",
    """
CREATE TABLE invoicer.thresholds (
    org_id uuid NOT NULL,
    threshold_id uuid NOT NULL,
    subscription_id uuid NOT NULL,
    metric text,
    quantity numeric,
    amount_minor bigint,
    fired_index integer,
    fired_at timestamp with time zone,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT pk_thresholds PRIMARY KEY (org_id, threshold_id),
    CONSTRAINT fk_thresholds_subscription FOREIGN KEY (org_id, subscription_id)
        REFERENCES invoicer.subscriptions (org_id, subscription_id),
    CONSTRAINT ck_thresholds_one_measure CHECK (
        num_nonnulls(metric, quantity) = 2 AND amount_minor IS NULL
        OR num_nonnulls(metric, quantity) = 0 AND amount_minor IS NOT NULL),
    CONSTRAINT ck_thresholds_above_zero CHECK (quantity > 0 OR amount_minor > 0)
)""",
    "CREATE INDEX ix_thresholds_subscription ON invoicer.thresholds (org_id, subscription_id)",
)


def upgrade() -> None:
    """A table and a word more."""
    for statement in _STATEMENTS:
        op.execute(statement)
