"""Backfills as counting needs them: how many events came, what they amount to in each window, and the revert that takes it back.

Only events of backfills pay for the sums by backfill; they make a revert a few statements over windows, however many events it has.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final
from uuid import UUID

import asyncpg

from usageflow_aggregator.domain.digest import DIGEST_MODULUS
from usageflow_aggregator.domain.fold import Change, PointChange, WindowKey
from usageflow_aggregator.domain.reading import Revert
from usageflow_aggregator.store.columns import KEY, Column, joined, key_columns, keyed
from usageflow_aggregator.store.points import Point, PointKey
from usageflow_aggregator.store.windows import window_key
from usageflow_common.database import Transaction, raw

_REVERTED: Final = """
SELECT org_id, backfill_id, reverted_offset
  FROM backfill_counts
 WHERE shard = $1 AND (org_id, backfill_id) IN (SELECT * FROM unnest($2::uuid[], $3::uuid[]))
   AND reverted_offset IS NOT NULL"""

# What is counted under a reverted backfill is reverted as it comes.
_COUNT: Final = """
INSERT INTO backfill_counts AS kept (org_id, backfill_id, shard, counted, reverted)
SELECT org_id, backfill_id, $1, counted, 0
  FROM unnest($2::uuid[], $3::uuid[], $4::bigint[]) AS added (org_id, backfill_id, counted)
ON CONFLICT (org_id, backfill_id, shard) DO UPDATE
   SET counted = kept.counted + excluded.counted,
       reverted = CASE WHEN kept.reverted_by IS NULL THEN 0 ELSE kept.counted + excluded.counted END"""

_REVERT: Final = """
INSERT INTO backfill_counts AS kept (org_id, backfill_id, shard, counted, reverted, reverted_by, reverted_offset)
VALUES ($2, $3, $1, 0, 0, $4, $5)
ON CONFLICT (org_id, backfill_id, shard) DO UPDATE
   SET reverted = kept.counted, reverted_by = excluded.reverted_by, reverted_offset = excluded.reverted_offset
 WHERE kept.reverted_by IS NULL"""

_SAME: Final = """
   AND kept.org_id = {part}.org_id AND kept.metric_id = {part}.metric_id AND kept.customer_id = {part}.customer_id
   AND kept.window_start_at = {part}.window_start_at AND kept.group_key = {part}.group_key"""
_SAME_ADDED: Final = _SAME.format(part="added")
_SAME_PART: Final = _SAME.format(part="part")

_ADD_USAGE: Final = f"""
WITH added AS MATERIALIZED (
    SELECT * FROM unnest({keyed(2)}, string_to_array($7, ',')::uuid[], string_to_array($8, ',')::bigint[],
                         string_to_array($9, ',')::numeric[], string_to_array($10, ',')::numeric[],
                         string_to_array($11, ',')::numeric[]) WITH ORDINALITY
                  AS added ({KEY}, backfill_id, event_count, total, delta_seconds, digest, ordinal)
), updated AS (
    UPDATE backfill_usage AS kept
       SET event_count = kept.event_count + added.event_count, total = kept.total + added.total,
           delta_seconds = kept.delta_seconds + added.delta_seconds,
           digest = mod(kept.digest + added.digest, {DIGEST_MODULUS})
      FROM added
     WHERE kept.shard = $1 AND kept.backfill_id = added.backfill_id{_SAME_ADDED}
    RETURNING added.ordinal
)
INSERT INTO backfill_usage ({KEY}, backfill_id, shard, event_count, total, delta_seconds, digest)
SELECT {KEY}, backfill_id, $1, event_count, total, delta_seconds, digest
  FROM added
 WHERE ordinal NOT IN (SELECT ordinal FROM updated)"""

_ADD_VALUES: Final = f"""
WITH added AS MATERIALIZED (
    SELECT * FROM unnest({keyed(2)}, string_to_array($7, ',')::uuid[], $8::bytea[], string_to_array($9, ',')::bigint[])
             WITH ORDINALITY AS added ({KEY}, backfill_id, value_hash, event_count, ordinal)
), updated AS (
    UPDATE backfill_values AS kept
       SET event_count = kept.event_count + added.event_count
      FROM added
     WHERE kept.shard = $1 AND kept.backfill_id = added.backfill_id AND kept.value_hash = added.value_hash{_SAME_ADDED}
    RETURNING added.ordinal
)
INSERT INTO backfill_values ({KEY}, backfill_id, shard, value_hash, event_count)
SELECT {KEY}, backfill_id, $1, value_hash, event_count
  FROM added
 WHERE ordinal NOT IN (SELECT ordinal FROM updated)"""

_TAKE_BACK: Final = f"""
UPDATE aggregated_usage AS kept
   SET generation = $2,
       version = kept.version + part.event_count,
       changed_before_offset = greatest(kept.changed_before_offset, $3 + 1),
       event_count = kept.event_count - part.event_count,
       total = kept.total - part.total,
       delta_seconds = kept.delta_seconds - part.delta_seconds,
       digest = mod(kept.digest - part.digest + {DIGEST_MODULUS}, {DIGEST_MODULUS})
  FROM backfill_usage AS part
 WHERE part.org_id = $4 AND part.backfill_id = $5 AND part.shard = $1 AND part.event_count > 0 AND kept.shard = $1{_SAME_PART}
RETURNING kept.*"""
_TAKE_VALUES_BACK: Final = f"""
UPDATE unique_values AS kept
   SET generation = $2, version = kept.version + part.event_count, event_count = kept.event_count - part.event_count
  FROM backfill_values AS part
 WHERE part.org_id = $3 AND part.backfill_id = $4 AND part.shard = $1 AND part.event_count > 0 AND kept.shard = $1
   AND kept.value_hash = part.value_hash{_SAME_PART}
RETURNING kept.*"""
_FORGET: Final = (
    "DELETE FROM backfill_usage WHERE org_id = $2 AND backfill_id = $3 AND shard = $1",
    "DELETE FROM backfill_values WHERE org_id = $2 AND backfill_id = $3 AND shard = $1",
)

# All that a backfill changed in the shard goes in one transaction: its partition waits meanwhile, and nobody else.
_PATIENCE: Final = """
SELECT set_config('transaction_timeout', '30min', true), set_config('statement_timeout', '10min', true)"""
_STATEMENT_SECONDS: Final = 620.0
"""How long the driver waits for one of these statements: longer than the server lets it run."""

BackfillKey = tuple[UUID, UUID]
"""Organization and backfill."""


@dataclass(frozen=True, slots=True)
class TakenBack:
    """A row of aggregated_usage behind a revert; what it shows of a MIN, MAX or LATEST may be too much."""

    key: WindowKey
    version: int
    event_count: int
    total: Decimal
    delta_seconds: Decimal
    digest: int


async def find_reverted(tx: Transaction, shard: int, backfills: Sequence[BackfillKey]) -> dict[BackfillKey, int]:
    """Those that were reverted in this shard, and the offset of the revert."""
    if not backfills:
        return {}
    connection = await raw(tx)
    rows = await connection.fetch(_REVERTED, shard, [org for org, _ in backfills], [each for _, each in backfills])
    return {(row["org_id"], row["backfill_id"]): row["reverted_offset"] for row in rows}


async def count_backfills(tx: Transaction, shard: int, counts: Mapping[BackfillKey, int]) -> None:
    """So many more events came under each."""
    if counts:
        connection = await raw(tx)
        org_ids, ids = [org_id for org_id, _ in counts], [backfill_id for _, backfill_id in counts]
        await connection.execute(_COUNT, shard, org_ids, ids, list(counts.values()))


async def take_time(tx: Transaction) -> None:
    """This transaction may last half an hour, and each of its statements ten minutes."""
    await (await raw(tx)).execute(_PATIENCE)


async def mark_reverted(tx: Transaction, shard: int, revert: Revert) -> None:
    """From the revert's offset on nothing of its backfill counts in this shard. A second revert changes nothing."""
    record = revert.record
    connection = await raw(tx)
    await connection.execute(_REVERT, shard, record.org_id, record.backfill_id, record.event_id, revert.offset)


async def add_backfill_usage(tx: Transaction, shard: int, changes: Sequence[tuple[UUID, Change]]) -> None:
    """Keep what the events of backfills change in each window, so that it can be taken back."""
    if not changes:
        return
    connection = await raw(tx)
    await connection.execute(_ADD_USAGE, shard, *_usage_columns(changes))
    values = [
        (backfill_id, (change.key, value_hash), point)
        for backfill_id, change in changes
        for value_hash, point in change.points.items()
    ]
    if values:
        await connection.execute(_ADD_VALUES, shard, *_value_columns(values))


async def take_back(
    tx: Transaction, shard: int, generation: int, revert: Revert
) -> tuple[list[TakenBack], list[Point]]:
    """Take everything of the backfill out of windows and distinct values; rows as they are then, and the values that are gone."""
    record = revert.record
    connection = await raw(tx)
    rows = await connection.fetch(
        _TAKE_BACK, shard, generation, revert.offset, record.org_id, record.backfill_id, timeout=_STATEMENT_SECONDS
    )
    values = await connection.fetch(
        _TAKE_VALUES_BACK, shard, generation, record.org_id, record.backfill_id, timeout=_STATEMENT_SECONDS
    )
    for statement in _FORGET:
        await connection.execute(statement, shard, record.org_id, record.backfill_id, timeout=_STATEMENT_SECONDS)
    points = [
        Point(window_key(row), row["value_hash"], is_present=False, version=row["version"])
        for row in values
        if not row["event_count"]
    ]
    return [_taken_back(row) for row in rows], points


def _usage_columns(changes: Sequence[tuple[UUID, Change]]) -> list[Column]:
    return [
        *key_columns([change.key for _, change in changes]),
        joined(str(backfill_id) for backfill_id, _ in changes),
        joined(str(change.event_count) for _, change in changes),
        joined(str(change.total) for _, change in changes),
        joined(str(change.delta_seconds) for _, change in changes),
        joined(str(change.digest) for _, change in changes),
    ]


def _value_columns(values: Sequence[tuple[UUID, PointKey, PointChange]]) -> list[Column]:
    return [
        *key_columns([key for _, (key, _), _ in values]),
        joined(str(backfill_id) for backfill_id, _, _ in values),
        [value_hash for _, (_, value_hash), _ in values],
        joined(str(point.event_count) for _, _, point in values),
    ]


def _taken_back(row: asyncpg.Record) -> TakenBack:
    return TakenBack(
        key=window_key(row),
        version=row["version"],
        event_count=row["event_count"],
        total=row["total"],
        delta_seconds=row["delta_seconds"] or Decimal(0),
        digest=int(row["digest"]),
    )
