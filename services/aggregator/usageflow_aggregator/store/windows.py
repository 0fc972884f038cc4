"""The windows: what a batch changes in the rows of its own shard, and the rows as they are afterwards.

Update first, then insert what was not there: an upsert's row would have to pass the CHECKs as a difference, which may be negative.
Between the two nobody else inserts, since the rows of a shard are written by whoever holds the position of its partition.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

import asyncpg

from usageflow_aggregator.domain.definition import Definition
from usageflow_aggregator.domain.digest import DIGEST_MODULUS
from usageflow_aggregator.domain.fold import Change, WindowKey
from usageflow_common.database import Transaction, raw
from usageflow_common.metering import State

# Rows are found by their keys, whatever the planner believes of a table that was empty a minute ago: sessions keep their plans.
_BY_KEY: Final = """
SELECT set_config('enable_hashjoin', 'off', true), set_config('enable_mergejoin', 'off', true),
       set_config('enable_seqscan', 'off', true)"""

_ARRAYS: Final = """$3::uuid[], $4::uuid[], $5::text[], $6::timestamptz[], $7::text[],
              $8::bigint[], $9::bigint[], $10::numeric[], $11::numeric[], $12::bigint[]"""
_PEAK_ARRAYS: Final = "$13::numeric[], $14::numeric[], $15::timestamptz[], $16::uuid[]"
_NAMES: Final = """org_id, metric_id, customer_id, window_start_at, group_key,
              operations, event_count, total, digest, last_offset"""
_PEAK_NAMES: Final = "delta_seconds, value, value_at, value_event_id"

_SUMS: Final = f"""
UPDATE aggregated_usage AS kept
   SET generation = $2,
       version = kept.version + added.operations,
       changed_before_offset = greatest(kept.changed_before_offset, added.last_offset + 1),
       event_count = kept.event_count + added.event_count,
       total = kept.total + added.total,
       digest = mod(kept.digest + added.digest, {DIGEST_MODULUS})"""
_SAME_ROW: Final = """
 WHERE kept.org_id = added.org_id AND kept.metric_id = added.metric_id AND kept.customer_id = added.customer_id
   AND kept.window_start_at = added.window_start_at AND kept.group_key = added.group_key AND kept.shard = $1
RETURNING added.ordinal, kept.version, kept.event_count, kept.total, kept.digest"""

_ADD: Final = f"""{_SUMS}
  FROM unnest({_ARRAYS}) WITH ORDINALITY
       AS added ({_NAMES}, ordinal){_SAME_ROW}"""

# Only a LATEST has times. Equal times and ids: a newer word about the same event.
_LATER: Final = """added.value_at IS NOT NULL AND NOT coalesce(
                  (kept.value_at, kept.value_event_id) > (added.value_at, added.value_event_id), false)"""
_ADD_PEAKS: Final = f"""{_SUMS},
       delta_seconds = kept.delta_seconds + added.delta_seconds,
       value = CASE added.aggregation
               WHEN 'MAX' THEN greatest(kept.value, added.value)
               WHEN 'MIN' THEN least(kept.value, added.value)
               ELSE CASE WHEN {_LATER} THEN added.value ELSE kept.value END END,
       value_at = CASE WHEN {_LATER} THEN added.value_at ELSE kept.value_at END,
       value_event_id = CASE WHEN {_LATER} THEN added.value_event_id ELSE kept.value_event_id END
  FROM unnest({_ARRAYS}, {_PEAK_ARRAYS}, $17::text[]) WITH ORDINALITY
       AS added ({_NAMES}, {_PEAK_NAMES}, aggregation, ordinal){_SAME_ROW},
          kept.delta_seconds, kept.value, kept.value_at, kept.value_event_id"""

_INSERT: Final = f"""
INSERT INTO aggregated_usage
       (org_id, metric_id, customer_id, window_start_at, group_key, shard, generation,
        version, event_count, total, digest, changed_before_offset, {_PEAK_NAMES})
SELECT org_id, metric_id, customer_id, window_start_at, group_key, $1, $2,
       operations, event_count, total, digest, last_offset + 1, {_PEAK_NAMES}
  FROM unnest({_ARRAYS}, {_PEAK_ARRAYS})
       AS added ({_NAMES}, {_PEAK_NAMES})"""

_ADDED_UP: Final = frozenset({"COUNT", "SUM", "AVG", "UNIQUE"})


@dataclass(frozen=True, slots=True)
class Window:
    """A row of aggregated_usage after the batch: absolute."""

    key: WindowKey
    definition: Definition
    version: int
    state: State
    digest: int


async def prefer_keys(tx: Transaction) -> None:
    """Make the rest of the transaction find rows by their indexes."""
    connection = await raw(tx)
    await connection.execute(_BY_KEY)


async def fold_windows(tx: Transaction, shard: int, generation: int, changes: Sequence[Change]) -> list[Window]:
    """Change the windows; each row that was touched, as it now is. `version` grows by one with each event that came or went."""
    summed = [change for change in changes if change.definition.aggregation in _ADDED_UP]
    others = [change for change in changes if change.definition.aggregation not in _ADDED_UP]
    connection = await raw(tx)
    windows = []
    for statement, those, more in ((_ADD, summed, False), (_ADD_PEAKS, others, True)):
        if not those:
            continue
        columns = _columns(those) + (_peak_columns(those) if more else [])
        aggregations = [[change.definition.aggregation for change in those]] if more else []
        rows = await connection.fetch(statement, shard, generation, *columns, *aggregations)
        found = {row["ordinal"] - 1 for row in rows}
        windows += [_window(those[row["ordinal"] - 1], row) for row in rows]
        if len(found) < len(those):
            missing = [change for ordinal, change in enumerate(those) if ordinal not in found]
            await connection.execute(_INSERT, shard, generation, *_columns(missing), *_peak_columns(missing))
            windows += [_new_window(change) for change in missing]
    return windows


def _columns(changes: Sequence[Change]) -> list[list[Any]]:
    return [
        [change.key.org_id for change in changes],
        [change.key.metric_id for change in changes],
        [change.key.customer_id for change in changes],
        [change.key.window_start_at for change in changes],
        [change.key.group_key for change in changes],
        [change.operations for change in changes],
        [change.event_count for change in changes],
        [change.total for change in changes],
        [Decimal(change.digest) for change in changes],
        [change.last_offset for change in changes],
    ]


def _peak_columns(changes: Sequence[Change]) -> list[list[Any]]:
    return [
        [change.delta_seconds if change.definition.aggregation == "WEIGHTED_SUM" else None for change in changes],
        [change.came.value for change in changes],
        [change.came.at for change in changes],
        [change.came.event_id for change in changes],
    ]


def _window(change: Change, row: asyncpg.Record) -> Window:
    count, total, digest = row["event_count"], row["total"], int(row["digest"])
    if change.definition.aggregation in _ADDED_UP:
        state = State(count, total)
    else:
        state = State(
            count, total, row["delta_seconds"] or Decimal(0), row["value"], row["value_at"], row["value_event_id"]
        )
    return Window(change.key, change.definition, row["version"], state, digest)


def _new_window(change: Change) -> Window:
    came = change.came
    state = State(change.event_count, change.total, change.delta_seconds, came.value, came.at, came.event_id)
    return Window(change.key, change.definition, change.operations, state, change.digest)
