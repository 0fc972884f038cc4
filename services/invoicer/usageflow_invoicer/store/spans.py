"""Usage of any span of a customer's metric, folded from its windows: what a charge's period would have summed up to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from usageflow_common.database import Transaction, raw
from usageflow_common.metering import Aggregation
from usageflow_invoicer.domain.plans import Value
from usageflow_invoicer.domain.usage import PeriodSums, Usage

_IN_SPAN: Final = """
       org_id = $1 AND customer_id = k.customer_id AND metric_id = k.metric_id
   AND window_start_at >= k.start_at AND window_start_at < k.end_at
   AND (k.matrix_property IS NULL OR coalesce(group_key::jsonb ->> k.matrix_property, '') = s.group_value)"""

_SPANS: Final = f"""
SELECT k.ordinal, s.group_value, coalesce(s.event_count, 0)::bigint AS event_count, coalesce(s.total, 0) AS total,
       coalesce(s.delta_seconds, 0) AS delta_seconds, coalesce(s.opening, 0) AS opening, coalesce(s.digest, 0) AS digest,
       CASE k.aggregation
       WHEN 'MIN' THEN (SELECT min(value) FROM usage_windows WHERE {_IN_SPAN})
       WHEN 'MAX' THEN (SELECT max(value) FROM usage_windows WHERE {_IN_SPAN})
       WHEN 'LATEST' THEN (SELECT value FROM usage_windows WHERE {_IN_SPAN} AND value IS NOT NULL
                            ORDER BY value_at DESC, value_event_id DESC LIMIT 1)
       WHEN 'UNIQUE' THEN (SELECT count(DISTINCT value_hash) FROM usage_points WHERE {_IN_SPAN} AND present)
       END AS folded
  FROM unnest($2::text[], $3::uuid[], $4::timestamptz[], $5::timestamptz[], $6::text[], $7::text[])
       WITH ORDINALITY AS k (customer_id, metric_id, start_at, end_at, aggregation, matrix_property, ordinal)
  LEFT JOIN LATERAL (
       SELECT CASE WHEN k.matrix_property IS NULL THEN '' ELSE coalesce(group_key::jsonb ->> k.matrix_property, '') END
                AS group_value,
              sum(event_count) FILTER (WHERE window_start_at >= k.start_at) AS event_count,
              sum(total) FILTER (WHERE window_start_at >= k.start_at) AS total,
              sum(delta_seconds) FILTER (WHERE window_start_at >= k.start_at) AS delta_seconds,
              sum(total) FILTER (WHERE window_start_at < k.start_at) AS opening,
              mod(sum(digest) FILTER (WHERE window_start_at >= k.start_at), 2::numeric ^ 256) AS digest
         FROM usage_windows
        WHERE org_id = $1 AND customer_id = k.customer_id AND metric_id = k.metric_id
          AND window_start_at >= CASE WHEN k.aggregation = 'WEIGHTED_SUM' THEN '-infinity' ELSE k.start_at END
          AND window_start_at < k.end_at
        GROUP BY 1
       ) s ON true
 ORDER BY k.ordinal"""


@dataclass(frozen=True, slots=True)
class Span:
    """Half-open, at the beginnings of windows; by the values of the matrix's key, if there is one."""

    customer_id: str
    metric_id: UUID
    aggregation: Aggregation
    start_at: datetime
    end_at: datetime
    matrix_property: str | None = None


async def usage_of_spans(tx: Transaction, org_id: UUID, spans: Sequence[Span]) -> list[dict[Value, Usage]]:
    """In their order, by value; nothing where nothing happened."""
    if not spans:
        return []
    rows = await (await raw(tx)).fetch(
        _SPANS,
        org_id,
        [each.customer_id for each in spans],
        [each.metric_id for each in spans],
        [each.start_at for each in spans],
        [each.end_at for each in spans],
        [each.aggregation for each in spans],
        [each.matrix_property for each in spans],
    )
    found: list[dict[Value, Usage]] = [{} for _ in spans]
    for row in rows:
        span = spans[row["ordinal"] - 1]
        if row["group_value"] is not None:
            value = None if span.matrix_property is None else row["group_value"]
            found[row["ordinal"] - 1][value] = _usage(span, dict(row))
    return found


def _usage(span: Span, row: Mapping[str, Any]) -> Usage:
    return PeriodSums(
        span.aggregation,
        span.start_at,
        span.end_at,
        row["event_count"],
        row["total"],
        row["delta_seconds"],
        row["opening"],
        int(row["digest"]),
        None if row["folded"] is None else Decimal(row["folded"]),
    ).usage
