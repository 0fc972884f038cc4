"""Payments that fail or wait, credit notes, dunning; invoices of their own for late usage."""

from __future__ import annotations

from alembic import op

from usageflow_common.migrations import refuse_changes

revision = "0005"
down_revision = "0004"

_ALTERED = (
    """
ALTER TABLE invoicer.invoice_chains
    ADD COLUMN last_credit_note bigint NOT NULL DEFAULT 0,
    DROP CONSTRAINT ck_invoice_chains_sequence_not_negative,
    ADD CONSTRAINT ck_invoice_chains_sequence_not_negative CHECK (last_sequence >= 0 AND last_credit_note >= 0)""",
    "ALTER TABLE invoicer.invoice_chains ALTER COLUMN last_credit_note DROP DEFAULT",
    """
ALTER TABLE invoicer.invoice_balances
    ADD COLUMN voided_after bigint,
    ADD CONSTRAINT ck_invoice_balances_void_whole CHECK (
        (status = 'void') = (voided_at IS NOT NULL AND voided_after IS NOT NULL))""",
    "CREATE INDEX ix_invoice_balances_open ON invoicer.invoice_balances (org_id, invoice_id) WHERE status = 'open'",
    """
ALTER TABLE invoicer.payments
    ADD COLUMN failure_code text,
    ADD COLUMN provider text NOT NULL DEFAULT 'manual',
    ALTER COLUMN paid_at DROP NOT NULL,
    DROP CONSTRAINT ck_payments_status_known,
    ADD CONSTRAINT ck_payments_status_known CHECK (status IN ('pending', 'succeeded', 'failed')),
    ADD CONSTRAINT ck_payments_paid_when_succeeded CHECK ((status = 'succeeded') = (paid_at IS NOT NULL)),
    ADD CONSTRAINT ck_payments_code_of_a_failure CHECK (failure_code IS NULL OR status = 'failed')""",
    "ALTER TABLE invoicer.payments ALTER COLUMN provider DROP DEFAULT",
    "CREATE INDEX ix_payments_invoice ON invoicer.payments (org_id, invoice_id)",
    "CREATE INDEX ix_payments_created ON invoicer.payments (org_id, created_at, payment_id)",
    """
ALTER TABLE invoicer.billing_periods
    DROP CONSTRAINT ck_billing_periods_not_empty,
    DROP CONSTRAINT ck_billing_periods_kind_known,
    ADD CONSTRAINT ck_billing_periods_not_empty CHECK (
        start_at < end_at OR (kind IN ('opening', 'sweep') AND start_at = end_at)),
    ADD CONSTRAINT ck_billing_periods_kind_known CHECK (kind IN ('opening', 'trial', 'regular', 'sweep'))""",
    "ALTER TABLE invoicer.usage_periods ADD COLUMN changed_at timestamp with time zone NOT NULL DEFAULT now()",
    "ALTER TABLE invoicer.usage_periods ALTER COLUMN changed_at DROP DEFAULT",
    """
COMMENT ON TABLE invoicer.usage_periods IS
    'the sum of a charge''s windows in a period, per shard; opening: the level at its start (WEIGHTED_SUM); changed: since it was billed last, first at changed_at'""",
)
_CREATED = (
    """
CREATE TABLE invoicer.credit_notes (
    org_id uuid NOT NULL,
    credit_note_id uuid NOT NULL,
    sequence bigint NOT NULL,
    number text NOT NULL,
    invoice_id uuid NOT NULL,
    customer_id text NOT NULL,
    currency text NOT NULL,
    total_minor bigint NOT NULL,
    reason text NOT NULL,
    disposition text NOT NULL,
    after_sequence bigint NOT NULL,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT pk_credit_notes PRIMARY KEY (org_id, credit_note_id),
    CONSTRAINT uq_credit_notes_sequence UNIQUE (org_id, sequence),
    CONSTRAINT fk_credit_notes_invoice FOREIGN KEY (org_id, invoice_id)
        REFERENCES invoicer.invoices (org_id, invoice_id),
    CONSTRAINT ck_credit_notes_disposition_known CHECK (disposition IN ('reduce_due', 'refund', 'next_invoice')),
    CONSTRAINT ck_credit_notes_total_in_range CHECK (total_minor BETWEEN 1 AND 9007199254740991)
)""",
    "CREATE INDEX ix_credit_notes_invoice ON invoicer.credit_notes (org_id, invoice_id)",
    "CREATE INDEX ix_credit_notes_customer ON invoicer.credit_notes (org_id, customer_id)",
    """
CREATE TABLE invoicer.credit_note_lines (
    org_id uuid NOT NULL,
    credit_note_id uuid NOT NULL,
    position integer NOT NULL,
    line_id uuid NOT NULL,
    amount_minor bigint NOT NULL,
    CONSTRAINT pk_credit_note_lines PRIMARY KEY (org_id, credit_note_id, position),
    CONSTRAINT uq_credit_note_lines_line UNIQUE (org_id, credit_note_id, line_id),
    CONSTRAINT fk_credit_note_lines_credit_note FOREIGN KEY (org_id, credit_note_id)
        REFERENCES invoicer.credit_notes (org_id, credit_note_id),
    CONSTRAINT fk_credit_note_lines_line FOREIGN KEY (org_id, line_id)
        REFERENCES invoicer.invoice_lines (org_id, line_id),
    CONSTRAINT ck_credit_note_lines_amount_positive CHECK (amount_minor > 0)
)""",
    "CREATE INDEX ix_credit_note_lines_line ON invoicer.credit_note_lines (org_id, line_id)",
    """
CREATE TABLE invoicer.dunnings (
    org_id uuid NOT NULL,
    invoice_id uuid NOT NULL,
    subscription_id uuid NOT NULL,
    began_at timestamp with time zone NOT NULL,
    attempt integer NOT NULL,
    next_attempt_at timestamp with time zone,
    suspends_at timestamp with time zone NOT NULL,
    suspended_at timestamp with time zone,
    ended_at timestamp with time zone,
    CONSTRAINT pk_dunnings PRIMARY KEY (org_id, invoice_id),
    CONSTRAINT fk_dunnings_invoice FOREIGN KEY (org_id, invoice_id)
        REFERENCES invoicer.invoices (org_id, invoice_id),
    CONSTRAINT fk_dunnings_subscription FOREIGN KEY (org_id, subscription_id)
        REFERENCES invoicer.subscriptions (org_id, subscription_id),
    CONSTRAINT ck_dunnings_attempt_positive CHECK (attempt >= 1)
)""",
    "CREATE INDEX ix_dunnings_live ON invoicer.dunnings (org_id, subscription_id) WHERE ended_at IS NULL",
    """
COMMENT ON TABLE invoicer.dunnings IS
    'an invoice whose payment failed, or that was not paid in time; ended when nothing is owed on it any more'""",
)


def upgrade() -> None:
    """What is there stays as it is."""
    for statement in (*_ALTERED, *_CREATED):
        op.execute(statement)
    for table in ("credit_notes", "credit_note_lines"):
        op.execute(refuse_changes(table, "invoicer"))
