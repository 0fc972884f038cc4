"""Periods in parts, each with its plan version; trials, changes, pauses, cancellations, base prices in advance."""

from __future__ import annotations

from alembic import op

revision = "0004"
down_revision = "0003"

_PERIODS = (
    """
ALTER TABLE invoicer.billing_periods
    ADD COLUMN segment integer NOT NULL DEFAULT 0,
    ADD COLUMN step integer,
    ADD COLUMN kind text NOT NULL DEFAULT 'regular',
    ADD COLUMN full_start_at timestamp with time zone,
    ADD COLUMN full_end_at timestamp with time zone,
    ADD COLUMN plan_id uuid,
    ADD COLUMN plan_version integer,
    ADD COLUMN paused boolean NOT NULL DEFAULT false,
    ADD COLUMN last boolean NOT NULL DEFAULT true,
    ADD COLUMN without_grace boolean NOT NULL DEFAULT false,
    DROP CONSTRAINT uq_billing_periods_index,
    DROP CONSTRAINT uq_billing_periods_start,
    DROP CONSTRAINT ck_billing_periods_not_empty,
    DROP CONSTRAINT ck_billing_periods_status_known""",
    """
UPDATE invoicer.billing_periods p
   SET step = p.period_index, full_start_at = p.start_at, full_end_at = p.end_at,
       plan_id = s.plan_id, plan_version = s.plan_version
  FROM invoicer.subscriptions s
 WHERE s.org_id = p.org_id AND s.subscription_id = p.subscription_id""",
    """
ALTER TABLE invoicer.billing_periods
    ALTER COLUMN segment DROP DEFAULT,
    ALTER COLUMN step SET NOT NULL,
    ALTER COLUMN kind DROP DEFAULT,
    ALTER COLUMN full_start_at SET NOT NULL,
    ALTER COLUMN full_end_at SET NOT NULL,
    ALTER COLUMN plan_id SET NOT NULL,
    ALTER COLUMN plan_version SET NOT NULL,
    ALTER COLUMN paused DROP DEFAULT,
    ALTER COLUMN last DROP DEFAULT,
    ALTER COLUMN without_grace DROP DEFAULT,
    ADD CONSTRAINT uq_billing_periods_segment UNIQUE (org_id, subscription_id, period_index, segment),
    ADD CONSTRAINT fk_billing_periods_plan FOREIGN KEY (org_id, plan_id, plan_version)
        REFERENCES invoicer.plan_versions (org_id, plan_id, number),
    ADD CONSTRAINT ck_billing_periods_not_empty CHECK (
        start_at < end_at OR (kind = 'opening' AND start_at = end_at)),
    ADD CONSTRAINT ck_billing_periods_within_the_full_one CHECK (full_start_at <= start_at AND end_at <= full_end_at),
    ADD CONSTRAINT ck_billing_periods_kind_known CHECK (kind IN ('opening', 'trial', 'regular')),
    ADD CONSTRAINT ck_billing_periods_status_known CHECK (status IN ('open', 'invoiced', 'skipped'))""",
    "DROP INDEX invoicer.ix_billing_periods_open",
    "CREATE INDEX ix_billing_periods_due ON invoicer.billing_periods (org_id, end_at) WHERE status = 'open' AND last",
    """
COMMENT ON TABLE invoicer.billing_periods IS 'a row for each part of a period; the last one''s id is the invoice''s'""",
)
_SUBSCRIPTIONS = (
    """
ALTER TABLE invoicer.plan_versions
    DROP CONSTRAINT ck_plan_versions_billing_known,
    DROP CONSTRAINT ck_plan_versions_no_trial,
    ADD CONSTRAINT ck_plan_versions_billing_known CHECK (billing IN ('advance', 'arrears')),
    ADD CONSTRAINT ck_plan_versions_trial_days_in_range CHECK (trial_days BETWEEN 0 AND 730)""",
    """
ALTER TABLE invoicer.subscriptions
    ADD COLUMN trial_end_at timestamp with time zone,
    ADD COLUMN canceled_at timestamp with time zone,
    ADD COLUMN suspension_reason text,
    ADD COLUMN suspended_at timestamp with time zone,
    ADD COLUMN paused boolean NOT NULL DEFAULT false,
    ADD COLUMN next_at timestamp with time zone,
    DROP CONSTRAINT ck_subscriptions_status_known""",
    """
UPDATE invoicer.subscriptions s
   SET next_at = (SELECT max(p.end_at) FROM invoicer.billing_periods p
                   WHERE p.org_id = s.org_id AND p.subscription_id = s.subscription_id)""",
    """
ALTER TABLE invoicer.subscriptions
    ALTER COLUMN next_at SET NOT NULL,
    ALTER COLUMN paused DROP DEFAULT,
    ADD CONSTRAINT ck_subscriptions_status_known CHECK (
        status IN ('trialing', 'active', 'past_due', 'suspended', 'canceled')),
    ADD CONSTRAINT ck_subscriptions_suspension_known CHECK (suspension_reason IN ('paused', 'payment_failed')),
    ADD CONSTRAINT ck_subscriptions_suspension_whole CHECK (
        (status = 'suspended') = (suspension_reason IS NOT NULL)
        AND (suspension_reason IS NULL) = (suspended_at IS NULL)),
    ADD CONSTRAINT ck_subscriptions_cancellation_whole CHECK ((status = 'canceled') = (canceled_at IS NOT NULL))""",
    "CREATE INDEX ix_subscriptions_next ON invoicer.subscriptions (next_at, org_id) WHERE status <> 'canceled'",
    """
CREATE TABLE invoicer.subscription_changes (
    org_id uuid NOT NULL,
    change_id uuid NOT NULL,
    subscription_id uuid NOT NULL,
    kind text NOT NULL,
    at timestamp with time zone NOT NULL,
    status text NOT NULL,
    plan_id uuid,
    plan_version integer,
    reason text,
    created_at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone,
    CONSTRAINT pk_subscription_changes PRIMARY KEY (org_id, change_id),
    CONSTRAINT fk_subscription_changes_subscription FOREIGN KEY (org_id, subscription_id)
        REFERENCES invoicer.subscriptions (org_id, subscription_id),
    CONSTRAINT fk_subscription_changes_plan FOREIGN KEY (org_id, plan_id, plan_version)
        REFERENCES invoicer.plan_versions (org_id, plan_id, number),
    CONSTRAINT ck_subscription_changes_kind_known CHECK (kind IN ('change_plan', 'pause', 'resume', 'cancel')),
    CONSTRAINT ck_subscription_changes_status_known CHECK (status IN ('scheduled', 'applied', 'dropped')),
    CONSTRAINT ck_subscription_changes_plan_whole CHECK (
        num_nonnulls(plan_id, plan_version) = CASE WHEN kind = 'change_plan' THEN 2 ELSE 0 END),
    CONSTRAINT ck_subscription_changes_end_whole CHECK ((status = 'scheduled') = (ended_at IS NULL))
)""",
    """
CREATE INDEX ix_subscription_changes_subscription ON invoicer.subscription_changes (org_id, subscription_id, at)""",
)
_INVOICES = (
    """
ALTER TABLE invoicer.invoice_lines
    ADD COLUMN segment_id uuid,
    ADD COLUMN share_numerator bigint NOT NULL DEFAULT 1,
    ADD COLUMN share_denominator bigint NOT NULL DEFAULT 1,
    ADD COLUMN share_offset bigint NOT NULL DEFAULT 0,
    ADD COLUMN plan_id uuid,
    ADD COLUMN plan_version integer,
    DROP CONSTRAINT ck_invoice_lines_kind_known""",
    """
ALTER TABLE invoicer.invoice_lines
    ALTER COLUMN share_numerator DROP DEFAULT,
    ALTER COLUMN share_denominator DROP DEFAULT,
    ALTER COLUMN share_offset DROP DEFAULT,
    ADD CONSTRAINT ck_invoice_lines_kind_known CHECK (
        kind IN ('base', 'proration', 'usage', 'adjustment', 'credit', 'carry_forward')),
    ADD CONSTRAINT ck_invoice_lines_share_in_range CHECK (
        0 <= share_offset AND share_offset + share_numerator <= share_denominator)""",
    """
ALTER TABLE invoicer.billing_runs
    DROP CONSTRAINT ck_billing_runs_trigger_known,
    ADD CONSTRAINT ck_billing_runs_trigger_known CHECK (trigger IN ('schedule', 'manual', 'cancel'))""",
)


def upgrade() -> None:
    """Every period that is there is one part; every line bills a whole one."""
    for statement in (*_PERIODS, *_SUBSCRIPTIONS, *_INVOICES):
        op.execute(statement)
