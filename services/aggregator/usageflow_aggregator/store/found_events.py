"""Events as they stand: with the values that they have now, also when they count no more, and with their corrections."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal
from uuid import UUID

import asyncpg

from usageflow_aggregator.store.raw_events import StoredEvent, stored_event
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
SELECT event_id, partition, log_offset, day, tombstone FROM event_keys
 WHERE org_id = $1 AND event_id = ANY($2::uuid[])"""

_AT_PLACES: Final = """(
SELECT event.*
  FROM unnest({ids}, {partitions}, {offsets}, {days}) AS place (event_id, partition, log_offset, day)
  JOIN usage_events AS event
    ON event.partition = place.partition AND event.log_offset = place.log_offset AND event.day = place.day
   AND event.event_id = place.event_id
 WHERE event.org_id = {org_id} AND event.day = ANY({days}))"""

# No later ones than the event shows, whatever was applied between the two statements.
_CORRECTIONS: Final = """
SELECT correction.partition, correction.log_offset, kind, correction.revision, reason, actor, appended_at, correction_offset
  FROM unnest($2::integer[], $3::bigint[], $4::integer[]) AS shown (partition, log_offset, revision)
  JOIN event_corrections AS correction
    ON correction.org_id = $1 AND correction.partition = shown.partition AND correction.log_offset = shown.log_offset
   AND correction.revision <= shown.revision
 ORDER BY correction.partition, correction.log_offset, correction.revision"""


@dataclass(frozen=True, slots=True)
class Correction:
    """A correction that was applied. `at`: when the log took it."""

    kind: Literal["void", "amend"]
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


@dataclass(frozen=True, slots=True)
class Tombstone:
    """The key is taken: its event was voided before it came."""


@dataclass(frozen=True, slots=True)
class Gone:
    """It was counted, so long ago that the raw event is kept no more."""


async def find_event(tx: Transaction, org_id: UUID, event_id: UUID) -> FoundEvent | Tombstone | Gone | None:
    """One event, or what the ledger says where there is none; None when its key is not taken."""
    places = await _places(tx, org_id, [event_id])
    if not places:
        return None
    found = await _find_at(tx, org_id, places)
    if found:
        return found[0]
    return Tombstone() if places[0]["tombstone"] else Gone()


async def find_events(tx: Transaction, org_id: UUID, event_ids: Sequence[UUID]) -> list[FoundEvent]:
    """Those of the events that were counted, and are kept."""
    return await _find_at(tx, org_id, await _places(tx, org_id, event_ids))


def shown_events(source: str) -> str:
    """A statement: the events of `source`, a table for FROM with the columns of usage_events, as they are now."""
    return _SHOWN.format(source=source)


async def events_of_ids(tx: Transaction, org_id: UUID, event_ids: Sequence[UUID], parameters: Parameters) -> str:
    """A table for FROM, with the columns of usage_events: those of the events that were counted, and are kept."""
    return _events_at(org_id, await _places(tx, org_id, event_ids), parameters)


async def with_corrections(
    connection: asyncpg.Connection[asyncpg.Record], org_id: UUID, rows: Sequence[asyncpg.Record]
) -> list[FoundEvent]:
    """Rows of `shown_events`, with the corrections of those that have some."""
    corrections: dict[tuple[int, int], list[Correction]] = {}
    corrected = [(row["partition"], row["log_offset"], row["revision"]) for row in rows if row["revision"] > 1]
    if corrected:
        partitions, offsets, revisions = zip(*corrected, strict=True)
        for row in await connection.fetch(_CORRECTIONS, org_id, partitions, offsets, revisions):
            corrections.setdefault((row["partition"], row["log_offset"]), []).append(_correction(row))
    return [
        FoundEvent(
            stored_event(row, row["status"]),
            row["appended_at"],
            tuple(corrections.get((row["partition"], row["log_offset"]), ())),
        )
        for row in rows
    ]


async def _places(tx: Transaction, org_id: UUID, event_ids: Sequence[UUID]) -> list[asyncpg.Record]:
    connection = await raw(tx)
    places: list[asyncpg.Record] = await connection.fetch(_PLACES, org_id, list(event_ids))
    return places


async def _find_at(tx: Transaction, org_id: UUID, places: Sequence[asyncpg.Record]) -> list[FoundEvent]:
    parameters = Parameters()
    statement = shown_events(_events_at(org_id, places, parameters))
    connection = await raw(tx)
    return await with_corrections(connection, org_id, await connection.fetch(statement, *parameters.values))


def _events_at(org_id: UUID, places: Sequence[asyncpg.Record], parameters: Parameters) -> str:
    counted = [place for place in places if not place["tombstone"]]
    return _AT_PLACES.format(
        ids=parameters.add([place["event_id"] for place in counted], "uuid[]"),
        partitions=parameters.add([place["partition"] for place in counted], "integer[]"),
        offsets=parameters.add([place["log_offset"] for place in counted], "bigint[]"),
        days=parameters.add([place["day"] for place in counted], "date[]"),
        org_id=parameters.add(org_id, "uuid"),
    )


def _correction(row: asyncpg.Record) -> Correction:
    return Correction(
        kind=row["kind"],
        revision=row["revision"],
        reason=row["reason"],
        actor=row["actor"],
        at=row["appended_at"],
        partition=row["partition"],
        offset=row["correction_offset"],
    )
