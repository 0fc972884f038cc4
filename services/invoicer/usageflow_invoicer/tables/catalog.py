"""Who pays, and for what: customers, plans with their immutable versions, subscriptions."""

from __future__ import annotations

import sqlalchemy as sa

from usageflow_common.metering import AGGREGATIONS
from usageflow_invoicer.domain.pricing.documents import MODELS
from usageflow_invoicer.tables.schema import exact, flag, instant, integer, json, metadata, one_of, text, uuid

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
    json("metadata"),
    instant("created_at"),
    integer("version"),
    sa.PrimaryKeyConstraint("org_id", "customer_id"),
    sa.Index("ix_customers_created", "org_id", "created_at", "customer_id"),
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
    one_of("billing", ("arrears",), "billing_known"),
    sa.CheckConstraint("interval_count BETWEEN 1 AND 12", name="interval_count_in_range"),
    sa.CheckConstraint("base_price >= 0", name="base_price_not_negative"),
    sa.CheckConstraint("trial_days = 0", name="no_trial"),
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
    one_of("status", ("active", "past_due", "suspended", "canceled"), "status_known"),
    sa.Index("ix_subscriptions_customer", "org_id", "customer_id"),
    sa.Index("ix_subscriptions_created", "org_id", "created_at", "subscription_id"),
)
