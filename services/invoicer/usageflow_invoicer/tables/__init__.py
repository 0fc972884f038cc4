"""The invoicer's schema: every table, with named constraints that make bad states impossible. `org_id` leads every tenant's key."""

from usageflow_common.migrations import ServiceSchema
from usageflow_invoicer.tables.billing import (
    applied_offsets,
    applied_progress,
    barrier_partitions,
    barriers,
    billing_periods,
    billing_runs,
    period_charges,
    quarantined_records,
    usage_periods,
    usage_points,
    usage_windows,
)
from usageflow_invoicer.tables.catalog import (
    customers,
    plan_metrics,
    plan_versions,
    plans,
    subscription_changes,
    subscriptions,
    test_clocks,
    thresholds,
)
from usageflow_invoicer.tables.invoices import (
    invoice_balances,
    invoice_chains,
    invoice_customers,
    invoice_lines,
    invoice_transitions,
    invoices,
    verifications,
)
from usageflow_invoicer.tables.money import credit_note_lines, credit_notes, dunnings, payments
from usageflow_invoicer.tables.schema import metadata, operations, outbox

INSERT_ONLY = (
    "plan_versions",
    "plan_metrics",
    "invoices",
    "invoice_lines",
    "invoice_transitions",
    "credit_notes",
    "credit_note_lines",
)

SCHEMA = ServiceSchema("invoicer", metadata, append_only=INSERT_ONLY)

__all__ = [
    "INSERT_ONLY",
    "SCHEMA",
    "applied_offsets",
    "applied_progress",
    "barrier_partitions",
    "barriers",
    "billing_periods",
    "billing_runs",
    "credit_note_lines",
    "credit_notes",
    "customers",
    "dunnings",
    "invoice_balances",
    "invoice_chains",
    "invoice_customers",
    "invoice_lines",
    "invoice_transitions",
    "invoices",
    "metadata",
    "operations",
    "outbox",
    "payments",
    "period_charges",
    "plan_metrics",
    "plan_versions",
    "plans",
    "quarantined_records",
    "subscription_changes",
    "subscriptions",
    "test_clocks",
    "thresholds",
    "usage_periods",
    "usage_points",
    "usage_windows",
    "verifications",
]
