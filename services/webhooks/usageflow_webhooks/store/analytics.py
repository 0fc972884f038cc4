"""How deliveries fared over time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from usageflow_common.civil import Span
from usageflow_common.database import Transaction, raw

_COUNTS: Final = """
SELECT width_bucket(created_at, $2::timestamptz[]) - 1 AS place,
       count(*) FILTER (WHERE outcome = 'succeeded') AS succeeded,
       count(*) FILTER (WHERE outcome = 'failed') AS failed,
       percentile_disc(0.5) WITHIN GROUP (ORDER BY duration_ms) AS p50_ms,
       percentile_disc(0.95) WITHIN GROUP (ORDER BY duration_ms) AS p95_ms
  FROM webhook_deliveries
 WHERE org_id = $1 AND created_at >= ($2::timestamptz[])[1] AND created_at < $3
   AND ($4::uuid IS NULL OR endpoint_id = $4)
 GROUP BY 1
 ORDER BY 1"""


@dataclass(frozen=True, slots=True)
class Fared:
    """Attempts of a window, by its place; milliseconds that half of them, and all but a twentieth, took at most."""

    place: int
    succeeded: int
    failed: int
    p50_ms: int
    p95_ms: int


async def count_deliveries(
    tx: Transaction, org_id: UUID, windows: Sequence[Span], endpoint_id: UUID | None
) -> list[Fared]:
    """By window; windows tile a range, and those without an attempt are absent."""
    starts = [window.start_at for window in windows]
    rows = await (await raw(tx)).fetch(_COUNTS, org_id, starts, windows[-1].end_at, endpoint_id)
    return [Fared(*row) for row in rows]
