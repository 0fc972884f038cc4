"""Usage of a range: whole windows from what is kept, the ragged ends from raw events."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final
from uuid import UUID

from usageflow_aggregator.domain.civil import Span
from usageflow_common.database import Transaction, raw

# width_bucket finds the window by binary search in the windows' beginnings.
_KEPT: Final = """
SELECT width_bucket(window_start_at, $1::timestamptz[]) AS ordinal, sum(event_count)::bigint AS event_count, sum(total) AS total
  FROM aggregated_usage
 WHERE org_id = $2 AND metric_id = $3 AND window_start_at >= $4 AND window_start_at < $5
   AND ($6::text[] IS NULL OR customer_id = ANY($6))
 GROUP BY ordinal"""

_RAW: Final = """
SELECT width_bucket(occurred_at, $1::timestamptz[]) AS ordinal, count(*) AS event_count,
       sum(CASE WHEN $7::text IS NULL THEN amount ELSE (properties ->> $7)::numeric END) AS total
  FROM usage_events
 WHERE org_id = $2 AND metric_ids @> ARRAY[$3::uuid] AND occurred_at >= $4 AND occurred_at < $5
   AND ($6::text[] IS NULL OR customer_id = ANY($6))
 GROUP BY ordinal"""


@dataclass(frozen=True, slots=True)
class MetricFilter:
    """Which usage: of one metric, of some customers (None: all). `value_property`: what a SUM adds up instead of the amount."""

    metric_id: UUID
    customer_ids: tuple[str, ...] | None
    value_property: str | None


@dataclass(frozen=True, slots=True)
class Bucket:
    """A part of what belongs to the window with this index."""

    index: int
    event_count: int
    total: Decimal


async def read_kept(
    tx: Transaction, org_id: UUID, which: MetricFilter, span: Span, starts: Sequence[datetime]
) -> list[Bucket]:
    """Usage in the whole quarter hours of `span`, by the windows that begin at `starts` (the first one not later than the span)."""
    return await _read(tx, _KEPT, starts, org_id, which.metric_id, span.start_at, span.end_at, _customers(which))


async def read_raw(
    tx: Transaction, org_id: UUID, which: MetricFilter, span: Span, starts: Sequence[datetime]
) -> list[Bucket]:
    """The same from raw events, exact at any boundary."""
    parameters = (org_id, which.metric_id, span.start_at, span.end_at, _customers(which), which.value_property)
    return await _read(tx, _RAW, starts, *parameters)


async def _read(tx: Transaction, statement: str, starts: Sequence[datetime], *parameters: object) -> list[Bucket]:
    connection = await raw(tx)
    rows = await connection.fetch(statement, list(starts), *parameters)
    return [Bucket(row["ordinal"] - 1, row["event_count"], row["total"]) for row in rows]


def _customers(which: MetricFilter) -> list[str] | None:
    return None if which.customer_ids is None else list(which.customer_ids)
