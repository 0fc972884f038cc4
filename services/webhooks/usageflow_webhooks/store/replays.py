"""What an endpoint is to get once more: facts of a range, by what became of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from usageflow_common.database import Transaction, raw
from usageflow_common.ids import Prefix, public_id
from usageflow_webhooks.domain.dispatches import Dispatch
from usageflow_webhooks.domain.endpoints import Endpoint
from usageflow_webhooks.domain.event_types import ENDPOINT_DISABLED, EVERYTHING, PING
from usageflow_webhooks.domain.replays import Only, ReplayRange

# A test is for the endpoint that was tested; that an endpoint was disabled is told to the others.
_UNSENT: Final = f"""(w.dispatch_id IS NULL AND ($5::text[] IS NULL OR v.type = ANY($5)) AND v.type <> '{PING}'
           AND NOT (v.type = '{ENDPOINT_DISABLED}' AND position($6::bytea IN v.body) > 0))"""

# What waits for its first attempt, is parked, or is being sent now goes out anyway.
_WHICH: Final[Mapping[Only, str]] = {
    "failed": "w.status IN ('failed', 'retrying')",
    "missing": f"(w.status = 'discarded' OR {_UNSENT})",
    "all": f"(w.status IN ('failed', 'retrying', 'delivered', 'discarded') OR {_UNSENT})",
}


@dataclass(frozen=True, slots=True)
class Missed:
    """A fact, and its dispatch for the endpoint where there is one."""

    event_id: UUID
    event_type: str
    created_at: datetime
    dispatch_id: UUID | None


async def list_missed(tx: Transaction, endpoint: Endpoint, chosen: ReplayRange, limit: int) -> list[Missed]:
    """In the order of the facts. The endpoint is locked, so nobody makes dispatches for it meanwhile."""
    types = None if EVERYTHING in endpoint.event_types else list(endpoint.event_types)
    rows = await (await raw(tx)).fetch(
        f"""
SELECT v.event_id, v.type, v.created_at, w.dispatch_id
  FROM webhook_events v
  LEFT JOIN webhook_dispatches w ON w.org_id = v.org_id AND w.event_id = v.event_id AND w.endpoint_id = $2
 WHERE v.org_id = $1 AND v.created_at >= $3 AND v.created_at < $4 AND w.lease_id IS NULL
   AND ($5::text[] IS NULL OR true) AND ($6::bytea IS NULL OR true) AND {_WHICH[chosen.only]}
 ORDER BY v.created_at, v.sequence LIMIT $7""",
        endpoint.org_id,
        endpoint.endpoint_id,
        chosen.since,
        chosen.until,
        types,
        public_id(Prefix.ENDPOINT, endpoint.endpoint_id).encode(),
        limit,
    )
    return [Missed(*row) for row in rows]


# Due times a microsecond apart keep the order of the facts.
_AGAIN: Final = """
WITH again AS (
    UPDATE webhook_dispatches w
       SET status = CASE attempts WHEN 0 THEN 'pending' ELSE 'retrying' END, completed_at = NULL, schedule_start = attempts,
           due_at = $3::timestamptz + wanted.place * interval '1 microsecond'
      FROM unnest($2::uuid[]) WITH ORDINALITY AS wanted (dispatch_id, place)
     WHERE w.org_id = $1 AND w.dispatch_id = wanted.dispatch_id AND w.lease_id IS NULL
    RETURNING w.org_id, w.dispatch_id, event_id, event_type, endpoint_id, status, attempts, due_at, created_at, completed_at)
SELECT again.*, (SELECT count(*) FROM again) AS many FROM again ORDER BY due_at LIMIT 1"""


async def send_again(
    tx: Transaction, org_id: UUID, dispatch_ids: Sequence[UUID], now: datetime
) -> tuple[int, Dispatch | None]:
    """Due now, on new schedules; how many, without those that are being sent at this moment, and the first of them."""
    row = await (await raw(tx)).fetchrow(_AGAIN, org_id, list(dispatch_ids), now)
    if row is None:
        return 0, None
    values = dict(row)
    many = int(values.pop("many"))
    return many, Dispatch(**values)
