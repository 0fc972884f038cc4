"""The distinct values of UNIQUE metrics: how many events of a window have each, so that corrections can take them away again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from usageflow_aggregator.domain.fold import PointChange, WindowKey
from usageflow_common.database import Transaction, raw

_ARRAYS: Final = (
    "$3::uuid[], $4::uuid[], $5::text[], $6::timestamptz[], $7::text[], $8::bytea[], $9::bigint[], $10::bigint[]"
)
_NAMES: Final = "org_id, metric_id, customer_id, window_start_at, group_key, value_hash, operations, event_count"

_ADD: Final = f"""
UPDATE unique_values AS kept
   SET generation = $2, version = kept.version + added.operations, event_count = kept.event_count + added.event_count
  FROM unnest({_ARRAYS}) WITH ORDINALITY AS added ({_NAMES}, ordinal)
 WHERE kept.org_id = added.org_id AND kept.metric_id = added.metric_id AND kept.customer_id = added.customer_id
   AND kept.window_start_at = added.window_start_at AND kept.group_key = added.group_key AND kept.shard = $1
   AND kept.value_hash = added.value_hash
RETURNING added.ordinal, kept.version, kept.event_count, kept.event_count - added.event_count AS before"""

_INSERT: Final = f"""
INSERT INTO unique_values
       (org_id, metric_id, customer_id, window_start_at, group_key, shard, value_hash, generation, version, event_count)
SELECT org_id, metric_id, customer_id, window_start_at, group_key, $1, value_hash, $2, operations, event_count
  FROM unnest({_ARRAYS}) AS added ({_NAMES})"""


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
    rows = await connection.fetch(_ADD, shard, generation, *_columns(changes))
    found = {row["ordinal"] - 1 for row in rows}
    points = [
        _point(changes[row["ordinal"] - 1][0], row["event_count"], row["version"])
        for row in rows
        if (row["event_count"] > 0) is not (row["before"] > 0)
    ]
    missing = [change for ordinal, change in enumerate(changes) if ordinal not in found]
    if missing:
        await connection.execute(_INSERT, shard, generation, *_columns(missing))
        points += [_point(key, change.event_count, change.operations) for key, change in missing if change.event_count]
    return points


def _columns(changes: Sequence[tuple[PointKey, PointChange]]) -> list[list[Any]]:
    return [
        [key.org_id for (key, _), _ in changes],
        [key.metric_id for (key, _), _ in changes],
        [key.customer_id for (key, _), _ in changes],
        [key.window_start_at for (key, _), _ in changes],
        [key.group_key for (key, _), _ in changes],
        [value_hash for (_, value_hash), _ in changes],
        [change.operations for _, change in changes],
        [change.event_count for _, change in changes],
    ]


def _point(key: PointKey, event_count: int, version: int) -> Point:
    return Point(key[0], key[1], event_count > 0, version)
