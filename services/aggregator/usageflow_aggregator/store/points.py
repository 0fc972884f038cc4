"""The distinct values of UNIQUE metrics: how many events of a window have each, so that corrections can take them away again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from usageflow_aggregator.domain.fold import PointChange, WindowKey
from usageflow_aggregator.store.columns import KEY, Column, joined, key_columns, keyed
from usageflow_common.database import Transaction, raw

_FOLD: Final = f"""
WITH added AS MATERIALIZED (
    SELECT * FROM unnest({keyed(3)}, $8::bytea[], string_to_array($9, ',')::bigint[], string_to_array($10, ',')::bigint[])
             WITH ORDINALITY AS added ({KEY}, value_hash, operations, event_count, ordinal)
), updated AS (
    UPDATE unique_values AS kept
       SET generation = $2, version = kept.version + added.operations, event_count = kept.event_count + added.event_count
      FROM added
     WHERE kept.org_id = added.org_id AND kept.metric_id = added.metric_id AND kept.customer_id = added.customer_id
       AND kept.window_start_at = added.window_start_at AND kept.group_key = added.group_key AND kept.shard = $1
       AND kept.value_hash = added.value_hash
    RETURNING added.ordinal, kept.version, kept.event_count, kept.event_count - added.event_count AS before
), inserted AS (
    INSERT INTO unique_values ({KEY}, shard, value_hash, generation, version, event_count)
    SELECT {KEY}, $1, value_hash, $2, operations, event_count
      FROM added
     WHERE ordinal NOT IN (SELECT ordinal FROM updated)
)
SELECT * FROM updated"""


@dataclass(frozen=True, slots=True)
class Point:
    """A distinct value that a window has from now on, or has no more."""

    key: WindowKey
    value_hash: bytes
    is_present: bool
    version: int


PointKey = tuple[WindowKey, bytes]


async def fold_points(
    tx: Transaction, shard: int, generation: int, changes: Sequence[tuple[PointKey, PointChange]]
) -> list[Point]:
    """Change how many events have each value; the values that came or went by that."""
    if not changes:
        return []
    connection = await raw(tx)
    rows = await connection.fetch(_FOLD, shard, generation, *_columns(changes))
    found = {row["ordinal"] - 1 for row in rows}
    points = [
        _point(changes[row["ordinal"] - 1][0], row["event_count"], row["version"])
        for row in rows
        if (row["event_count"] > 0) is not (row["before"] > 0)
    ]
    missing = [change for ordinal, change in enumerate(changes) if ordinal not in found]
    points += [_point(key, change.event_count, change.operations) for key, change in missing if change.event_count]
    return points


def _columns(changes: Sequence[tuple[PointKey, PointChange]]) -> list[Column]:
    return [
        *key_columns([key for (key, _), _ in changes]),
        [value_hash for (_, value_hash), _ in changes],
        joined(str(change.operations) for _, change in changes),
        joined(str(change.event_count) for _, change in changes),
    ]


def _point(key: PointKey, event_count: int, version: int) -> Point:
    return Point(key[0], key[1], event_count > 0, version)
