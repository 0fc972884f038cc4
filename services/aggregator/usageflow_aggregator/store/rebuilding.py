"""The two sides of a rebuild: rows as they are kept, and the events that they were made of; and rows written anew."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final
from uuid import UUID

import asyncpg

from usageflow_aggregator.domain.definition import Definition
from usageflow_aggregator.domain.fold import WindowKey
from usageflow_aggregator.domain.rebuilding import Admitted, Difference, Place, RawEvent, Row
from usageflow_aggregator.store.effective import effective_events
from usageflow_aggregator.store.points import Point
from usageflow_aggregator.store.raw_events import event_core
from usageflow_aggregator.store.windows import Window, state_of
from usageflow_common.civil import Span
from usageflow_common.database import Transaction, raw
from usageflow_common.metering import State

_FETCH_ROWS: Final = 2_000

# Customers that have events, and those that have windows only: what was lost and what was invented are both looked for.
_CUSTOMERS: Final = """
SELECT customer_id, sum(events)::bigint AS events
  FROM (SELECT customer_id, count(*) AS events FROM usage_events
         WHERE org_id = $1 AND customer_id > $5 AND occurred_at >= $3 AND occurred_at < $4
         GROUP BY customer_id
         UNION ALL
        SELECT customer_id, count(*) FROM event_corrections
         WHERE org_id = $1 AND customer_id > $5 AND kind = 'amend' AND occurred_at >= $3 AND occurred_at < $4
         GROUP BY customer_id
         UNION ALL
        SELECT DISTINCT customer_id, 0 FROM aggregated_usage
         WHERE org_id = $1 AND metric_id = $2 AND customer_id > $5 AND window_start_at >= $3 AND window_start_at < $4) AS known
 GROUP BY customer_id
 ORDER BY customer_id
 LIMIT $6"""

_WINDOW_SIZES: Final = """
SELECT date_bin('15 minutes', occurred_at, '1970-01-01 00:00:00+00') AS window_start_at, count(*) AS events
  FROM usage_events
 WHERE org_id = $1 AND customer_id = $2 AND occurred_at >= $3 AND occurred_at < $4
 GROUP BY 1
 ORDER BY 1"""

_ROWS: Final = """
SELECT customer_id, window_start_at, group_key, shard, event_count, total, digest, delta_seconds, value, value_at, value_event_id
  FROM aggregated_usage
 WHERE org_id = $1 AND metric_id = $2 AND customer_id = ANY($3) AND window_start_at >= $4 AND window_start_at < $5
   AND ($6::integer IS NULL OR shard = $6)"""

_POINTS: Final = """
SELECT customer_id, window_start_at, group_key, shard, value_hash, event_count
  FROM unique_values
 WHERE org_id = $1 AND metric_id = $2 AND customer_id = ANY($3) AND window_start_at >= $4 AND window_start_at < $5
   AND event_count > 0 AND ($6::integer IS NULL OR shard = $6)"""

_ADMITTED: Final = """
SELECT shard, customer_id, group_key FROM group_values WHERE org_id = $1 AND metric_id = $2 AND customer_id = ANY($3)"""

# Without naming days: whoever checks must not trust the table that says where events lie.
_EVENTS: Final = f"""
SELECT event.partition, event.log_offset, event.org_id, event.event_id, event.idempotency_key, event.metric, event.metric_ids,
       event.amount, event.customer_id, event.occurred_at, event.backfill_id, event.salt, event.properties
  FROM {effective_events()} AS event
 WHERE event.org_id = $1 AND event.metric_ids @> ARRAY[$2::uuid] AND event.customer_id = ANY($3)
   AND event.occurred_at >= $4 AND event.occurred_at < $5 AND ($6::integer IS NULL OR event.partition = $6)"""

_RAISE: Final = """
UPDATE consumer_offsets AS stored
   SET generation = greatest(stored.generation + 1, $2)
  FROM (SELECT partition, generation FROM consumer_offsets WHERE partition = $1 FOR UPDATE) AS before
 WHERE stored.partition = before.partition
RETURNING before.generation AS before, stored.generation, stored.next_offset"""

_WRITE_ROWS: Final = """
INSERT INTO aggregated_usage AS kept
       (org_id, metric_id, customer_id, window_start_at, group_key, shard, generation, version, changed_before_offset,
        event_count, total, digest, delta_seconds, value, value_at, value_event_id)
SELECT $1, $2, customer_id, window_start_at, group_key, $3, $4, event_count, $5,
       event_count, total, digest, delta_seconds, value, value_at, value_event_id
  FROM unnest($6::text[], $7::timestamptz[], $8::text[], $9::bigint[], $10::numeric[], $11::numeric[],
              $12::numeric[], $13::numeric[], $14::timestamptz[], $15::uuid[])
       AS rebuilt (customer_id, window_start_at, group_key, event_count, total, digest, delta_seconds, value, value_at, value_event_id)
ON CONFLICT (org_id, metric_id, customer_id, window_start_at, group_key, shard) DO UPDATE
   SET generation = excluded.generation, version = greatest(kept.version + 1, excluded.version),
       changed_before_offset = excluded.changed_before_offset, event_count = excluded.event_count, total = excluded.total,
       digest = excluded.digest, delta_seconds = excluded.delta_seconds, value = excluded.value, value_at = excluded.value_at,
       value_event_id = excluded.value_event_id
RETURNING customer_id, window_start_at, group_key, version"""

_WRITE_POINTS: Final = """
INSERT INTO unique_values AS kept
       (org_id, metric_id, customer_id, window_start_at, group_key, shard, value_hash, generation, version, event_count)
SELECT $1, $2, customer_id, window_start_at, group_key, $3, value_hash, $4, event_count, event_count
  FROM unnest($5::text[], $6::timestamptz[], $7::text[], $8::bytea[], $9::bigint[])
       AS rebuilt (customer_id, window_start_at, group_key, value_hash, event_count)
ON CONFLICT (org_id, metric_id, customer_id, window_start_at, group_key, shard, value_hash) DO UPDATE
   SET generation = excluded.generation, version = greatest(kept.version + 1, excluded.version), event_count = excluded.event_count
RETURNING customer_id, window_start_at, group_key, value_hash, version, event_count"""


@dataclass(frozen=True, slots=True)
class Chunk:
    """Some customers of one metric in one span of whole windows; `shard` None: of all partitions."""

    org_id: UUID
    metric_id: UUID
    customer_ids: tuple[str, ...]
    span: Span
    shard: int | None = None


@dataclass(frozen=True, slots=True)
class Raised:
    """A partition in its new generation. Its row is locked, so nothing is counted there until the transaction ends."""

    before: int
    generation: int
    next: int


async def page_customers(tx: Transaction, chunk: Chunk, after: str, limit: int) -> list[tuple[str, int]]:
    """Customers with events or windows in the chunk's span, behind `after`, and how many events each has (of any metric)."""
    connection = await raw(tx)
    span = chunk.span
    rows = await connection.fetch(_CUSTOMERS, chunk.org_id, chunk.metric_id, span.start_at, span.end_at, after, limit)
    return [(row["customer_id"], row["events"]) for row in rows]


async def window_sizes(tx: Transaction, org_id: UUID, customer_id: str, span: Span) -> list[tuple[datetime, int]]:
    """How many events a customer has in each window of the span that has some."""
    connection = await raw(tx)
    rows = await connection.fetch(_WINDOW_SIZES, org_id, customer_id, span.start_at, span.end_at)
    return [(row["window_start_at"], row["events"]) for row in rows]


async def read_rows(tx: Transaction, chunk: Chunk) -> dict[Place, Row]:
    """Rows as they are kept."""
    connection = await raw(tx)
    points: dict[Place, dict[bytes, int]] = {}
    for row in await connection.fetch(_POINTS, *_parameters(chunk)):
        points.setdefault(_place(chunk, row), {})[row["value_hash"]] = row["event_count"]
    rows = {}
    for row in await connection.fetch(_ROWS, *_parameters(chunk)):
        place = _place(chunk, row)
        rows[place] = Row(state_of(row), int(row["digest"]), points.pop(place, {}))
    # Values without a window: kept by nobody, and yet they would count.
    return rows | {place: Row(State(), 0, values) for place, values in points.items()}


async def read_admitted(tx: Transaction, chunk: Chunk) -> Admitted:
    """The groups that the chunk's customers have."""
    connection = await raw(tx)
    admitted: dict[tuple[int, str], set[str]] = {}
    for row in await connection.fetch(_ADMITTED, chunk.org_id, chunk.metric_id, list(chunk.customer_ids)):
        admitted.setdefault((row["shard"], row["customer_id"]), set()).add(row["group_key"])
    return admitted


async def stream_raw(tx: Transaction, chunk: Chunk) -> AsyncIterator[list[RawEvent]]:
    """The chunk's events as they count now, some at a time."""
    connection = await raw(tx)
    cursor = await connection.cursor(_EVENTS, *_parameters(chunk))
    while rows := await cursor.fetch(_FETCH_ROWS):
        yield [_event(row) for row in rows]


async def raise_generation(tx: Transaction, partition: int, at_least: int) -> Raised:
    """A new generation of the partition: whoever counts there meets the fence. LookupError when there is no such partition."""
    connection = await raw(tx)
    row = await connection.fetchrow(_RAISE, partition, at_least)
    if row is None:
        raise LookupError(f"partition {partition} is not counted here")
    return Raised(row["before"], row["generation"], row["next_offset"])


async def write_rows(
    tx: Transaction, chunk: Chunk, raised: Raised, definition: Definition, wrong: Sequence[Difference]
) -> list[Window]:
    """Put down what was rebuilt; the rows as they are now."""
    if not wrong:
        return []
    connection = await raw(tx)
    rows = [difference.rebuilt for difference in wrong]
    written = await connection.fetch(
        _WRITE_ROWS,
        chunk.org_id,
        chunk.metric_id,
        chunk.shard,
        raised.generation,
        raised.next,
        *_places([difference.place.key for difference in wrong]),
        [row.state.event_count for row in rows],
        [row.state.total for row in rows],
        [Decimal(row.digest) for row in rows],
        [row.state.delta_seconds for row in rows],
        [row.state.value for row in rows],
        [row.state.at for row in rows],
        [row.state.event_id for row in rows],
    )
    rebuilt = {difference.place.key: difference.rebuilt for difference in wrong}
    return [
        Window(key, definition, row["version"], rebuilt[key].state, rebuilt[key].digest)
        for row in written
        if (key := _key(chunk, row)) in rebuilt
    ]


async def write_points(tx: Transaction, chunk: Chunk, raised: Raised, wrong: Sequence[Difference]) -> list[Point]:
    """The same for the values of a UNIQUE metric: those that are there too often, too seldom, or should not be there."""
    changed = [
        (difference.place.key, value, difference.rebuilt.points.get(value, 0))
        for difference in wrong
        for value in sorted(difference.kept.points.keys() | difference.rebuilt.points.keys())
        if difference.kept.points.get(value, 0) != difference.rebuilt.points.get(value, 0)
    ]
    if not changed:
        return []
    connection = await raw(tx)
    written = await connection.fetch(
        _WRITE_POINTS,
        chunk.org_id,
        chunk.metric_id,
        chunk.shard,
        raised.generation,
        *_places([key for key, _, _ in changed]),
        [value for _, value, _ in changed],
        [count for _, _, count in changed],
    )
    return [Point(_key(chunk, row), row["value_hash"], row["event_count"] > 0, row["version"]) for row in written]


def _parameters(chunk: Chunk) -> tuple[object, ...]:
    span = chunk.span
    return chunk.org_id, chunk.metric_id, list(chunk.customer_ids), span.start_at, span.end_at, chunk.shard


def _places(keys: Sequence[WindowKey]) -> tuple[list[object], ...]:
    return [key.customer_id for key in keys], [key.window_start_at for key in keys], [key.group_key for key in keys]


def _place(chunk: Chunk, row: asyncpg.Record) -> Place:
    return Place(row["shard"], _key(chunk, row))


def _key(chunk: Chunk, row: asyncpg.Record) -> WindowKey:
    return WindowKey(chunk.org_id, chunk.metric_id, row["customer_id"], row["window_start_at"], row["group_key"])


def _event(row: asyncpg.Record) -> RawEvent:
    return RawEvent(row["partition"], row["log_offset"], event_core(row), row["salt"], row["properties"])
