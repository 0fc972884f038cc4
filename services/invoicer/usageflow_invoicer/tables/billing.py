"""Usage as it was applied, the periods it falls into, and the runs that close them behind a barrier."""

from __future__ import annotations

import sqlalchemy as sa

from usageflow_invoicer.tables.catalog import plan_versions, subscriptions
from usageflow_invoicer.tables.schema import (
    bigint,
    exact,
    flag,
    instant,
    integer,
    json,
    metadata,
    one_of,
    text,
    uuid,
)

applied_offsets = sa.Table(
    "applied_offsets",
    metadata,
    sa.Column("partition", sa.Integer, primary_key=True, autoincrement=False),
    bigint("generation"),
    bigint("applied"),
    bigint("position"),
    bigint("coming_generation", nullable=True),
    integer("coming_part", nullable=True),
    sa.CheckConstraint("applied >= 0 AND position >= 0", name="not_negative"),
    sa.CheckConstraint("(coming_generation IS NULL) = (coming_part IS NULL)", name="coming"),
    sa.CheckConstraint("coming_generation > generation AND coming_part > 0", name="coming_higher"),
    comment="applied: the offset of events.raw up to which everything was applied; position: where to read on in usage.aggregated; "
    "coming: a republished shard whose parts are applied up to this one",
)

applied_progress = sa.Table(
    "applied_progress",
    metadata,
    sa.Column(
        "partition",
        sa.Integer,
        sa.ForeignKey(applied_offsets.c.partition, name="fk_applied_progress_partition"),
        primary_key=True,
        autoincrement=False,
    ),
    instant("counted_through"),
    comment="Whatever was accepted before this instant is applied.",
)

quarantined_records = sa.Table(
    "quarantined_records",
    metadata,
    sa.Column("partition", sa.Integer, nullable=False),
    bigint("offset"),
    uuid("org_id", nullable=True),
    sa.PrimaryKeyConstraint("partition", "offset"),
    comment="unreadable records of events.raw, not yet released; no organization means that all are concerned",
)

usage_windows = sa.Table(
    "usage_windows",
    metadata,
    uuid("org_id"),
    text("customer_id"),
    uuid("metric_id"),
    instant("window_start_at"),
    text("group_key"),
    integer("shard"),
    bigint("generation"),
    bigint("version"),
    bigint("event_count"),
    exact("total"),
    exact("delta_seconds", nullable=True),
    exact("value", nullable=True),
    instant("value_at", nullable=True),
    uuid("value_event_id", nullable=True),
    exact("digest"),
    sa.PrimaryKeyConstraint("org_id", "customer_id", "metric_id", "window_start_at", "group_key", "shard"),
    sa.CheckConstraint("(value_at IS NULL) = (value_event_id IS NULL)", name="latest"),
    postgresql_with={"fillfactor": "70"},
)

usage_points = sa.Table(
    "usage_points",
    metadata,
    uuid("org_id"),
    text("customer_id"),
    uuid("metric_id"),
    instant("window_start_at"),
    text("group_key"),
    integer("shard"),
    sa.Column("value_hash", sa.LargeBinary, nullable=False),
    bigint("generation"),
    bigint("version"),
    flag("present"),
    sa.PrimaryKeyConstraint(
        "org_id", "customer_id", "metric_id", "window_start_at", "group_key", "shard", "value_hash"
    ),
    sa.CheckConstraint("octet_length(value_hash) = 16", name="value_hash_length"),
    postgresql_with={"fillfactor": "70"},
    comment="the distinct values of UNIQUE metrics, per window; absent ones stay, so that an older state does not bring them back",
)

billing_periods = sa.Table(
    "billing_periods",
    metadata,
    uuid("org_id"),
    uuid("period_id"),
    uuid("subscription_id"),
    integer("period_index"),
    integer("segment"),
    integer("step"),
    text("kind"),
    instant("start_at"),
    instant("end_at"),
    instant("full_start_at"),
    instant("full_end_at"),
    uuid("plan_id"),
    integer("plan_version"),
    flag("paused"),
    flag("last"),
    flag("without_grace"),
    text("status"),
    instant("retry_at", nullable=True),
    sa.PrimaryKeyConstraint("org_id", "period_id"),
    sa.UniqueConstraint("org_id", "subscription_id", "period_index", "segment", name="uq_billing_periods_segment"),
    sa.ForeignKeyConstraint(
        ["org_id", "subscription_id"],
        [subscriptions.c.org_id, subscriptions.c.subscription_id],
        name="fk_billing_periods_subscription",
    ),
    sa.ForeignKeyConstraint(
        ["org_id", "plan_id", "plan_version"],
        [plan_versions.c.org_id, plan_versions.c.plan_id, plan_versions.c.number],
        name="fk_billing_periods_plan",
    ),
    sa.CheckConstraint("start_at < end_at OR (kind IN ('opening', 'sweep') AND start_at = end_at)", name="not_empty"),
    sa.CheckConstraint("full_start_at <= start_at AND end_at <= full_end_at", name="within_the_full_one"),
    one_of("kind", ("opening", "trial", "regular", "sweep"), "kind_known"),
    one_of("status", ("open", "invoiced", "skipped"), "status_known"),
    sa.Index(
        "ix_billing_periods_open", "org_id", "subscription_id", postgresql_where=sa.text("status = 'open' AND last")
    ),
    sa.Index(
        "ix_billing_periods_due",
        "org_id",
        "without_grace",
        "end_at",
        postgresql_where=sa.text("status = 'open' AND last"),
    ),
    comment="a row for each part of a period; the last one's id is the invoice's",
)

period_charges = sa.Table(
    "period_charges",
    metadata,
    uuid("org_id"),
    text("customer_id"),
    uuid("metric_id"),
    instant("start_at"),
    instant("end_at"),
    uuid("period_id"),
    uuid("charge_id"),
    uuid("subscription_id"),
    text("matrix_property", nullable=True),
    sa.PrimaryKeyConstraint("org_id", "customer_id", "metric_id", "start_at", "period_id", "charge_id"),
    sa.ForeignKeyConstraint(
        ["org_id", "period_id"],
        [billing_periods.c.org_id, billing_periods.c.period_id],
        name="fk_period_charges_period",
    ),
    sa.Index("ix_period_charges_period", "org_id", "period_id"),
    comment="which charge bills a metric of a customer between two instants: what an arriving window is looked up in",
)

usage_periods = sa.Table(
    "usage_periods",
    metadata,
    uuid("org_id"),
    uuid("subscription_id"),
    uuid("period_id"),
    uuid("charge_id"),
    text("group_value"),
    integer("shard"),
    bigint("event_count"),
    exact("total"),
    exact("delta_seconds"),
    exact("opening"),
    exact("digest"),
    flag("changed"),
    instant("changed_at"),
    sa.PrimaryKeyConstraint("org_id", "subscription_id", "period_id", "charge_id", "group_value", "shard"),
    sa.ForeignKeyConstraint(
        ["org_id", "period_id"], [billing_periods.c.org_id, billing_periods.c.period_id], name="fk_usage_periods_period"
    ),
    sa.CheckConstraint("event_count >= 0", name="count_not_negative"),
    sa.CheckConstraint("digest >= 0 AND digest < 2::numeric ^ 256", name="digest_in_range"),
    sa.Index("ix_usage_periods_changed", "org_id", "subscription_id", postgresql_where=sa.text("changed")),
    postgresql_with={"fillfactor": "70"},
    comment="the sum of a charge's windows in a period, per shard and value of its matrix's key ('' without one); "
    "opening: the level at its start (WEIGHTED_SUM); changed: since it was billed last, first at changed_at",
)

barriers = sa.Table(
    "barriers",
    metadata,
    sa.Column("barrier_id", sa.Uuid, primary_key=True),
    instant("created_at"),
    instant("first_marked_at", nullable=True),
    instant("mark_at"),
    comment="serves every organization; a run may join it until its first marker is written",
)

barrier_partitions = sa.Table(
    "barrier_partitions",
    metadata,
    sa.Column("barrier_id", sa.Uuid, nullable=False),
    sa.Column("partition", sa.Integer, nullable=False),
    bigint("marker_offset", nullable=True),
    bigint("required"),
    sa.PrimaryKeyConstraint("barrier_id", "partition"),
    sa.ForeignKeyConstraint(["barrier_id"], [barriers.c.barrier_id], name="fk_barrier_partitions_barrier"),
    comment="marker_offset: where the echoed marker stands; required: how far this partition must be applied, by all echoes",
)

billing_runs = sa.Table(
    "billing_runs",
    metadata,
    uuid("org_id"),
    uuid("run_id"),
    uuid("barrier_id"),
    text("trigger"),
    text("status"),
    instant("as_of"),
    instant("due_before"),
    json("subscription_ids", nullable=True),
    integer("periods_closed"),
    json("failures"),
    instant("created_at"),
    instant("completed_at", nullable=True),
    instant("leased_until", nullable=True),
    sa.PrimaryKeyConstraint("org_id", "run_id"),
    sa.ForeignKeyConstraint(["barrier_id"], [barriers.c.barrier_id], name="fk_billing_runs_barrier"),
    one_of("trigger", ("schedule", "manual", "cancel", "finalize"), "trigger_known"),
    one_of("status", ("waiting", "closing", "completed", "failed"), "status_known"),
    sa.Index(
        "uq_billing_runs_scheduled",
        "org_id",
        unique=True,
        postgresql_where=sa.text("trigger = 'schedule' AND status IN ('waiting', 'closing')"),
    ),
    sa.Index("ix_billing_runs_live", "status", postgresql_where=sa.text("status IN ('waiting', 'closing')")),
    sa.Index("ix_billing_runs_created", "org_id", "created_at", "run_id"),
)
