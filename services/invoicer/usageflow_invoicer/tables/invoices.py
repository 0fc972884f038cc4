"""Invoices: insert-only documents, the chain that numbers them, and the rows beside them that may change."""

from __future__ import annotations

import sqlalchemy as sa

from usageflow_common.money import AMOUNT_MINOR_MAX
from usageflow_invoicer.tables.schema import (
    amount_in_range,
    bigint,
    exact,
    instant,
    integer,
    json,
    metadata,
    one_of,
    text,
    uuid,
)

STATUSES = ("open", "paid", "void", "uncollectible")

invoice_chains = sa.Table(
    "invoice_chains",
    metadata,
    uuid("org_id", primary_key=True),
    bigint("last_sequence"),
    text("last_hash"),
    bigint("last_credit_note"),
    sa.CheckConstraint("last_sequence >= 0 AND last_credit_note >= 0", name="sequence_not_negative"),
    comment="the one sequencer of an organization: its row is locked last, numbers and hashes continue from it",
)

invoices = sa.Table(
    "invoices",
    metadata,
    uuid("org_id"),
    uuid("invoice_id"),
    bigint("sequence"),
    text("number"),
    text("customer_id"),
    text("customer_hash"),
    json("issuer"),
    uuid("subscription_id"),
    uuid("plan_id"),
    text("plan_code"),
    integer("plan_version"),
    integer("period_index"),
    instant("period_start_at"),
    instant("period_end_at"),
    text("currency"),
    bigint("total_minor"),
    instant("issued_at"),
    instant("due_at"),
    uuid("run_id"),
    json("markers"),
    json("cut"),
    text("previous_hash"),
    text("hash"),
    bigint("outbox_id"),
    sa.PrimaryKeyConstraint("org_id", "invoice_id"),
    sa.UniqueConstraint("org_id", "sequence", name="uq_invoices_sequence"),
    sa.UniqueConstraint("org_id", "number", name="uq_invoices_number"),
    sa.UniqueConstraint("org_id", "previous_hash", name="uq_invoices_previous_hash"),
    sa.UniqueConstraint("org_id", "subscription_id", "period_index", name="uq_invoices_period"),
    sa.CheckConstraint("sequence > 0", name="sequence_positive"),
    sa.CheckConstraint(f"total_minor BETWEEN 0 AND {AMOUNT_MINOR_MAX}", name="total_in_range"),
    sa.Index("ix_invoices_customer", "org_id", "customer_id"),
    sa.Index("ix_invoices_run", "org_id", "run_id"),
    sa.Index("ix_invoices_issued", "org_id", "issued_at", "invoice_id"),
)

invoice_lines = sa.Table(
    "invoice_lines",
    metadata,
    uuid("org_id"),
    uuid("invoice_id"),
    integer("position"),
    uuid("line_id"),
    text("kind"),
    text("description"),
    bigint("amount_minor"),
    integer("period_index"),
    instant("period_start_at"),
    instant("period_end_at"),
    uuid("segment_id", nullable=True),
    bigint("share_numerator"),
    bigint("share_denominator"),
    bigint("share_offset"),
    uuid("plan_id", nullable=True),
    integer("plan_version", nullable=True),
    uuid("charge_id", nullable=True),
    uuid("metric_id", nullable=True),
    text("metric", nullable=True),
    text("model", nullable=True),
    exact("quantity", nullable=True),
    exact("included_units", nullable=True),
    exact("billable_units", nullable=True),
    json("steps", nullable=True),
    exact("unrounded", nullable=True),
    bigint("event_count", nullable=True),
    exact("digest", nullable=True),
    text("group_property", nullable=True),
    text("group_value", nullable=True),
    uuid("adjusts_invoice_id", nullable=True),
    uuid("adjusts_line_id", nullable=True),
    bigint("rerated_minor", nullable=True),
    bigint("billed_minor", nullable=True),
    sa.PrimaryKeyConstraint("org_id", "invoice_id", "position"),
    sa.UniqueConstraint("org_id", "line_id", name="uq_invoice_lines_line"),
    sa.ForeignKeyConstraint(
        ["org_id", "invoice_id"], [invoices.c.org_id, invoices.c.invoice_id], name="fk_invoice_lines_invoice"
    ),
    one_of("kind", ("base", "proration", "usage", "adjustment", "credit", "carry_forward"), "kind_known"),
    sa.CheckConstraint(
        "0 <= share_offset AND share_offset + share_numerator <= share_denominator", name="share_in_range"
    ),
    amount_in_range("amount_minor", "amount_in_range"),
    sa.CheckConstraint("(kind IN ('usage', 'adjustment')) = (charge_id IS NOT NULL)", name="usage_has_charge"),
    sa.CheckConstraint(
        "(charge_id IS NULL) = (num_nulls(metric_id, metric, model, quantity, included_units, billable_units, steps, "
        "unrounded, event_count, digest) = 10)",
        name="evidence_whole",
    ),
    sa.CheckConstraint(
        "(group_property IS NULL) = (group_value IS NULL) AND (group_value IS NULL OR charge_id IS NOT NULL)",
        name="group_whole",
    ),
    sa.CheckConstraint(
        "num_nonnulls(adjusts_invoice_id, adjusts_line_id, rerated_minor, billed_minor) = "
        "CASE WHEN kind = 'adjustment' THEN 4 ELSE 0 END",
        name="adjustment_names_its_line",
    ),
    sa.CheckConstraint(
        "kind <> 'adjustment' OR amount_minor = rerated_minor - billed_minor", name="adjustment_adds_up"
    ),
    sa.Index("ix_invoice_lines_adjusts", "org_id", "adjusts_line_id", postgresql_where=sa.text("kind = 'adjustment'")),
    sa.Index("ix_invoice_lines_carried", "org_id", "invoice_id", postgresql_where=sa.text("kind = 'carry_forward'")),
)

invoice_customers = sa.Table(
    "invoice_customers",
    metadata,
    uuid("org_id"),
    uuid("invoice_id"),
    sa.Column("salt", sa.LargeBinary, nullable=False),
    json("block", nullable=True),
    sa.PrimaryKeyConstraint("org_id", "invoice_id"),
    sa.ForeignKeyConstraint(
        ["org_id", "invoice_id"], [invoices.c.org_id, invoices.c.invoice_id], name="fk_invoice_customers_invoice"
    ),
    comment="the customer as named on the invoice; erasable, since the invoice's hash covers only its salted hash",
)

invoice_transitions = sa.Table(
    "invoice_transitions",
    metadata,
    uuid("org_id"),
    uuid("invoice_id"),
    integer("version"),
    text("status"),
    text("reason"),
    instant("at"),
    sa.PrimaryKeyConstraint("org_id", "invoice_id", "version"),
    sa.ForeignKeyConstraint(
        ["org_id", "invoice_id"], [invoices.c.org_id, invoices.c.invoice_id], name="fk_invoice_transitions_invoice"
    ),
    one_of("status", STATUSES, "status_known"),
)

invoice_balances = sa.Table(
    "invoice_balances",
    metadata,
    uuid("org_id"),
    uuid("invoice_id"),
    text("status"),
    bigint("total_minor"),
    bigint("paid_minor"),
    bigint("credited_minor"),
    instant("paid_at", nullable=True),
    instant("voided_at", nullable=True),
    # How far the chain was then: later invoices have the credit again that this one had taken up.
    bigint("voided_after", nullable=True),
    integer("version"),
    sa.PrimaryKeyConstraint("org_id", "invoice_id"),
    sa.ForeignKeyConstraint(
        ["org_id", "invoice_id"], [invoices.c.org_id, invoices.c.invoice_id], name="fk_invoice_balances_invoice"
    ),
    one_of("status", STATUSES, "status_known"),
    sa.CheckConstraint(
        "paid_minor >= 0 AND credited_minor >= 0 AND paid_minor + credited_minor <= total_minor", name="not_overpaid"
    ),
    sa.CheckConstraint(
        "status NOT IN ('open', 'paid') OR (status = 'paid') = (paid_minor + credited_minor = total_minor)",
        name="paid_when_nothing_is_due",
    ),
    sa.CheckConstraint("(status = 'void') = (voided_at IS NOT NULL AND voided_after IS NOT NULL)", name="void_whole"),
    sa.Index("ix_invoice_balances_open", "org_id", "invoice_id", postgresql_where=sa.text("status = 'open'")),
)

verifications = sa.Table(
    "verifications",
    metadata,
    uuid("org_id"),
    uuid("verification_id"),
    uuid("invoice_id"),
    text("status"),
    bigint("checked_events"),
    json("checks"),
    instant("created_at"),
    instant("completed_at", nullable=True),
    instant("leased_until", nullable=True),
    sa.PrimaryKeyConstraint("org_id", "verification_id"),
    sa.ForeignKeyConstraint(
        ["org_id", "invoice_id"], [invoices.c.org_id, invoices.c.invoice_id], name="fk_verifications_invoice"
    ),
    one_of("status", ("running", "passed", "failed"), "status_known"),
    sa.Index(
        "uq_verifications_running",
        "org_id",
        "invoice_id",
        unique=True,
        postgresql_where=sa.text("status = 'running'"),
    ),
)
