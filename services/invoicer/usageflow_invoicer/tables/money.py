"""What happens to invoices after they were issued: payments, credit notes (insert-only), dunning."""

from __future__ import annotations

import sqlalchemy as sa

from usageflow_common.money import AMOUNT_MINOR_MAX
from usageflow_invoicer.tables.catalog import subscriptions
from usageflow_invoicer.tables.invoices import invoice_lines, invoices
from usageflow_invoicer.tables.schema import bigint, instant, integer, metadata, one_of, text, uuid

_OF_INVOICE = ([invoices.c.org_id, invoices.c.invoice_id],)

payments = sa.Table(
    "payments",
    metadata,
    uuid("org_id"),
    uuid("payment_id"),
    uuid("invoice_id"),
    text("customer_id"),
    text("status"),
    bigint("amount_minor"),
    text("currency"),
    text("reference"),
    text("method", nullable=True),
    text("failure_code", nullable=True),
    text("provider"),
    instant("paid_at", nullable=True),
    instant("created_at"),
    text("payment_method", nullable=True),
    # While it is pending: when its provider is asked (again), and how often it was.
    instant("ask_at", nullable=True),
    integer("asks"),
    sa.PrimaryKeyConstraint("org_id", "payment_id"),
    sa.UniqueConstraint("org_id", "reference", name="uq_payments_reference"),
    sa.ForeignKeyConstraint(["org_id", "invoice_id"], *_OF_INVOICE, name="fk_payments_invoice"),
    one_of("status", ("pending", "succeeded", "failed"), "status_known"),
    sa.CheckConstraint(f"amount_minor BETWEEN 1 AND {AMOUNT_MINOR_MAX}", name="amount_in_range"),
    sa.CheckConstraint("(status = 'succeeded') = (paid_at IS NOT NULL)", name="paid_when_succeeded"),
    sa.CheckConstraint("failure_code IS NULL OR status = 'failed'", name="code_of_a_failure"),
    sa.CheckConstraint("(status = 'pending') = (ask_at IS NOT NULL)", name="asked_while_pending"),
    sa.CheckConstraint("(provider = 'manual') = (payment_method IS NULL)", name="charged_a_method"),
    sa.Index(
        "uq_payments_pending", "org_id", "invoice_id", unique=True, postgresql_where=sa.text("status = 'pending'")
    ),
    sa.Index("ix_payments_asked", "ask_at", postgresql_where=sa.text("status = 'pending'")),
    sa.Index("ix_payments_invoice", "org_id", "invoice_id"),
    sa.Index("ix_payments_created", "org_id", "created_at", "payment_id"),
)

credit_notes = sa.Table(
    "credit_notes",
    metadata,
    uuid("org_id"),
    uuid("credit_note_id"),
    bigint("sequence"),
    text("number"),
    uuid("invoice_id"),
    text("customer_id"),
    text("currency"),
    bigint("total_minor"),
    text("reason"),
    text("disposition"),
    # How far the chain of invoices was then: later ones begin with the credit.
    bigint("after_sequence"),
    instant("created_at"),
    sa.PrimaryKeyConstraint("org_id", "credit_note_id"),
    sa.UniqueConstraint("org_id", "sequence", name="uq_credit_notes_sequence"),
    sa.ForeignKeyConstraint(["org_id", "invoice_id"], *_OF_INVOICE, name="fk_credit_notes_invoice"),
    one_of("disposition", ("reduce_due", "refund", "next_invoice"), "disposition_known"),
    sa.CheckConstraint(f"total_minor BETWEEN 1 AND {AMOUNT_MINOR_MAX}", name="total_in_range"),
    sa.Index("ix_credit_notes_invoice", "org_id", "invoice_id"),
    sa.Index("ix_credit_notes_customer", "org_id", "customer_id"),
)

credit_note_lines = sa.Table(
    "credit_note_lines",
    metadata,
    uuid("org_id"),
    uuid("credit_note_id"),
    integer("position"),
    uuid("line_id"),
    bigint("amount_minor"),
    sa.PrimaryKeyConstraint("org_id", "credit_note_id", "position"),
    sa.UniqueConstraint("org_id", "credit_note_id", "line_id", name="uq_credit_note_lines_line"),
    sa.ForeignKeyConstraint(
        ["org_id", "credit_note_id"],
        [credit_notes.c.org_id, credit_notes.c.credit_note_id],
        name="fk_credit_note_lines_credit_note",
    ),
    sa.ForeignKeyConstraint(
        ["org_id", "line_id"], [invoice_lines.c.org_id, invoice_lines.c.line_id], name="fk_credit_note_lines_line"
    ),
    sa.CheckConstraint("amount_minor > 0", name="amount_positive"),
    sa.Index("ix_credit_note_lines_line", "org_id", "line_id"),
)

dunnings = sa.Table(
    "dunnings",
    metadata,
    uuid("org_id"),
    uuid("invoice_id"),
    uuid("subscription_id"),
    instant("began_at"),
    integer("attempt"),
    instant("next_attempt_at", nullable=True),
    instant("suspends_at"),
    instant("suspended_at", nullable=True),
    instant("ended_at", nullable=True),
    sa.PrimaryKeyConstraint("org_id", "invoice_id"),
    sa.ForeignKeyConstraint(["org_id", "invoice_id"], *_OF_INVOICE, name="fk_dunnings_invoice"),
    sa.ForeignKeyConstraint(
        ["org_id", "subscription_id"],
        [subscriptions.c.org_id, subscriptions.c.subscription_id],
        name="fk_dunnings_subscription",
    ),
    sa.CheckConstraint("attempt >= 1", name="attempt_positive"),
    sa.Index("ix_dunnings_live", "org_id", "subscription_id", postgresql_where=sa.text("ended_at IS NULL")),
    comment="an invoice whose payment failed, or that was not paid in time; ended when nothing is owed on it any more",
)
