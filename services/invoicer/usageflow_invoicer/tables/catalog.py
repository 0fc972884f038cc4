"""Who pays, and for what: customers, plans with their immutable versions, subscriptions."""

from __future__ import annotations

import sqlalchemy as sa

from usageflow_common.metering import AGGREGATIONS
from usageflow_invoicer.domain.pricing.documents import MODELS
from usageflow_invoicer.tables.schema import bigint, exact, flag, instant, integer, json, metadata, one_of, text, uuid

customers = sa.Table(
    "customers",
    metadata,
    uuid("org_id"),
    text("customer_id"),
    text("name", nullable=True),
    text("email", nullable=True),
    json("address", nullable=True),
    text("tax_id", nullable=True),
    text("time_zone"),
    # What the organization's payment provider charges, in its words.
    text("payment_method", nullable=True),
    json("metadata"),
    instant("created_at"),
    integer("version"),
    sa.PrimaryKeyConstraint("org_id", "customer_id"),
    sa.Index("ix_customers_created", "org_id", "created_at", "customer_id"),
    sa.Index("ix_customers_collected", "org_id", "customer_id", postgresql_where=sa.text("payment_method IS NOT NULL")),
)

plans = sa.Table(
    "plans",
    metadata,
    uuid("org_id"),
    uuid("plan_id"),
    text("code"),
    text("name"),
    text("description", nullable=True),
    text("currency"),
    integer("latest_version", nullable=True),
    json("draft", nullable=True),
    json("metadata"),
    instant("created_at"),
    integer("version"),
    flag("archived"),
    sa.PrimaryKeyConstraint("org_id", "plan_id"),
    sa.UniqueConstraint("org_id", "code", name="uq_plans_code"),
    sa.CheckConstraint("latest_version IS NOT NULL OR draft IS NOT NULL", name="has_definition"),
    sa.Index("ix_plans_created", "org_id", "created_at", "plan_id"),
)

plan_versions = sa.Table(
    "plan_versions",
    metadata,
    uuid("org_id"),
    uuid("plan_id"),
    integer("number"),
    text("interval"),
    integer("interval_count"),
    exact("base_price"),
    text("billing"),
    integer("trial_days"),
    instant("published_at"),
    sa.PrimaryKeyConstraint("org_id", "plan_id", "number"),
    sa.ForeignKeyConstraint(["org_id", "plan_id"], [plans.c.org_id, plans.c.plan_id], name="fk_plan_versions_plan"),
    one_of("interval", ("day", "week", "month", "quarter", "year"), "interval_known"),
    one_of("billing", ("advance", "arrears"), "billing_known"),
    sa.CheckConstraint("interval_count BETWEEN 1 AND 12", name="interval_count_in_range"),
    sa.CheckConstraint("base_price >= 0", name="base_price_not_negative"),
    sa.CheckConstraint("trial_days BETWEEN 0 AND 730", name="trial_days_in_range"),
)

plan_metrics = sa.Table(
    "plan_metrics",
    metadata,
    uuid("org_id"),
    uuid("plan_id"),
    integer("number"),
    integer("position"),
    uuid("charge_id"),
    uuid("metric_id"),
    text("metric"),
    text("aggregation"),
    text("name"),
    text("model"),
    # What the model takes, in the words of the API; for a matrix also the prices of its values.
    json("definition"),
    text("matrix_property", nullable=True),
    sa.PrimaryKeyConstraint("org_id", "plan_id", "number", "position"),
    sa.UniqueConstraint("org_id", "charge_id", name="uq_plan_metrics_charge"),
    sa.UniqueConstraint("org_id", "plan_id", "number", "metric_id", name="uq_plan_metrics_metric"),
    sa.ForeignKeyConstraint(
        ["org_id", "plan_id", "number"],
        [plan_versions.c.org_id, plan_versions.c.plan_id, plan_versions.c.number],
        name="fk_plan_metrics_version",
    ),
    one_of("aggregation", AGGREGATIONS, "aggregation_known"),
    one_of("model", MODELS, "model_known"),
    sa.CheckConstraint("(matrix_property IS NULL) = (definition -> 'values' IS NULL)", name="matrix_whole"),
)

subscriptions = sa.Table(
    "subscriptions",
    metadata,
    uuid("org_id"),
    uuid("subscription_id"),
    text("customer_id"),
    uuid("plan_id"),
    integer("plan_version"),
    text("status"),
    text("time_zone"),
    instant("start_at"),
    instant("anchor_at"),
    instant("trial_end_at", nullable=True),
    instant("canceled_at", nullable=True),
    text("suspension_reason", nullable=True),
    instant("suspended_at", nullable=True),
    # Whether the periods to come owe no base price; beside it a subscription may be suspended for non-payment.
    flag("paused"),
    # When the next thing happens by itself: the newest period ends, or a change is due.
    instant("next_at"),
    json("metadata"),
    instant("created_at"),
    integer("version"),
    # Every close writes here: two closers of one subscription conflict, which a lock alone would not make them do.
    integer("closes"),
    sa.PrimaryKeyConstraint("org_id", "subscription_id"),
    sa.ForeignKeyConstraint(
        ["org_id", "customer_id"], [customers.c.org_id, customers.c.customer_id], name="fk_subscriptions_customer"
    ),
    sa.ForeignKeyConstraint(
        ["org_id", "plan_id", "plan_version"],
        [plan_versions.c.org_id, plan_versions.c.plan_id, plan_versions.c.number],
        name="fk_subscriptions_plan",
    ),
    one_of("status", ("trialing", "active", "past_due", "suspended", "canceled"), "status_known"),
    one_of("suspension_reason", ("paused", "payment_failed"), "suspension_known"),
    sa.CheckConstraint(
        "(status = 'suspended') = (suspension_reason IS NOT NULL) AND (suspension_reason IS NULL) = (suspended_at IS NULL)",
        name="suspension_whole",
    ),
    sa.CheckConstraint("(status = 'canceled') = (canceled_at IS NOT NULL)", name="cancellation_whole"),
    sa.Index("ix_subscriptions_next", "next_at", "org_id", postgresql_where=sa.text("status <> 'canceled'")),
    sa.Index("ix_subscriptions_customer", "org_id", "customer_id"),
    sa.Index("ix_subscriptions_created", "org_id", "created_at", "subscription_id"),
)

subscription_changes = sa.Table(
    "subscription_changes",
    metadata,
    uuid("org_id"),
    uuid("change_id"),
    uuid("subscription_id"),
    text("kind"),
    instant("at"),
    text("status"),
    uuid("plan_id", nullable=True),
    integer("plan_version", nullable=True),
    text("reason", nullable=True),
    instant("created_at"),
    instant("ended_at", nullable=True),
    sa.PrimaryKeyConstraint("org_id", "change_id"),
    sa.ForeignKeyConstraint(
        ["org_id", "subscription_id"],
        [subscriptions.c.org_id, subscriptions.c.subscription_id],
        name="fk_subscription_changes_subscription",
    ),
    sa.ForeignKeyConstraint(
        ["org_id", "plan_id", "plan_version"],
        [plan_versions.c.org_id, plan_versions.c.plan_id, plan_versions.c.number],
        name="fk_subscription_changes_plan",
    ),
    one_of("kind", ("change_plan", "pause", "resume", "cancel"), "kind_known"),
    one_of("status", ("scheduled", "applied", "dropped"), "status_known"),
    sa.CheckConstraint(
        "num_nonnulls(plan_id, plan_version) = CASE WHEN kind = 'change_plan' THEN 2 ELSE 0 END", name="plan_whole"
    ),
    sa.CheckConstraint("(status = 'scheduled') = (ended_at IS NULL)", name="end_whole"),
    sa.Index("ix_subscription_changes_subscription", "org_id", "subscription_id", "at"),
)

test_clocks = sa.Table(
    "test_clocks",
    metadata,
    uuid("org_id", primary_key=True),
    bigint("offset_microseconds"),
    instant("target_at", nullable=True),
    instant("asked_at"),
    integer("version"),
    comment="offset from wall time; target_at: where it is to be, with a stop at everything that falls due",
)

thresholds = sa.Table(
    "thresholds",
    metadata,
    uuid("org_id"),
    uuid("threshold_id"),
    uuid("subscription_id"),
    text("metric", nullable=True),
    exact("quantity", nullable=True),
    bigint("amount_minor", nullable=True),
    integer("fired_index", nullable=True),
    instant("fired_at", nullable=True),
    instant("created_at"),
    sa.PrimaryKeyConstraint("org_id", "threshold_id"),
    sa.ForeignKeyConstraint(
        ["org_id", "subscription_id"],
        [subscriptions.c.org_id, subscriptions.c.subscription_id],
        name="fk_thresholds_subscription",
    ),
    sa.CheckConstraint(
        "num_nonnulls(metric, quantity) = 2 AND amount_minor IS NULL "
        "OR num_nonnulls(metric, quantity) = 0 AND amount_minor IS NOT NULL",
        name="one_measure",
    ),
    sa.CheckConstraint("quantity > 0 OR amount_minor > 0", name="above_zero"),
    sa.Index("ix_thresholds_subscription", "org_id", "subscription_id"),
)
