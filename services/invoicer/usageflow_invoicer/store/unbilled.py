"""Usage that no charge claims."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from usageflow_common.database import Transaction, raw

_UNBILLED = """
SELECT w.customer_id, w.metric_id, sum(w.event_count)::bigint AS event_count, sum(w.total) AS total
  FROM usage_windows w
 WHERE w.org_id = $1 AND w.window_start_at >= $2 AND w.window_start_at < $3 AND w.event_count > 0
   AND ($4::text IS NULL OR (w.customer_id, w.metric_id) > ($4, $5::uuid))
   AND NOT EXISTS (
       SELECT 1 FROM period_charges c
        WHERE c.org_id = w.org_id AND c.customer_id = w.customer_id AND c.metric_id = w.metric_id
          AND c.start_at <= w.window_start_at AND c.end_at > w.window_start_at)
 GROUP BY w.customer_id, w.metric_id
 ORDER BY w.customer_id, w.metric_id
 LIMIT $6"""


@dataclass(frozen=True, slots=True)
class Unbilled:
    """Of one customer and metric; `total` is the sum of a SUM, and nothing of other aggregations."""

    customer_id: str
    metric_id: UUID
    event_count: int
    total: Decimal


async def list_unbilled(
    tx: Transaction, org_id: UUID, span: tuple[datetime, datetime], after: tuple[str, UUID] | None, limit: int
) -> list[Unbilled]:
    """Whole windows of the span, by customer and metric."""
    rows = await (await raw(tx)).fetch(_UNBILLED, org_id, *span, *(after or (None, None)), limit)
    return [Unbilled(row["customer_id"], row["metric_id"], row["event_count"], row["total"]) for row in rows]
