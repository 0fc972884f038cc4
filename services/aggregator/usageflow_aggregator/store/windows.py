"""The windows: what a batch changes in the rows of its own shard, and the rows as they are afterwards.

One statement updates, and inserts what was not there: an upsert's row would have to pass the CHECKs as a difference, which may be negative.
Meanwhile nobody else inserts, since the rows of a shard are written by whoever holds the position of its partition.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

import asyncpg

from usageflow_aggregator.domain.definition import Definition
from usageflow_aggregator.domain.digest import DIGEST_MODULUS
from usageflow_aggregator.domain.fold import Change, WindowKey
from usageflow_aggregator.store.columns import KEY, Column, joined, key_columns, keyed
from usageflow_common.database import Transaction, raw
from usageflow_common.metering import State

# Rows are found by their keys, whatever the planner believes of a table that was empty a minute ago: sessions keep their plans.
_BY_KEY: Final = """
SELECT set_config('enable_hashjoin', 'off', true), set_config('enable_mergejoin', 'off', true),
       set_config('enable_seqscan', 'off', true)"""

_COLUMNS: Final = f"""{keyed(3)}, string_to_array($8, ',')::bigint[], string_to_array($9, ',')::bigint[],
              string_to_array($10, ',')::numeric[], string_to_array($11, ',')::numeric[], string_to_array($12, ',')::bigint[]"""
_NAMES: Final = f"{KEY}, operations, event_count, total, digest, last_offset"
_PEAK_COLUMNS: Final = """string_to_array($13, ',', '')::numeric[], string_to_array($14, ',', '')::numeric[],
              string_to_array($15, ',', '')::timestamptz[], string_to_array($16, ',', '')::uuid[], string_to_array($17, ',')"""
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
      FROM added
     WHERE kept.org_id = added.org_id AND kept.metric_id = added.metric_id AND kept.customer_id = added.customer_id
       AND kept.window_start_at = added.window_start_at AND kept.group_key = added.group_key AND kept.shard = $1
    RETURNING added.ordinal, kept.version, kept.event_count, kept.total, kept.digest"""

# Each array is sent once. What is inserted was in no row, so that no difference meets the CHECKs; NOT IN, because it is hashed.
_INSERTED: Final = """
    INSERT INTO aggregated_usage
           (org_id, metric_id, customer_id, window_start_at, group_key, shard, generation,
            version, event_count, total, digest, changed_before_offset{more})
    SELECT org_id, metric_id, customer_id, window_start_at, group_key, $1, $2,
           operations, event_count, total, digest, last_offset + 1{more}
      FROM added
     WHERE ordinal NOT IN (SELECT ordinal FROM updated)"""

_FOLD: Final = f"""
WITH added AS MATERIALIZED (
    SELECT * FROM unnest({_COLUMNS}) WITH ORDINALITY AS added ({_NAMES}, ordinal)
), updated AS ({_SUMS}{_SAME_ROW}
), inserted AS ({_INSERTED.format(more="")}
)
SELECT * FROM updated"""

# Only a LATEST has times. Equal times and ids: a newer word about the same event.
_LATER: Final = """added.value_at IS NOT NULL AND NOT coalesce(
                      (kept.value_at, kept.value_event_id) > (added.value_at, added.value_event_id), false)"""
_FOLD_PEAKS: Final = f"""
WITH added AS MATERIALIZED (
    SELECT * FROM unnest({_COLUMNS}, {_PEAK_COLUMNS}) WITH ORDINALITY
                  AS added ({_NAMES}, {_PEAK_NAMES}, aggregation, ordinal)
), updated AS ({_SUMS},
           delta_seconds = kept.delta_seconds + added.delta_seconds,
           value = CASE added.aggregation
                   WHEN 'MAX' THEN greatest(kept.value, added.value)
                   WHEN 'MIN' THEN least(kept.value, added.value)
                   ELSE CASE WHEN {_LATER} THEN added.value ELSE kept.value END END,
           value_at = CASE WHEN {_LATER} THEN added.value_at ELSE kept.value_at END,
           value_event_id = CASE WHEN {_LATER} THEN added.value_event_id ELSE kept.value_event_id END{_SAME_ROW},
              kept.delta_seconds, kept.value, kept.value_at, kept.value_event_id
), inserted AS ({_INSERTED.format(more=", " + _PEAK_NAMES)}
)
SELECT * FROM updated"""

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
    for statement, those, more in ((_FOLD, summed, ()), (_FOLD_PEAKS, others, _peak_columns(others))):
        if not those:
            continue
        rows = await connection.fetch(statement, shard, generation, *_columns(those), *more)
        windows += [_window(those[row["ordinal"] - 1], row) for row in rows]
        if len(rows) < len(those):
            updated = {row["ordinal"] - 1 for row in rows}
            windows += [_new_window(change) for ordinal, change in enumerate(those) if ordinal not in updated]
    return windows


def window_key(row: asyncpg.Record) -> WindowKey:
    """Of a row of aggregated_usage, or of one that has its key."""
    return WindowKey(row["org_id"], row["metric_id"], row["customer_id"], row["window_start_at"], row["group_key"])


def state_of(row: asyncpg.Record) -> State:
    """Of a row of aggregated_usage."""
    return State(
        row["event_count"],
        row["total"],
        row["delta_seconds"] or Decimal(0),
        row["value"],
        row["value_at"],
        row["value_event_id"],
    )


def _columns(changes: Sequence[Change]) -> list[Column]:
    return [
        *key_columns([change.key for change in changes]),
        joined(str(change.operations) for change in changes),
        joined(str(change.event_count) for change in changes),
        joined(str(change.total) for change in changes),
        joined(str(change.digest) for change in changes),
        joined(str(change.last_offset) for change in changes),
    ]


def _peak_columns(changes: Sequence[Change]) -> list[Column]:
    aggregations = [change.definition.aggregation for change in changes]
    came = [change.came for change in changes]
    return [
        joined(
            str(change.delta_seconds) if aggregation == "WEIGHTED_SUM" else ""
            for change, aggregation in zip(changes, aggregations, strict=True)
        ),
        joined("" if state.value is None else str(state.value) for state in came),
        joined("" if state.at is None else state.at.isoformat() for state in came),
        joined("" if state.event_id is None else str(state.event_id) for state in came),
        joined(aggregations),
    ]


def _window(change: Change, row: asyncpg.Record) -> Window:
    is_added_up = change.definition.aggregation in _ADDED_UP
    state = State(row["event_count"], row["total"]) if is_added_up else state_of(row)
    return Window(change.key, change.definition, row["version"], state, int(row["digest"]))


def _new_window(change: Change) -> Window:
    came = change.came
    state = State(change.event_count, change.total, change.delta_seconds, came.value, came.at, came.event_id)
    return Window(change.key, change.definition, change.operations, state, change.digest)
