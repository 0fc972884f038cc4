"""Corrections as counting needs them: counted events as they stand, what was applied to them before, and what is applied now."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final
from uuid import UUID

import asyncpg
import msgspec

from usageflow_aggregator.domain.correcting import Applied, Subject
from usageflow_aggregator.domain.reading import Correction, EventKey
from usageflow_aggregator.store.raw_events import event_core
from usageflow_common.database import Transaction, json_text, raw

# The ledger knows the day, so one partition of usage_events is looked at for each event.
_SUBJECTS: Final = """
SELECT event.org_id, event.event_id, event.idempotency_key, event.metric, event.customer_id, event.salt, event.backfill_id,
       event.log_offset, event.day, coalesce(last.revision, 1) AS revision, coalesce(last.kind = 'void', false) AS is_voided,
       coalesce(last.amount, event.amount) AS amount, coalesce(last.occurred_at, event.occurred_at) AS occurred_at,
       coalesce(last.properties, event.properties) AS properties, coalesce(last.metric_ids, event.metric_ids) AS metric_ids,
       coalesce(last.event_hash, event.event_hash) AS event_hash
  FROM unnest($2::uuid[], $3::bigint[], $4::date[]) AS asked (org_id, log_offset, day)
  JOIN usage_events AS event
    ON event.org_id = asked.org_id AND event.partition = $1 AND event.log_offset = asked.log_offset AND event.day = asked.day
  LEFT JOIN LATERAL (
       SELECT correction.* FROM event_corrections AS correction
        WHERE correction.org_id = event.org_id AND correction.partition = $1 AND correction.log_offset = event.log_offset
        ORDER BY correction.revision DESC LIMIT 1) AS last ON true"""

_APPLIED: Final = """
SELECT applied.org_id, applied.event_id, applied.correction_id
  FROM unnest($1::uuid[], $2::uuid[], $3::uuid[]) AS asked (org_id, event_id, correction_id)
  JOIN event_corrections AS applied USING (org_id, event_id, correction_id)"""

_COLUMNS: Final = (
    "org_id",
    "partition",
    "log_offset",
    "revision",
    "event_id",
    "customer_id",
    "correction_id",
    "correction_offset",
    "kind",
    "amount",
    "occurred_at",
    "properties",
    "metric_ids",
    "event_hash",
    "reason",
    "actor",
    "received_at",
    "appended_at",
    "day",
)


async def find_subjects(
    tx: Transaction, shard: int, places: Sequence[tuple[UUID, int, date]]
) -> dict[EventKey, Subject]:
    """Events that this shard counted, by (organization, offset, day), as their corrections have left them."""
    if not places:
        return {}
    connection = await raw(tx)
    rows = await connection.fetch(
        _SUBJECTS,
        shard,
        [org_id for org_id, _, _ in places],
        [offset for _, offset, _ in places],
        [day for _, _, day in places],
    )
    return {(row["org_id"].int, row["event_id"].int): _subject(row) for row in rows}


async def find_applied(tx: Transaction, corrections: Sequence[Correction]) -> list[tuple[EventKey, UUID]]:
    """Those that were applied before."""
    if not corrections:
        return []
    connection = await raw(tx)
    rows = await connection.fetch(
        _APPLIED,
        [correction.record.org_id for correction in corrections],
        [correction.record.target_event_id for correction in corrections],
        [correction.record.event_id for correction in corrections],
    )
    return [((row["org_id"].int, row["event_id"].int), row["correction_id"]) for row in rows]


async def insert_corrections(tx: Transaction, shard: int, applied: Sequence[Applied]) -> None:
    """Keep what was applied: behind an amendment stands the whole event, behind a void nothing."""
    if not applied:
        return
    connection = await raw(tx)
    await connection.copy_records_to_table(
        "event_corrections", columns=_COLUMNS, records=[_row(shard, each) for each in applied]
    )


def _row(shard: int, applied: Applied) -> tuple[object, ...]:
    subject, record = applied.subject, applied.correction.record
    core = subject.core
    if subject.is_voided:
        values: tuple[object, ...] = ("void", None, None, None, None, None)
    else:
        properties = json_text(subject.properties)
        values = ("amend", core.amount, core.occurred_at, properties, core.metric_ids, subject.hash)
    return (
        core.org_id,
        shard,
        subject.offset,
        subject.revision,
        core.event_id,
        core.customer_id,
        record.event_id,
        applied.correction.offset,
        *values,
        record.reason,
        json_text(msgspec.to_builtins(record.actor)),
        record.received_at,
        applied.correction.appended_at,
        subject.day,
    )


def _subject(row: asyncpg.Record) -> Subject:
    return Subject(
        offset=row["log_offset"],
        day=row["day"],
        core=event_core(row),
        properties=row["properties"],
        salt=row["salt"],
        hash=row["event_hash"],
        revision=row["revision"],
        is_voided=row["is_voided"],
    )
