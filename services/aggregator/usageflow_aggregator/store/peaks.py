"""Highest, lowest and latest values, found again among raw events as corrected: what cannot be subtracted when an event leaves."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final
from uuid import UUID

from usageflow_aggregator.domain.definition import Definition
from usageflow_aggregator.domain.fold import WindowKey
from usageflow_aggregator.store.days import days_of
from usageflow_aggregator.store.effective import admitted_group_key, effective_events, group_key, value_number
from usageflow_common.civil import Span
from usageflow_common.clock import WINDOW
from usageflow_common.database import Transaction, raw
from usageflow_common.metering import Aggregation

_FOREMOST: Final = {
    "MAX": "max(value) AS value, NULL::timestamptz AS at, NULL::uuid AS event_id FROM counted GROUP BY group_key",
    "MIN": "min(value) AS value, NULL::timestamptz AS at, NULL::uuid AS event_id FROM counted GROUP BY group_key",
    "LATEST": "value, occurred_at AS at, event_id FROM counted ORDER BY group_key, occurred_at DESC, event_id DESC",
}

# One window at a time, all its groups together: OFFSET 0 keeps the window's bounds where they reach the indexes.
_REFOLD: Final = """
WITH window_of AS (
    SELECT DISTINCT asked.customer_id, asked.window_start_at
      FROM unnest($4::text[], $5::timestamptz[]) AS asked (customer_id, window_start_at)),
foremost AS MATERIALIZED (
    SELECT window_of.customer_id, window_of.window_start_at, found.*
      FROM window_of
     CROSS JOIN LATERAL (
           WITH measured AS (
               SELECT event.event_id, event.occurred_at, {value} AS value, {group} AS own_group
                 FROM {events} AS event
                WHERE event.org_id = $1 AND event.customer_id = window_of.customer_id
                  AND event.occurred_at >= window_of.window_start_at
                  AND event.occurred_at < window_of.window_start_at + interval '15 minutes'
                  AND event.partition = $3 AND event.metric_ids @> ARRAY[$2::uuid]),
           counted AS (
               SELECT event_id, occurred_at, value, {admitted} AS group_key FROM measured)
           SELECT {distinct} group_key, {foremost}
           OFFSET 0) AS found)
UPDATE aggregated_usage AS kept
   SET value = foremost.value, value_at = foremost.at, value_event_id = foremost.event_id
  FROM unnest($4::text[], $5::timestamptz[], $6::text[]) WITH ORDINALITY AS asked (customer_id, window_start_at, group_key, ordinal)
  LEFT JOIN foremost USING (customer_id, window_start_at, group_key)
 WHERE kept.org_id = $1 AND kept.metric_id = $2 AND kept.shard = $3 AND kept.customer_id = asked.customer_id
   AND kept.window_start_at = asked.window_start_at AND kept.group_key = asked.group_key
RETURNING asked.ordinal, kept.value, kept.value_at, kept.value_event_id"""


@dataclass(frozen=True, slots=True)
class Peak:
    """What a window shows; nothing where no event is left."""

    value: Decimal | None
    at: datetime | None
    event_id: UUID | None


async def refold_peaks(
    tx: Transaction, shard: int, org_id: UUID, definition: Definition, keys: Sequence[WindowKey]
) -> dict[WindowKey, Peak]:
    """Find the values of these windows of one metric again. It sees what the transaction itself has changed."""
    connection = await raw(tx)
    starts, customers = [key.window_start_at for key in keys], [key.customer_id for key in keys]
    # Nobody else writes this shard, so what it holds cannot change between the two statements.
    days = await days_of(tx, org_id, Span(min(starts), max(starts) + WINDOW), list(dict.fromkeys(customers)))
    statement = _statement(definition.aggregation, definition.value_property is not None, len(definition.group_by))
    rows = await connection.fetch(
        statement,
        org_id,
        definition.metric_id,
        shard,
        customers,
        starts,
        [key.group_key for key in keys],
        definition.other,
        days,
        *([definition.value_property] if definition.value_property is not None else []),
        *definition.group_by,
    )
    return {keys[row["ordinal"] - 1]: Peak(row["value"], row["value_at"], row["value_event_id"]) for row in rows}


@functools.cache
def _statement(aggregation: Aggregation, has_property: bool, keys: int) -> str:  # noqa: FBT001  # a key of the cache
    first = 10 if has_property else 9
    expressions = [f"${first + number}::text" for number in range(keys)]
    admitted = admitted_group_key(
        "measured.own_group",
        org_id="$1",
        metric_id="$2",
        customer_id="window_of.customer_id",
        shard="$3",
        other="$7::text",
    )
    return _REFOLD.format(
        events=effective_events(days="$8"),
        value=value_number("event.amount", "event.properties", "$9::text" if has_property else None),
        group=group_key("event.properties", expressions),
        admitted=admitted if keys else "coalesce(measured.own_group, $7::text)",
        distinct="DISTINCT ON (group_key)" if aggregation == "LATEST" else "",
        foremost=_FOREMOST[aggregation],
    )
