"""The windows: each batch's fold is added to the rows of its own shard, and the rows are told as they are afterwards."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from usageflow_aggregator.domain.digest import DIGEST_MODULUS
from usageflow_aggregator.domain.fold import Addition, WindowKey
from usageflow_common.database import Transaction, raw

NO_GROUP: Final = "{}"
"""The canonical JSON of no group-by keys."""

_ADD: Final = f"""
INSERT INTO aggregated_usage AS kept
       (org_id, metric_id, customer_id, window_start_at, group_key, shard,
        generation, version, changed_before_offset, event_count, total, digest)
SELECT added.org_id, added.metric_id, added.customer_id, added.window_start_at, '{NO_GROUP}', $1,
       $2, added.event_count, added.last_offset + 1, added.event_count, added.total, added.digest
  FROM unnest($3::uuid[], $4::uuid[], $5::text[], $6::timestamptz[], $7::bigint[], $8::numeric[], $9::numeric[], $10::bigint[])
       AS added (org_id, metric_id, customer_id, window_start_at, event_count, total, digest, last_offset)
ON CONFLICT (org_id, metric_id, customer_id, window_start_at, group_key, shard) DO UPDATE
   SET generation = excluded.generation,
       version = kept.version + excluded.version,
       changed_before_offset = greatest(kept.changed_before_offset, excluded.changed_before_offset),
       event_count = kept.event_count + excluded.event_count,
       total = kept.total + excluded.total,
       digest = mod(kept.digest + excluded.digest, {DIGEST_MODULUS})
RETURNING org_id, metric_id, customer_id, window_start_at, version, event_count, total, digest"""


@dataclass(frozen=True, slots=True)
class Window:
    """A row of aggregated_usage after the batch: absolute."""

    key: WindowKey
    version: int
    event_count: int
    total: Decimal
    digest: int


async def fold_windows(
    tx: Transaction, shard: int, generation: int, additions: Mapping[WindowKey, Addition]
) -> list[Window]:
    """Add to the windows; each row that was touched, as it now is. `version` grows by one with each event folded in."""
    if not additions:
        return []
    connection = await raw(tx)
    added = additions.values()
    rows = await connection.fetch(
        _ADD,
        shard,
        generation,
        [key.org_id for key in additions],
        [key.metric_id for key in additions],
        [key.customer_id for key in additions],
        [key.window_start_at for key in additions],
        [addition.event_count for addition in added],
        [addition.total for addition in added],
        [Decimal(addition.digest) for addition in added],
        [addition.last_offset for addition in added],
    )
    return [
        Window(
            key=WindowKey(row["org_id"], row["metric_id"], row["customer_id"], row["window_start_at"]),
            version=row["version"],
            event_count=row["event_count"],
            total=row["total"],
            digest=int(row["digest"]),
        )
        for row in rows
    ]
