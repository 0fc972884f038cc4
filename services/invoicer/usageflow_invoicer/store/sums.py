"""What periods hold: filled when they are made, read when they are rated.

Counts, sums and digests are kept current per shard; what cannot be added up (MIN, MAX, LATEST, UNIQUE) is folded from the period's windows
and distinct values when it is read, in the same snapshot.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final, NamedTuple
from uuid import UUID

from usageflow_common.database import Transaction, raw
from usageflow_invoicer.domain.plans import Value
from usageflow_invoicer.domain.usage import PeriodSums, Usage

# The opening level of a WEIGHTED_SUM is everything before the period, so all of its windows are looked at.
_FILL: Final = """
INSERT INTO usage_periods (org_id, subscription_id, period_id, charge_id, group_value, shard,
                           event_count, total, delta_seconds, opening, digest, changed, changed_at)
SELECT c.org_id, c.subscription_id, c.period_id, c.charge_id,
       CASE WHEN c.matrix_property IS NULL THEN '' ELSE coalesce(w.group_key::jsonb ->> c.matrix_property, '') END
         AS group_value,
       w.shard,
       coalesce(sum(w.event_count) FILTER (WHERE w.window_start_at >= c.start_at), 0),
       coalesce(sum(w.total) FILTER (WHERE w.window_start_at >= c.start_at), 0),
       coalesce(sum(w.delta_seconds) FILTER (WHERE w.window_start_at >= c.start_at), 0),
       coalesce(sum(w.total) FILTER (WHERE w.window_start_at < c.start_at), 0),
       mod(coalesce(sum(w.digest) FILTER (WHERE w.window_start_at >= c.start_at), 0), 2::numeric ^ 256),
       true,
       now()
  FROM period_charges c
  JOIN plan_metrics m ON m.org_id = c.org_id AND m.charge_id = c.charge_id
  JOIN usage_windows w
    ON w.org_id = c.org_id AND w.customer_id = c.customer_id AND w.metric_id = c.metric_id
   AND w.window_start_at >= CASE WHEN m.aggregation = 'WEIGHTED_SUM' THEN '-infinity' ELSE c.start_at END
   AND w.window_start_at < c.end_at
 WHERE c.org_id = $1 AND c.period_id = ANY($2::uuid[])
 GROUP BY c.org_id, c.subscription_id, c.period_id, c.charge_id, group_value, w.shard"""

_IN_PERIOD: Final = """
       org_id = c.org_id AND customer_id = c.customer_id AND metric_id = c.metric_id
   AND window_start_at >= c.start_at AND window_start_at < c.end_at
   AND (c.matrix_property IS NULL OR coalesce(group_key::jsonb ->> c.matrix_property, '') = k.group_value)"""

_FOLD: Final = f"""
SELECT c.period_id, c.charge_id, k.group_value,
       CASE m.aggregation
       WHEN 'MIN' THEN (SELECT min(value) FROM usage_windows WHERE {_IN_PERIOD})
       WHEN 'MAX' THEN (SELECT max(value) FROM usage_windows WHERE {_IN_PERIOD})
       WHEN 'LATEST' THEN (SELECT value FROM usage_windows WHERE {_IN_PERIOD} AND value IS NOT NULL
                            ORDER BY value_at DESC, value_event_id DESC LIMIT 1)
       ELSE (SELECT count(DISTINCT value_hash) FROM usage_points WHERE {_IN_PERIOD} AND present)
       END AS folded
  FROM unnest($2::uuid[], $3::uuid[], $4::text[]) AS k (period_id, charge_id, group_value)
  JOIN period_charges c ON c.org_id = $1 AND c.period_id = k.period_id AND c.charge_id = k.charge_id
  JOIN plan_metrics m ON m.org_id = c.org_id AND m.charge_id = c.charge_id
 WHERE m.aggregation IN ('MIN', 'MAX', 'LATEST', 'UNIQUE')"""


class SumKey(NamedTuple):
    """What a sum is of; the value is one of the charge's matrix."""

    period_id: UUID
    charge_id: UUID
    value: Value


_CLEAR: Final = """
UPDATE usage_periods u SET changed = false
  FROM unnest($2::uuid[], $3::uuid[], $4::uuid[]) AS b (subscription_id, period_id, charge_id)
 WHERE u.org_id = $1 AND u.subscription_id = b.subscription_id AND u.period_id = b.period_id AND u.charge_id = b.charge_id
   AND u.changed"""


_ADDED_UP: Final = """
       u.period_id, u.charge_id, u.group_value, sum(u.event_count) AS event_count, sum(u.total) AS total,
       sum(u.delta_seconds) AS delta_seconds, sum(u.opening) AS opening, mod(sum(u.digest), 2::numeric ^ 256) AS digest,
       bool_or(u.changed) AS changed"""

# Added up before anything is joined: with many shards and values there are far more sums than charges.
_SUMS: Final = f"""
WITH late AS MATERIALIZED (
    SELECT DISTINCT u.subscription_id, u.period_id, u.charge_id
      FROM usage_periods u
      JOIN billing_periods p ON p.org_id = u.org_id AND p.period_id = u.period_id AND p.status = 'invoiced'
     WHERE u.org_id = $1 AND u.subscription_id = ANY($2::uuid[]) AND u.changed AND u.period_id <> ALL($3::uuid[])),
found AS MATERIALIZED (
    SELECT {_ADDED_UP}
      FROM unnest($2::uuid[], $3::uuid[]) AS part (subscription_id, period_id)
      JOIN usage_periods u ON u.org_id = $1 AND u.subscription_id = part.subscription_id AND u.period_id = part.period_id
     GROUP BY u.period_id, u.charge_id, u.group_value
     UNION ALL
    SELECT {_ADDED_UP}
      FROM late
      JOIN usage_periods u ON u.org_id = $1 AND u.subscription_id = late.subscription_id
                          AND u.period_id = late.period_id AND u.charge_id = late.charge_id
     GROUP BY u.period_id, u.charge_id, u.group_value)
SELECT found.*, c.matrix_property, c.start_at, c.end_at, m.aggregation, p.status = 'invoiced' AS invoiced
  FROM found
  JOIN billing_periods p ON p.org_id = $1 AND p.period_id = found.period_id
  JOIN period_charges c ON c.org_id = $1 AND c.period_id = found.period_id AND c.charge_id = found.charge_id
  JOIN plan_metrics m ON m.org_id = $1 AND m.charge_id = found.charge_id"""


@dataclass(frozen=True, slots=True)
class Sum:
    """A charge's usage of a period over all shards, or that of one value; `changed` when a state came since it was billed."""

    usage: Usage
    changed: bool
    invoiced: bool


async def fill_periods(tx: Transaction, org_id: object, period_ids: Sequence[object]) -> None:
    """The usage that new periods have already. After freeze_positions, so that no state falls between this and the next apply."""
    await (await raw(tx)).execute(_FILL, org_id, list(period_ids))


async def read_sums(tx: Transaction, org_id: UUID, parts: Sequence[tuple[UUID, UUID]]) -> Mapping[SumKey, Sum]:
    """Of these (subscription, period), and of the subscriptions' invoiced periods that changed since. From one snapshot."""
    subscription_ids, period_ids = [each[0] for each in parts], [each[1] for each in parts]
    rows = await (await raw(tx)).fetch(_SUMS, org_id, subscription_ids, period_ids)
    folded = await _fold(tx, org_id, [(row["period_id"], row["charge_id"], row["group_value"]) for row in rows])
    return {
        SumKey(row["period_id"], row["charge_id"], None if row["matrix_property"] is None else row["group_value"]): Sum(
            _period_sums(row, folded.get((row["period_id"], row["charge_id"], row["group_value"]))).usage,
            row["changed"],
            row["invoiced"],
        )
        for row in rows
    }


async def clear_changed(tx: Transaction, org_id: UUID, billed: Sequence[tuple[UUID, UUID, UUID]]) -> None:
    """Everything read of these (subscription, period, charge) is billed, whatever its value.

    A row that changed since the snapshot makes the transaction fail.
    """
    if billed:
        await (await raw(tx)).execute(_CLEAR, org_id, *map(list, zip(*billed, strict=True)))


async def _fold(
    tx: Transaction, org_id: UUID, keys: Sequence[tuple[UUID, UUID, str]]
) -> dict[tuple[UUID, UUID, str], Decimal | None]:
    if not keys:
        return {}
    rows = await (await raw(tx)).fetch(_FOLD, org_id, *map(list, zip(*keys, strict=True)))
    return {(row["period_id"], row["charge_id"], row["group_value"]): row["folded"] for row in rows}


def _period_sums(row: Any, folded: Decimal | int | None) -> PeriodSums:
    return PeriodSums(
        row["aggregation"],
        row["start_at"],
        row["end_at"],
        int(row["event_count"]),
        row["total"],
        row["delta_seconds"],
        row["opening"],
        int(row["digest"]),
        None if folded is None else Decimal(folded),
    )
