"""Events as callers are shown them: with the values that they have now, also when they count no more, and with their corrections."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import asyncpg

from usageflow_aggregator.store.raw_events import EventStatus, StoredEvent, stored_event
from usageflow_aggregator.store.usage_parts import Parameters
from usageflow_common.database import Transaction, raw

_SHOWN: Final = """
SELECT event.org_id, event.customer_id, event.partition, event.log_offset, event.event_id, event.idempotency_key, event.metric,
       event.salt, event.received_at, event.appended_at, event.backfill_id, event.day,
       coalesce(amendment.occurred_at, event.occurred_at) AS occurred_at, coalesce(amendment.amount, event.amount) AS amount,
       coalesce(amendment.properties, event.properties) AS properties,
       coalesce(amendment.metric_ids, event.metric_ids) AS metric_ids,
       coalesce(amendment.event_hash, event.event_hash) AS event_hash, coalesce(latest.revision, 1) AS revision,
       CASE WHEN latest.kind = 'void' THEN 'voided' WHEN revert.shard IS NOT NULL THEN 'reverted' ELSE 'counted' END AS status
  FROM {source} AS event
  LEFT JOIN LATERAL (
       SELECT revision, kind FROM event_corrections AS correction
        WHERE correction.org_id = event.org_id AND correction.partition = event.partition
          AND correction.log_offset = event.log_offset
        ORDER BY revision DESC LIMIT 1) AS latest ON true
  LEFT JOIN LATERAL (
       SELECT occurred_at, amount, properties, metric_ids, event_hash FROM event_corrections AS correction
        WHERE correction.org_id = event.org_id AND correction.partition = event.partition
          AND correction.log_offset = event.log_offset AND correction.kind = 'amend'
        ORDER BY revision DESC LIMIT 1) AS amendment ON true
  LEFT JOIN backfill_counts AS revert
    ON revert.org_id = event.org_id AND revert.backfill_id = event.backfill_id AND revert.shard = event.partition
   AND revert.reverted_offset IS NOT NULL"""

# The ledger knows where the event stands, so no index on event ids is needed. Two statements: the second names the days.
_PLACES: Final = """
SELECT event_id, partition, log_offset, day FROM event_keys
 WHERE org_id = $1 AND event_id = ANY($2::uuid[]) AND NOT tombstone"""

_AT_PLACES: Final = """(
SELECT event.*
  FROM unnest({ids}, {partitions}, {offsets}, {days}) AS place (event_id, partition, log_offset, day)
  JOIN usage_events AS event
    ON event.partition = place.partition AND event.log_offset = place.log_offset AND event.day = place.day
   AND event.event_id = place.event_id
 WHERE event.org_id = {org_id} AND event.day = ANY({days}))"""

_CORRECTIONS: Final = """
SELECT correction.partition, correction.log_offset, kind, revision, reason, actor, appended_at, correction_offset
  FROM unnest($2::integer[], $3::bigint[]) AS asked (partition, log_offset)
  JOIN event_corrections AS correction
    ON correction.org_id = $1 AND correction.partition = asked.partition AND correction.log_offset = asked.log_offset
 ORDER BY correction.partition, correction.log_offset, revision"""


@dataclass(frozen=True, slots=True)
class Correction:
    """A correction that was applied. `at`: when the log took it."""

    kind: str
    revision: int
    reason: str
    actor: Mapping[str, Any]
    at: datetime
    partition: int
    offset: int


@dataclass(frozen=True, slots=True)
class FoundEvent:
    """An event with its status and everything that became of it. `day` and `appended_at`: of the log."""

    event: StoredEvent
    appended_at: datetime
    corrections: tuple[Correction, ...]


def shown_events(source: str) -> str:
    """A statement: the events of `source`, a table for FROM with the columns of usage_events, as they are now."""
    return _SHOWN.format(source=source)


async def find_events(tx: Transaction, org_id: UUID, event_ids: Sequence[UUID]) -> list[FoundEvent]:
    """Those of the events that were counted."""
    parameters = Parameters()
    source = await events_of_ids(tx, org_id, event_ids, parameters)
    connection = await raw(tx)
    return await with_corrections(connection, org_id, await connection.fetch(shown_events(source), *parameters.values))


async def events_of_ids(tx: Transaction, org_id: UUID, event_ids: Sequence[UUID], parameters: Parameters) -> str:
    """A table for FROM, with the columns of usage_events: those of the events that were counted."""
    connection = await raw(tx)
    places = await connection.fetch(_PLACES, org_id, list(event_ids))
    return _AT_PLACES.format(
        ids=parameters.add([place["event_id"] for place in places], "uuid[]"),
        partitions=parameters.add([place["partition"] for place in places], "integer[]"),
        offsets=parameters.add([place["log_offset"] for place in places], "bigint[]"),
        days=parameters.add([place["day"] for place in places], "date[]"),
        org_id=parameters.add(org_id, "uuid"),
    )


async def with_corrections(
    connection: asyncpg.Connection[asyncpg.Record], org_id: UUID, rows: Sequence[asyncpg.Record]
) -> list[FoundEvent]:
    """Rows of `shown_events`, with the corrections of those that have some."""
    corrections: dict[tuple[int, int], list[Correction]] = {}
    corrected = [(row["partition"], row["log_offset"]) for row in rows if row["revision"] > 1]
    if corrected:
        partitions, offsets = zip(*corrected, strict=True)
        for row in await connection.fetch(_CORRECTIONS, org_id, list(partitions), list(offsets)):
            corrections.setdefault((row["partition"], row["log_offset"]), []).append(
                Correction(
                    row["kind"],
                    row["revision"],
                    row["reason"],
                    row["actor"],
                    row["appended_at"],
                    row["partition"],
                    row["correction_offset"],
                )
            )
    return [
        FoundEvent(_event(row), row["appended_at"], tuple(corrections.get((row["partition"], row["log_offset"]), ())))
        for row in rows
    ]


def _event(row: asyncpg.Record) -> StoredEvent:
    status: EventStatus = row["status"]
    return stored_event(row, status)
