"""The tables of the schema `aggregator`, and the states that they refuse to hold."""

from __future__ import annotations

from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, UUID

from usageflow_common.database import schema_metadata
from usageflow_common.migrations import ServiceSchema
from usageflow_common.operations import operations_table
from usageflow_common.outbox import outbox_table

metadata: Final = schema_metadata("aggregator")
_INSTANT: Final = sa.DateTime(timezone=True)
_SHA256: Final = "octet_length({}) = 32"


def _required(name: str, kind: Any) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=False)


key_generations = sa.Table(
    "key_generations",
    metadata,
    sa.Column("generation", sa.Integer, primary_key=True, autoincrement=False),
    _required("started_at", _INSTANT),
    sa.Column("dropped_at", _INSTANT),
    comment="Generations of event_keys; the highest takes new keys, dropped ones are forgotten.",
)

event_keys = sa.Table(
    "event_keys",
    metadata,
    _required("org_id", UUID(as_uuid=True)),
    _required("event_id", UUID(as_uuid=True)),
    _required("generation", sa.Integer),
    _required("payload_hash", sa.LargeBinary),
    _required("partition", sa.Integer),
    _required("log_offset", sa.BigInteger),
    # Of the event in usage_events.
    _required("day", sa.Date),
    # A void that came before its event: the key is taken, and the event will not count.
    sa.Column("tombstone", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.PrimaryKeyConstraint("org_id", "event_id", "generation"),
    sa.CheckConstraint(_SHA256.format("payload_hash"), name="payload_hash_length"),
    # A generation is a table with a unique index of its own: what takes new keys stays small.
    postgresql_partition_by="LIST (generation)",
    comment="The ledger of keys: what stands here has been counted, and counts no second time.",
)

usage_events = sa.Table(
    "usage_events",
    metadata,
    _required("org_id", UUID(as_uuid=True)),
    _required("partition", sa.Integer),
    _required("log_offset", sa.BigInteger),
    _required("event_id", UUID(as_uuid=True)),
    _required("idempotency_key", sa.Text),
    _required("metric", sa.Text),
    _required("metric_ids", ARRAY(UUID(as_uuid=True))),
    _required("amount", sa.Numeric),
    _required("customer_id", sa.Text),
    _required("occurred_at", _INSTANT),
    _required("occurred_at_given", sa.Boolean),
    _required("properties", JSONB),
    _required("salt", sa.LargeBinary),
    _required("event_hash", sa.LargeBinary),
    _required("received_at", _INSTANT),
    _required("appended_at", _INSTANT),
    sa.Column("backfill_id", UUID(as_uuid=True)),
    sa.Column("api_key_id", UUID(as_uuid=True)),
    _required("day", sa.Date),
    sa.PrimaryKeyConstraint("org_id", "partition", "log_offset", "day"),
    sa.CheckConstraint(_SHA256.format("event_hash"), name="event_hash_length"),
    sa.CheckConstraint("day = (appended_at AT TIME ZONE 'UTC')::date", name="day"),
    # One customer's range, for proofs and for the ends of a range. Organization-wide ends skip from customer to customer in it.
    sa.Index(None, "org_id", "customer_id", "occurred_at"),
    postgresql_partition_by="RANGE (day)",
    comment="Every counted event, as it was counted, by the UTC day on which it was appended to the log. Rows are never changed.",
)

event_days = sa.Table(
    "event_days",
    metadata,
    _required("org_id", UUID(as_uuid=True)),
    _required("occurred_on", sa.Date),
    _required("day", sa.Date),
    sa.PrimaryKeyConstraint("org_id", "occurred_on", "day"),
    comment="Which days of usage_events hold events of an organization that happened on a UTC day: a query names them, and plans for no others.",
)

aggregated_usage = sa.Table(
    "aggregated_usage",
    metadata,
    _required("org_id", UUID(as_uuid=True)),
    _required("metric_id", UUID(as_uuid=True)),
    _required("customer_id", sa.Text),
    _required("window_start_at", _INSTANT),
    _required("group_key", sa.Text),
    _required("shard", sa.Integer),
    _required("generation", sa.BigInteger),
    _required("version", sa.BigInteger),
    _required("changed_before_offset", sa.BigInteger),
    _required("event_count", sa.BigInteger),
    _required("total", sa.Numeric),
    _required("digest", sa.Numeric(78, 0)),
    # Σδ·t of WEIGHTED_SUM; the value of MIN, MAX and LATEST, and whose it is.
    sa.Column("delta_seconds", sa.Numeric),
    sa.Column("value", sa.Numeric),
    sa.Column("value_at", _INSTANT),
    sa.Column("value_event_id", UUID(as_uuid=True)),
    sa.PrimaryKeyConstraint("org_id", "metric_id", "customer_id", "window_start_at", "group_key", "shard"),
    sa.CheckConstraint("extract(epoch FROM window_start_at)::bigint % 900 = 0", name="whole_window"),
    sa.CheckConstraint("event_count >= 0 AND version >= event_count", name="counts"),
    sa.CheckConstraint("digest >= 0 AND digest < power(2::numeric, 256)", name="digest_range"),
    sa.CheckConstraint("(value_at IS NULL) = (value_event_id IS NULL)", name="latest"),
    # Folding changes no indexed column and finds room on the page, so an update touches no index.
    postgresql_with={"fillfactor": 70},
    comment="One window of one metric, customer, group and source partition (shard). Its only writer counts that partition.",
)

unique_values = sa.Table(
    "unique_values",
    metadata,
    _required("org_id", UUID(as_uuid=True)),
    _required("metric_id", UUID(as_uuid=True)),
    _required("customer_id", sa.Text),
    _required("window_start_at", _INSTANT),
    _required("group_key", sa.Text),
    _required("shard", sa.Integer),
    _required("value_hash", sa.LargeBinary),
    _required("generation", sa.BigInteger),
    _required("version", sa.BigInteger),
    _required("event_count", sa.BigInteger),
    sa.PrimaryKeyConstraint(
        "org_id", "metric_id", "customer_id", "window_start_at", "group_key", "shard", "value_hash"
    ),
    sa.CheckConstraint("octet_length(value_hash) = 16", name="value_hash_length"),
    sa.CheckConstraint("event_count >= 0 AND version >= event_count", name="counts"),
    postgresql_with={"fillfactor": 70},
    comment="A value of a UNIQUE metric in a window, and how many events of it have that value; 0 when corrections took the last.",
)

group_values = sa.Table(
    "group_values",
    metadata,
    _required("org_id", UUID(as_uuid=True)),
    _required("metric_id", UUID(as_uuid=True)),
    _required("customer_id", sa.Text),
    _required("shard", sa.Integer),
    _required("group_key", sa.Text),
    sa.PrimaryKeyConstraint("org_id", "metric_id", "customer_id", "shard", "group_key"),
    comment="The groups that were admitted before the cap; whatever sorts events again sorts them by these.",
)

event_corrections = sa.Table(
    "event_corrections",
    metadata,
    _required("org_id", UUID(as_uuid=True)),
    _required("partition", sa.Integer),
    _required("log_offset", sa.BigInteger),
    _required("revision", sa.Integer),
    _required("event_id", UUID(as_uuid=True)),
    _required("customer_id", sa.Text),
    _required("correction_id", UUID(as_uuid=True)),
    _required("correction_offset", sa.BigInteger),
    _required("kind", sa.Text),
    sa.Column("amount", sa.Numeric),
    sa.Column("occurred_at", _INSTANT),
    sa.Column("properties", JSONB),
    sa.Column("metric_ids", ARRAY(UUID(as_uuid=True))),
    sa.Column("event_hash", sa.LargeBinary),
    _required("reason", sa.Text),
    _required("actor", JSONB),
    _required("received_at", _INSTANT),
    _required("appended_at", _INSTANT),
    # Of the event, which is found in usage_events by it.
    _required("day", sa.Date),
    sa.PrimaryKeyConstraint("org_id", "partition", "log_offset", "revision"),
    sa.UniqueConstraint("org_id", "event_id", "correction_id"),
    sa.CheckConstraint("kind IN ('void', 'amend')", name="kind"),
    sa.CheckConstraint("revision >= 2", name="revision"),
    # Whole after an amendment, nothing after a void: what counts from this correction on.
    sa.CheckConstraint(
        "(kind = 'amend') = (amount IS NOT NULL AND occurred_at IS NOT NULL AND properties IS NOT NULL"
        " AND metric_ids IS NOT NULL AND event_hash IS NOT NULL)",
        name="content",
    ),
    # Events that an amendment moved into a range.
    sa.Index(None, "org_id", "customer_id", "occurred_at", postgresql_where=sa.text("kind = 'amend'")),
    comment="What became of a counted event: at (partition, log_offset) it stands, at correction_offset of the same partition it changed.",
)

backfills = sa.Table(
    "backfills",
    metadata,
    _required("org_id", UUID(as_uuid=True)),
    _required("backfill_id", UUID(as_uuid=True)),
    _required("name", sa.Text),
    _required("from_at", _INSTANT),
    _required("to_at", _INSTANT),
    _required("reason", sa.Text),
    _required("status", sa.Text),
    _required("created_at", _INSTANT),
    sa.Column("closed_at", _INSTANT),
    sa.Column("reverted_at", _INSTANT),
    _required("version", sa.Integer),
    sa.PrimaryKeyConstraint("org_id", "backfill_id"),
    sa.UniqueConstraint("org_id", "name"),
    sa.CheckConstraint("from_at < to_at", name="range"),
    sa.CheckConstraint("status IN ('open', 'closed', 'reverted')", name="status"),
    sa.CheckConstraint("(status = 'reverted') = (reverted_at IS NOT NULL)", name="reverted"),
    sa.CheckConstraint("status <> 'closed' OR closed_at IS NOT NULL", name="closed"),
    comment="Named backfills: older events may come under an open one, and all that came can be taken back.",
)

backfill_counts = sa.Table(
    "backfill_counts",
    metadata,
    _required("org_id", UUID(as_uuid=True)),
    _required("backfill_id", UUID(as_uuid=True)),
    _required("shard", sa.Integer),
    _required("counted", sa.BigInteger),
    _required("reverted", sa.BigInteger),
    sa.Column("reverted_by", UUID(as_uuid=True)),
    sa.Column("reverted_offset", sa.BigInteger),
    sa.PrimaryKeyConstraint("org_id", "backfill_id", "shard"),
    sa.CheckConstraint("counted >= reverted AND reverted >= 0", name="counts"),
    sa.CheckConstraint("(reverted_by IS NULL) = (reverted_offset IS NULL)", name="reverted"),
    comment="A backfill in one source partition: its events there, and the offset of the revert; behind it none of them counts.",
)


def _backfilled() -> tuple[sa.Column[Any], ...]:
    return (
        _required("org_id", UUID(as_uuid=True)),
        _required("backfill_id", UUID(as_uuid=True)),
        _required("shard", sa.Integer),
        _required("metric_id", UUID(as_uuid=True)),
        _required("customer_id", sa.Text),
        _required("window_start_at", _INSTANT),
        _required("group_key", sa.Text),
    )


_BACKFILLED_KEY: Final = ("org_id", "backfill_id", "shard", "metric_id", "customer_id", "window_start_at", "group_key")

backfill_usage = sa.Table(
    "backfill_usage",
    metadata,
    *_backfilled(),
    _required("event_count", sa.BigInteger),
    _required("total", sa.Numeric),
    _required("delta_seconds", sa.Numeric),
    _required("digest", sa.Numeric(78, 0)),
    sa.PrimaryKeyConstraint(*_BACKFILLED_KEY),
    sa.CheckConstraint("event_count >= 0", name="counts"),
    sa.CheckConstraint("digest >= 0 AND digest < power(2::numeric, 256)", name="digest_range"),
    postgresql_with={"fillfactor": 70},
    comment="What a backfill that was not reverted amounts to in a window, so that a revert takes it back at once.",
)

backfill_values = sa.Table(
    "backfill_values",
    metadata,
    *_backfilled(),
    _required("value_hash", sa.LargeBinary),
    _required("event_count", sa.BigInteger),
    sa.PrimaryKeyConstraint(*_BACKFILLED_KEY, "value_hash"),
    sa.CheckConstraint("octet_length(value_hash) = 16", name="value_hash_length"),
    sa.CheckConstraint("event_count >= 0", name="counts"),
    postgresql_with={"fillfactor": 70},
    comment="The same for each distinct value of a UNIQUE metric.",
)

conflicts = sa.Table(
    "conflicts",
    metadata,
    _required("org_id", UUID(as_uuid=True)),
    _required("conflict_id", UUID(as_uuid=True)),
    _required("kind", sa.Text),
    _required("event_id", UUID(as_uuid=True)),
    _required("refused_hash", sa.LargeBinary),
    _required("refused", JSONB),
    _required("partition", sa.Integer),
    _required("log_offset", sa.BigInteger),
    _required("created_at", _INSTANT),
    sa.PrimaryKeyConstraint("org_id", "conflict_id"),
    sa.UniqueConstraint("org_id", "event_id", "kind", "refused_hash"),
    sa.CheckConstraint("kind IN ('payload_mismatch', 'stale_amendment')", name="kind"),
    comment="Events that came under a used key with another payload; repetitions of one stand here once.",
)

quarantined_events = sa.Table(
    "quarantined_events",
    metadata,
    sa.Column("partition", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("log_offset", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("org_id", UUID(as_uuid=True)),
    _required("detail", sa.Text),
    sa.Column("key", sa.LargeBinary),
    sa.Column("value", sa.LargeBinary),
    _required("schema_name", sa.Text),
    _required("appended_at", _INSTANT),
    sa.Column("released_at", _INSTANT),
    sa.Column("released_by", sa.Text),
    sa.Column("release_reason", sa.Text),
    sa.CheckConstraint(
        "(released_at IS NULL) = (released_by IS NULL) AND (released_at IS NULL) = (release_reason IS NULL)",
        name="release",
    ),
    comment="Records of events.raw that nobody can read. Not of one tenant alone: some do not even say whose they are.",
)

consumer_offsets = sa.Table(
    "consumer_offsets",
    metadata,
    sa.Column("partition", sa.Integer, primary_key=True, autoincrement=False),
    _required("generation", sa.BigInteger),
    _required("start_offset", sa.BigInteger),
    _required("next_offset", sa.BigInteger),
    sa.Column("last_hash", sa.LargeBinary),
    sa.Column("last_appended_at", _INSTANT),
    _required("anchor_offset", sa.BigInteger),
    _required("anchor_hash", sa.LargeBinary),
    *(
        sa.Column(name, sa.BigInteger, nullable=False, server_default=sa.text("0"))
        for name in ("counted", "duplicate", "conflict", "correction", "marker", "quarantined", "skipped")
    ),
    sa.CheckConstraint(
        "next_offset - start_offset = counted + duplicate + conflict + correction + marker + quarantined + skipped",
        name="conservation",
    ),
    sa.CheckConstraint(
        "least(counted, duplicate, conflict, correction, marker, quarantined, skipped, start_offset) >= 0",
        name="no_negatives",
    ),
    # start = next: nothing folded yet, so there is no last record; afterwards there always is one.
    sa.CheckConstraint("(next_offset > start_offset) = (last_hash IS NOT NULL)", name="last_hash"),
    sa.CheckConstraint("(last_hash IS NULL) = (last_appended_at IS NULL)", name="last_appended_at"),
    postgresql_with={"fillfactor": 50},
    comment="Where each partition of events.raw stands, and what became of every record in front of it.",
)

event_receipts = sa.Table(
    "event_receipts",
    metadata,
    _required("org_id", UUID(as_uuid=True)),
    _required("window_start_at", _INSTANT),
    _required("shard", sa.Integer),
    _required("counted", sa.BigInteger),
    _required("duplicates", sa.BigInteger),
    _required("late", sa.BigInteger),
    sa.PrimaryKeyConstraint("org_id", "window_start_at", "shard"),
    sa.CheckConstraint("counted >= 0 AND duplicates >= 0 AND late >= 0 AND late <= counted", name="counts"),
    postgresql_with={"fillfactor": 70},
    comment="Events by the quarter hour of their receipt and their partition (shard): counted, of these late, and repeated."
    " Its only writer counts that partition.",
)

partition_progress = sa.Table(
    "partition_progress",
    metadata,
    sa.Column(
        "partition", sa.Integer, sa.ForeignKey(consumer_offsets.c.partition), primary_key=True, autoincrement=False
    ),
    _required("counted_through", _INSTANT),
    comment="Whatever was accepted before this instant is counted.",
)

operations = operations_table(metadata)
outbox = outbox_table(metadata)

SCHEMA: Final = ServiceSchema(
    service="aggregator",
    metadata=metadata,
    append_only=("usage_events", "event_days", "event_corrections", "conflicts"),
)
