"""Everything that one shard keeps, row after row, for whoever lost it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Final

import asyncpg

from usageflow_aggregator.domain.definition import FindDefinition, UnknownAggregation
from usageflow_aggregator.store.points import Point
from usageflow_aggregator.store.windows import Window, state_of, window_key
from usageflow_common.database import Transaction, raw
from usageflow_common.records import Quarantined

_FETCH_ROWS: Final = 2_000

_WINDOWS: Final = """
SELECT org_id, metric_id, customer_id, window_start_at, group_key, version, event_count, total, digest,
       delta_seconds, value, value_at, value_event_id
  FROM aggregated_usage
 WHERE shard = $1"""

_POINTS: Final = """
SELECT org_id, metric_id, customer_id, window_start_at, group_key, version, event_count, value_hash
  FROM unique_values
 WHERE shard = $1 AND event_count > 0"""

_QUARANTINED: Final = """
SELECT log_offset, org_id FROM quarantined_events WHERE partition = $1 AND released_at IS NULL ORDER BY log_offset"""


class UnknownMetric(LookupError):
    """A row of a metric that is not known here: metrics.changed was not read far enough."""


async def stream_windows(tx: Transaction, shard: int, find: FindDefinition) -> AsyncIterator[Window]:
    """All windows of the shard, those without events too."""
    cursor = await (await raw(tx)).cursor(_WINDOWS, shard)
    while rows := await cursor.fetch(_FETCH_ROWS):
        for row in rows:
            yield _window(row, find)


async def stream_points(tx: Transaction, shard: int) -> AsyncIterator[Point]:
    """All values that the shard's UNIQUE metrics have."""
    cursor = await (await raw(tx)).cursor(_POINTS, shard)
    while rows := await cursor.fetch(_FETCH_ROWS):
        for row in rows:
            yield Point(window_key(row), row["value_hash"], row["event_count"] > 0, row["version"])


async def read_open_quarantine(tx: Transaction, partition: int) -> tuple[Quarantined, ...]:
    """Records of the partition that drafts wait for."""
    rows = await (await raw(tx)).fetch(_QUARANTINED, partition)
    return tuple(Quarantined(offset=row["log_offset"], org_id=row["org_id"]) for row in rows)


def _window(row: asyncpg.Record, find: FindDefinition) -> Window:
    key = window_key(row)
    definition = find(key.org_id, key.metric_id)
    if definition is None or isinstance(definition, UnknownAggregation):
        raise UnknownMetric(f"metric {key.metric_id} of organization {key.org_id}")
    return Window(key, definition, row["version"], state_of(row), int(row["digest"]))
