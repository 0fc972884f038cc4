"""The first version of the schema."""

from alembic import op

from usageflow_common.migrations import refuse_changes
from usageflow_common.steps import create_operations, create_outbox

revision = "0001"
down_revision = None

_INSERT_ONLY = ("plan_versions", "plan_metrics", "invoices", "invoice_lines", "invoice_transitions")


def upgrade() -> None:
    """Customers, plans, subscriptions; applied usage and periods; runs and barriers; invoices and what stands beside them."""
    create_outbox("invoicer")
    create_operations("invoicer")
    for statement in _STATEMENTS:
        op.execute(statement)
    for table in _INSERT_ONLY:
        op.execute(refuse_changes(table, "invoicer"))


_STATEMENTS = (
    """
CREATE TABLE invoicer.applied_offsets (
    partition INTEGER NOT NULL,
    generation BIGINT NOT NULL,
    applied BIGINT NOT NULL,
    position BIGINT NOT NULL,
    CONSTRAINT pk_applied_offsets PRIMARY KEY (partition),
    CONSTRAINT ck_applied_offsets_not_negative CHECK (applied >= 0 AND position >= 0)
)
""",
    """COMMENT ON TABLE invoicer.applied_offsets IS 'applied: the offset of events.raw up to which everything was applied; position: where to read on in usage.aggregated'""",
    """
CREATE TABLE invoicer.barriers (
    barrier_id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    first_marked_at TIMESTAMP WITH TIME ZONE,
    mark_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_barriers PRIMARY KEY (barrier_id)
)
""",
    """COMMENT ON TABLE invoicer.barriers IS 'serves every organization; a run may join it until its first marker is written'""",
    """
CREATE TABLE invoicer.customers (
    org_id UUID NOT NULL,
    customer_id TEXT NOT NULL,
    name TEXT,
    email TEXT,
    address JSONB,
    tax_id TEXT,
    time_zone TEXT NOT NULL,
    metadata JSONB NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    version INTEGER NOT NULL,
    CONSTRAINT pk_customers PRIMARY KEY (org_id, customer_id)
)
""",
    """CREATE INDEX ix_customers_created ON invoicer.customers (org_id, created_at, customer_id)""",
    """
CREATE TABLE invoicer.invoice_chains (
    org_id UUID NOT NULL,
    last_sequence BIGINT NOT NULL,
    last_hash TEXT NOT NULL,
    CONSTRAINT pk_invoice_chains PRIMARY KEY (org_id),
    CONSTRAINT ck_invoice_chains_sequence_not_negative CHECK (last_sequence >= 0)
)
""",
    """COMMENT ON TABLE invoicer.invoice_chains IS 'the one sequencer of an organization: its row is locked last, numbers and hashes continue from it'""",
    """
CREATE TABLE invoicer.plans (
    org_id UUID NOT NULL,
    plan_id UUID NOT NULL,
    code TEXT NOT NULL,
    name TEXT NOT NULL,
    description TEXT,
    currency TEXT NOT NULL,
    latest_version INTEGER,
    draft JSONB,
    metadata JSONB NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    version INTEGER NOT NULL,
    CONSTRAINT pk_plans PRIMARY KEY (org_id, plan_id),
    CONSTRAINT uq_plans_code UNIQUE (org_id, code),
    CONSTRAINT ck_plans_has_definition CHECK (latest_version IS NOT NULL OR draft IS NOT NULL)
)
""",
    """CREATE INDEX ix_plans_created ON invoicer.plans (org_id, created_at, plan_id)""",
    """
CREATE TABLE invoicer.quarantined_records (
    partition INTEGER NOT NULL,
    "offset" BIGINT NOT NULL,
    org_id UUID,
    CONSTRAINT pk_quarantined_records PRIMARY KEY (partition, "offset")
)
""",
    """COMMENT ON TABLE invoicer.quarantined_records IS 'unreadable records of events.raw, not yet released; no organization means that all are concerned'""",
    """
CREATE TABLE invoicer.usage_windows (
    org_id UUID NOT NULL,
    customer_id TEXT NOT NULL,
    metric_id UUID NOT NULL,
    window_start_at TIMESTAMP WITH TIME ZONE NOT NULL,
    group_key TEXT NOT NULL,
    shard INTEGER NOT NULL,
    generation BIGINT NOT NULL,
    version BIGINT NOT NULL,
    event_count BIGINT NOT NULL,
    total NUMERIC NOT NULL,
    digest NUMERIC NOT NULL,
    CONSTRAINT pk_usage_windows PRIMARY KEY (org_id, customer_id, metric_id, window_start_at, group_key, shard)
)
 WITH (fillfactor = 70)
""",
    """
CREATE TABLE invoicer.barrier_partitions (
    barrier_id UUID NOT NULL,
    partition INTEGER NOT NULL,
    marker_offset BIGINT,
    required BIGINT NOT NULL,
    CONSTRAINT pk_barrier_partitions PRIMARY KEY (barrier_id, partition),
    CONSTRAINT fk_barrier_partitions_barrier FOREIGN KEY(barrier_id) REFERENCES invoicer.barriers (barrier_id)
)
""",
    """COMMENT ON TABLE invoicer.barrier_partitions IS 'marker_offset: where the echoed marker stands; required: how far this partition must be applied, by all echoes'""",
    """
CREATE TABLE invoicer.billing_runs (
    org_id UUID NOT NULL,
    run_id UUID NOT NULL,
    barrier_id UUID NOT NULL,
    trigger TEXT NOT NULL,
    status TEXT NOT NULL,
    as_of TIMESTAMP WITH TIME ZONE NOT NULL,
    due_before TIMESTAMP WITH TIME ZONE NOT NULL,
    subscription_ids JSONB,
    periods_closed INTEGER NOT NULL,
    failures JSONB NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    completed_at TIMESTAMP WITH TIME ZONE,
    leased_until TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_billing_runs PRIMARY KEY (org_id, run_id),
    CONSTRAINT fk_billing_runs_barrier FOREIGN KEY(barrier_id) REFERENCES invoicer.barriers (barrier_id),
    CONSTRAINT ck_billing_runs_trigger_known CHECK (trigger IN ('schedule', 'manual')),
    CONSTRAINT ck_billing_runs_status_known CHECK (status IN ('waiting', 'closing', 'completed', 'failed'))
)
""",
    """CREATE INDEX ix_billing_runs_created ON invoicer.billing_runs (org_id, created_at, run_id)""",
    """CREATE INDEX ix_billing_runs_live ON invoicer.billing_runs (status) WHERE status IN ('waiting', 'closing')""",
    """CREATE UNIQUE INDEX uq_billing_runs_scheduled ON invoicer.billing_runs (org_id) WHERE trigger = 'schedule' AND status IN ('waiting', 'closing')""",
    """
CREATE TABLE invoicer.plan_versions (
    org_id UUID NOT NULL,
    plan_id UUID NOT NULL,
    number INTEGER NOT NULL,
    interval TEXT NOT NULL,
    interval_count INTEGER NOT NULL,
    base_price NUMERIC NOT NULL,
    billing TEXT NOT NULL,
    trial_days INTEGER NOT NULL,
    published_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_plan_versions PRIMARY KEY (org_id, plan_id, number),
    CONSTRAINT fk_plan_versions_plan FOREIGN KEY(org_id, plan_id) REFERENCES invoicer.plans (org_id, plan_id),
    CONSTRAINT ck_plan_versions_interval_known CHECK (interval IN ('day', 'week', 'month', 'quarter', 'year')),
    CONSTRAINT ck_plan_versions_billing_known CHECK (billing IN ('arrears')),
    CONSTRAINT ck_plan_versions_interval_count_in_range CHECK (interval_count BETWEEN 1 AND 12),
    CONSTRAINT ck_plan_versions_base_price_not_negative CHECK (base_price >= 0),
    CONSTRAINT ck_plan_versions_no_trial CHECK (trial_days = 0)
)
""",
    """
CREATE TABLE invoicer.plan_metrics (
    org_id UUID NOT NULL,
    plan_id UUID NOT NULL,
    number INTEGER NOT NULL,
    position INTEGER NOT NULL,
    charge_id UUID NOT NULL,
    metric_id UUID NOT NULL,
    metric TEXT NOT NULL,
    aggregation TEXT NOT NULL,
    name TEXT NOT NULL,
    model TEXT NOT NULL,
    unit_price NUMERIC NOT NULL,
    included_units NUMERIC NOT NULL,
    minimum_minor BIGINT,
    maximum_minor BIGINT,
    CONSTRAINT pk_plan_metrics PRIMARY KEY (org_id, plan_id, number, position),
    CONSTRAINT uq_plan_metrics_charge UNIQUE (org_id, charge_id),
    CONSTRAINT uq_plan_metrics_metric UNIQUE (org_id, plan_id, number, metric_id),
    CONSTRAINT fk_plan_metrics_version FOREIGN KEY(org_id, plan_id, number) REFERENCES invoicer.plan_versions (org_id, plan_id, number),
    CONSTRAINT ck_plan_metrics_aggregation_known CHECK (aggregation IN ('COUNT', 'SUM')),
    CONSTRAINT ck_plan_metrics_model_known CHECK (model IN ('per_unit')),
    CONSTRAINT ck_plan_metrics_price_not_negative CHECK (unit_price >= 0 AND included_units >= 0),
    CONSTRAINT ck_plan_metrics_bounds_ordered CHECK (minimum_minor <= maximum_minor)
)
""",
    """
CREATE TABLE invoicer.subscriptions (
    org_id UUID NOT NULL,
    subscription_id UUID NOT NULL,
    customer_id TEXT NOT NULL,
    plan_id UUID NOT NULL,
    plan_version INTEGER NOT NULL,
    status TEXT NOT NULL,
    time_zone TEXT NOT NULL,
    start_at TIMESTAMP WITH TIME ZONE NOT NULL,
    anchor_at TIMESTAMP WITH TIME ZONE NOT NULL,
    metadata JSONB NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    version INTEGER NOT NULL,
    closes INTEGER NOT NULL,
    CONSTRAINT pk_subscriptions PRIMARY KEY (org_id, subscription_id),
    CONSTRAINT fk_subscriptions_customer FOREIGN KEY(org_id, customer_id) REFERENCES invoicer.customers (org_id, customer_id),
    CONSTRAINT fk_subscriptions_plan FOREIGN KEY(org_id, plan_id, plan_version) REFERENCES invoicer.plan_versions (org_id, plan_id, number),
    CONSTRAINT ck_subscriptions_status_known CHECK (status IN ('active', 'past_due', 'suspended', 'canceled'))
)
""",
    """CREATE INDEX ix_subscriptions_created ON invoicer.subscriptions (org_id, created_at, subscription_id)""",
    """CREATE INDEX ix_subscriptions_customer ON invoicer.subscriptions (org_id, customer_id)""",
    """
CREATE TABLE invoicer.billing_periods (
    org_id UUID NOT NULL,
    period_id UUID NOT NULL,
    subscription_id UUID NOT NULL,
    period_index INTEGER NOT NULL,
    start_at TIMESTAMP WITH TIME ZONE NOT NULL,
    end_at TIMESTAMP WITH TIME ZONE NOT NULL,
    status TEXT NOT NULL,
    retry_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_billing_periods PRIMARY KEY (org_id, period_id),
    CONSTRAINT uq_billing_periods_index UNIQUE (org_id, subscription_id, period_index),
    CONSTRAINT uq_billing_periods_start UNIQUE (org_id, subscription_id, start_at),
    CONSTRAINT fk_billing_periods_subscription FOREIGN KEY(org_id, subscription_id) REFERENCES invoicer.subscriptions (org_id, subscription_id),
    CONSTRAINT ck_billing_periods_not_empty CHECK (start_at < end_at),
    CONSTRAINT ck_billing_periods_status_known CHECK (status IN ('open', 'invoiced'))
)
""",
    """CREATE INDEX ix_billing_periods_open ON invoicer.billing_periods (org_id, end_at) WHERE status = 'open'""",
    """
CREATE TABLE invoicer.invoices (
    org_id UUID NOT NULL,
    invoice_id UUID NOT NULL,
    sequence BIGINT NOT NULL,
    number TEXT NOT NULL,
    customer_id TEXT NOT NULL,
    customer_hash TEXT NOT NULL,
    issuer JSONB NOT NULL,
    subscription_id UUID NOT NULL,
    plan_id UUID NOT NULL,
    plan_code TEXT NOT NULL,
    plan_version INTEGER NOT NULL,
    period_index INTEGER NOT NULL,
    period_start_at TIMESTAMP WITH TIME ZONE NOT NULL,
    period_end_at TIMESTAMP WITH TIME ZONE NOT NULL,
    currency TEXT NOT NULL,
    total_minor BIGINT NOT NULL,
    issued_at TIMESTAMP WITH TIME ZONE NOT NULL,
    due_at TIMESTAMP WITH TIME ZONE NOT NULL,
    run_id UUID NOT NULL,
    markers JSONB NOT NULL,
    cut JSONB NOT NULL,
    previous_hash TEXT NOT NULL,
    hash TEXT NOT NULL,
    outbox_id BIGINT NOT NULL,
    CONSTRAINT pk_invoices PRIMARY KEY (org_id, invoice_id),
    CONSTRAINT fk_invoices_period FOREIGN KEY(org_id, invoice_id) REFERENCES invoicer.billing_periods (org_id, period_id),
    CONSTRAINT uq_invoices_sequence UNIQUE (org_id, sequence),
    CONSTRAINT uq_invoices_number UNIQUE (org_id, number),
    CONSTRAINT uq_invoices_previous_hash UNIQUE (org_id, previous_hash),
    CONSTRAINT uq_invoices_period UNIQUE (org_id, subscription_id, period_index),
    CONSTRAINT ck_invoices_sequence_positive CHECK (sequence > 0),
    CONSTRAINT ck_invoices_total_in_range CHECK (total_minor BETWEEN 0 AND 9007199254740991)
)
""",
    """CREATE INDEX ix_invoices_customer ON invoicer.invoices (org_id, customer_id)""",
    """CREATE INDEX ix_invoices_issued ON invoicer.invoices (org_id, issued_at, invoice_id)""",
    """CREATE INDEX ix_invoices_run ON invoicer.invoices (org_id, run_id)""",
    """
CREATE TABLE invoicer.period_charges (
    org_id UUID NOT NULL,
    customer_id TEXT NOT NULL,
    metric_id UUID NOT NULL,
    start_at TIMESTAMP WITH TIME ZONE NOT NULL,
    end_at TIMESTAMP WITH TIME ZONE NOT NULL,
    period_id UUID NOT NULL,
    charge_id UUID NOT NULL,
    subscription_id UUID NOT NULL,
    CONSTRAINT pk_period_charges PRIMARY KEY (org_id, customer_id, metric_id, start_at, period_id, charge_id),
    CONSTRAINT fk_period_charges_period FOREIGN KEY(org_id, period_id) REFERENCES invoicer.billing_periods (org_id, period_id)
)
""",
    """COMMENT ON TABLE invoicer.period_charges IS 'which charge bills a metric of a customer between two instants: what an arriving window is looked up in'""",
    """CREATE INDEX ix_period_charges_period ON invoicer.period_charges (org_id, period_id)""",
    """
CREATE TABLE invoicer.usage_periods (
    org_id UUID NOT NULL,
    subscription_id UUID NOT NULL,
    period_id UUID NOT NULL,
    charge_id UUID NOT NULL,
    shard INTEGER NOT NULL,
    event_count BIGINT NOT NULL,
    total NUMERIC NOT NULL,
    digest NUMERIC NOT NULL,
    changed BOOLEAN NOT NULL,
    CONSTRAINT pk_usage_periods PRIMARY KEY (org_id, subscription_id, period_id, charge_id, shard),
    CONSTRAINT fk_usage_periods_period FOREIGN KEY(org_id, period_id) REFERENCES invoicer.billing_periods (org_id, period_id),
    CONSTRAINT ck_usage_periods_count_not_negative CHECK (event_count >= 0),
    CONSTRAINT ck_usage_periods_digest_in_range CHECK (digest >= 0 AND digest < 2::numeric ^ 256)
)
 WITH (fillfactor = 70)
""",
    """COMMENT ON TABLE invoicer.usage_periods IS 'the sum of a charge''s windows in a period, per shard; changed: since it was billed last'""",
    """CREATE INDEX ix_usage_periods_changed ON invoicer.usage_periods (org_id, subscription_id) WHERE changed""",
    """
CREATE TABLE invoicer.invoice_balances (
    org_id UUID NOT NULL,
    invoice_id UUID NOT NULL,
    status TEXT NOT NULL,
    total_minor BIGINT NOT NULL,
    paid_minor BIGINT NOT NULL,
    credited_minor BIGINT NOT NULL,
    paid_at TIMESTAMP WITH TIME ZONE,
    voided_at TIMESTAMP WITH TIME ZONE,
    version INTEGER NOT NULL,
    CONSTRAINT pk_invoice_balances PRIMARY KEY (org_id, invoice_id),
    CONSTRAINT fk_invoice_balances_invoice FOREIGN KEY(org_id, invoice_id) REFERENCES invoicer.invoices (org_id, invoice_id),
    CONSTRAINT ck_invoice_balances_status_known CHECK (status IN ('open', 'paid', 'void', 'uncollectible')),
    CONSTRAINT ck_invoice_balances_not_overpaid CHECK (paid_minor >= 0 AND credited_minor >= 0 AND paid_minor + credited_minor <= total_minor),
    CONSTRAINT ck_invoice_balances_paid_when_nothing_is_due CHECK (status NOT IN ('open', 'paid') OR (status = 'paid') = (paid_minor + credited_minor = total_minor))
)
""",
    """
CREATE TABLE invoicer.invoice_customers (
    org_id UUID NOT NULL,
    invoice_id UUID NOT NULL,
    salt BYTEA NOT NULL,
    block JSONB,
    CONSTRAINT pk_invoice_customers PRIMARY KEY (org_id, invoice_id),
    CONSTRAINT fk_invoice_customers_invoice FOREIGN KEY(org_id, invoice_id) REFERENCES invoicer.invoices (org_id, invoice_id)
)
""",
    """COMMENT ON TABLE invoicer.invoice_customers IS 'the customer as named on the invoice; erasable, since the invoice''s hash covers only its salted hash'""",
    """
CREATE TABLE invoicer.invoice_lines (
    org_id UUID NOT NULL,
    invoice_id UUID NOT NULL,
    position INTEGER NOT NULL,
    line_id UUID NOT NULL,
    kind TEXT NOT NULL,
    description TEXT NOT NULL,
    amount_minor BIGINT NOT NULL,
    period_index INTEGER NOT NULL,
    period_start_at TIMESTAMP WITH TIME ZONE NOT NULL,
    period_end_at TIMESTAMP WITH TIME ZONE NOT NULL,
    charge_id UUID,
    metric_id UUID,
    metric TEXT,
    model TEXT,
    quantity NUMERIC,
    included_units NUMERIC,
    billable_units NUMERIC,
    steps JSONB,
    unrounded NUMERIC,
    event_count BIGINT,
    digest NUMERIC,
    adjusts_invoice_id UUID,
    adjusts_line_id UUID,
    rerated_minor BIGINT,
    billed_minor BIGINT,
    CONSTRAINT pk_invoice_lines PRIMARY KEY (org_id, invoice_id, position),
    CONSTRAINT uq_invoice_lines_line UNIQUE (org_id, line_id),
    CONSTRAINT fk_invoice_lines_invoice FOREIGN KEY(org_id, invoice_id) REFERENCES invoicer.invoices (org_id, invoice_id),
    CONSTRAINT ck_invoice_lines_kind_known CHECK (kind IN ('base', 'usage', 'adjustment', 'carry_forward')),
    CONSTRAINT ck_invoice_lines_amount_in_range CHECK (amount_minor BETWEEN -9007199254740991 AND 9007199254740991),
    CONSTRAINT ck_invoice_lines_usage_has_charge CHECK ((kind IN ('usage', 'adjustment')) = (charge_id IS NOT NULL)),
    CONSTRAINT ck_invoice_lines_evidence_whole CHECK ((charge_id IS NULL) = (num_nulls(metric_id, metric, model, quantity, included_units, billable_units, steps, unrounded, event_count, digest) = 10)),
    CONSTRAINT ck_invoice_lines_adjustment_names_its_line CHECK (num_nonnulls(adjusts_invoice_id, adjusts_line_id, rerated_minor, billed_minor) = CASE WHEN kind = 'adjustment' THEN 4 ELSE 0 END),
    CONSTRAINT ck_invoice_lines_adjustment_adds_up CHECK (kind <> 'adjustment' OR amount_minor = rerated_minor - billed_minor)
)
""",
    """CREATE INDEX ix_invoice_lines_adjusts ON invoicer.invoice_lines (org_id, adjusts_line_id) WHERE kind = 'adjustment'""",
    """CREATE INDEX ix_invoice_lines_carried ON invoicer.invoice_lines (org_id, invoice_id) WHERE kind = 'carry_forward'""",
    """
CREATE TABLE invoicer.invoice_transitions (
    org_id UUID NOT NULL,
    invoice_id UUID NOT NULL,
    version INTEGER NOT NULL,
    status TEXT NOT NULL,
    reason TEXT NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_invoice_transitions PRIMARY KEY (org_id, invoice_id, version),
    CONSTRAINT fk_invoice_transitions_invoice FOREIGN KEY(org_id, invoice_id) REFERENCES invoicer.invoices (org_id, invoice_id),
    CONSTRAINT ck_invoice_transitions_status_known CHECK (status IN ('open', 'paid', 'void', 'uncollectible'))
)
""",
    """
CREATE TABLE invoicer.payments (
    org_id UUID NOT NULL,
    payment_id UUID NOT NULL,
    invoice_id UUID NOT NULL,
    customer_id TEXT NOT NULL,
    status TEXT NOT NULL,
    amount_minor BIGINT NOT NULL,
    currency TEXT NOT NULL,
    reference TEXT NOT NULL,
    method TEXT,
    paid_at TIMESTAMP WITH TIME ZONE NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_payments PRIMARY KEY (org_id, payment_id),
    CONSTRAINT uq_payments_reference UNIQUE (org_id, reference),
    CONSTRAINT fk_payments_invoice FOREIGN KEY(org_id, invoice_id) REFERENCES invoicer.invoices (org_id, invoice_id),
    CONSTRAINT ck_payments_status_known CHECK (status IN ('succeeded')),
    CONSTRAINT ck_payments_amount_in_range CHECK (amount_minor BETWEEN 1 AND 9007199254740991)
)
""",
    """
CREATE TABLE invoicer.verifications (
    org_id UUID NOT NULL,
    verification_id UUID NOT NULL,
    invoice_id UUID NOT NULL,
    status TEXT NOT NULL,
    checked_events BIGINT NOT NULL,
    checks JSONB NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    completed_at TIMESTAMP WITH TIME ZONE,
    leased_until TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_verifications PRIMARY KEY (org_id, verification_id),
    CONSTRAINT fk_verifications_invoice FOREIGN KEY(org_id, invoice_id) REFERENCES invoicer.invoices (org_id, invoice_id),
    CONSTRAINT ck_verifications_status_known CHECK (status IN ('running', 'passed', 'failed'))
)
""",
    """CREATE UNIQUE INDEX uq_verifications_running ON invoicer.verifications (org_id, invoice_id) WHERE status = 'running'""",
)
