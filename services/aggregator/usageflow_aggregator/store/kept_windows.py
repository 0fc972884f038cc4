"""Windows as they were at a cut: those that nothing changed since are as they are kept, and the others are named."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final
from uuid import UUID

import asyncpg

from usageflow_aggregator.store.effective import Cut
from usageflow_aggregator.store.raw_events import Selection
from usageflow_aggregator.store.usage_parts import Parameters, dense
from usageflow_common.civil import Span
from usageflow_common.clock import window_start
from usageflow_common.database import Transaction, raw
from usageflow_common.metering import Aggregation, State

_FOREMOST: Final = (
    "(array_agg({column} ORDER BY value_at DESC, value_event_id DESC) FILTER (WHERE value IS NOT NULL))[1]"
)
_STATE: Final[dict[Aggregation, str]] = {
    "COUNT": "",
    "UNIQUE": "",
    "SUM": ", sum(total) AS total",
    "AVG": ", sum(total) AS total",
    "WEIGHTED_SUM": ", sum(total) AS total, sum(delta_seconds) AS delta_seconds",
    "MIN": ", min(value) AS value",
    "MAX": ", max(value) AS value",
    # By (time, event id), as in metering.
    "LATEST": "".join(
        f", {_FOREMOST.format(column=each)} AS {each}" for each in ("value", "value_at", "value_event_id")
    ),
}


@dataclass(frozen=True, slots=True)
class KeptWindow:
    """A quarter hour of a selection over all shards and groups, as it is now. `changed`: it was another one at the cut.

    `digest`: a sum, not reduced.
    """

    start_at: datetime
    state: State
    digest: int
    changed: bool


async def read_kept(
    tx: Transaction, org_id: UUID, aggregation: Aggregation, selection: Selection, span: Span
) -> list[KeptWindow]:
    """The windows that the span touches, in order, whole also where the span holds but a part of them; those without events too."""
    parameters = Parameters()
    cut = Cut(parameters.add(dense(selection.cut), "bigint[]"))
    where = [
        f"org_id = {parameters.add(org_id, 'uuid')}",
        f"metric_id = {parameters.add(selection.metric_id, 'uuid')}",
        f"customer_id = {parameters.add(selection.customer_id, 'text')}",
        f"window_start_at >= {parameters.add(window_start(span.start_at), 'timestamptz')}",
        f"window_start_at < {parameters.add(span.end_at, 'timestamptz')}",
        *(
            f"group_key::jsonb ->> {parameters.text(key)} = {parameters.text(value)}"
            for key, value in (selection.group or {}).items()
        ),
    ]
    connection = await raw(tx)
    rows = await connection.fetch(
        "SELECT window_start_at, sum(event_count)::bigint AS event_count, sum(digest) AS digest,"
        f" bool_or(changed_before_offset > coalesce({cut.before('shard')}, 0)) AS changed{_STATE[aggregation]}"
        f" FROM aggregated_usage WHERE {' AND '.join(where)} GROUP BY window_start_at ORDER BY window_start_at",
        *parameters.values,
    )
    return [_kept_window(row) for row in rows]


def _kept_window(row: asyncpg.Record) -> KeptWindow:
    nothing = Decimal(0)
    state = State(
        row["event_count"],
        row.get("total") or nothing,
        row.get("delta_seconds") or nothing,
        row.get("value"),
        row.get("value_at"),
        row.get("value_event_id"),
    )
    return KeptWindow(row["window_start_at"], state, int(row["digest"]), row["changed"])
