"""What did not count: events that contradict their key, and records that nobody can read."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import msgspec

from usageflow_aggregator.domain.reading import Broken, Correction, Freed, Usage
from usageflow_common.database import Transaction, json_text, raw
from usageflow_common.ids import new_id

_CONFLICT: Final = """
INSERT INTO conflicts (org_id, conflict_id, kind, event_id, refused_hash, refused, partition, log_offset, created_at)
VALUES ($1, $2, 'payload_mismatch', $3, $4, $5, $6, $7, now())
ON CONFLICT (org_id, event_id, kind, refused_hash) DO NOTHING"""

_STALE: Final = _CONFLICT.replace("'payload_mismatch'", "'stale_amendment'")

_QUARANTINE: Final = """
INSERT INTO quarantined_events (partition, log_offset, org_id, detail, key, value, schema_name, appended_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"""

_RELEASE: Final = """
UPDATE quarantined_events
   SET released_at = coalesce(released_at, $3), released_by = coalesce(released_by, $4),
       release_reason = coalesce(release_reason, $5)
 WHERE partition = $1 AND log_offset = $2
RETURNING log_offset"""


@dataclass(frozen=True, slots=True)
class Damaged:
    """A record to be quarantined, with its bytes as they stand in the log."""

    broken: Broken
    key: bytes | None
    value: bytes | None
    schema: str


async def insert_conflicts(tx: Transaction, partition: int, conflicts: Sequence[Usage]) -> None:
    """Record events whose key was counted with another payload; the same one again is recorded once."""
    if not conflicts:
        return
    connection = await raw(tx)
    # Sorted: two workers with the same conflicts wait for each other in one order.
    await connection.executemany(
        _CONFLICT,
        [
            (
                usage.event.org_id,
                new_id(),
                usage.event.event_id,
                usage.payload_hash,
                json_text(msgspec.structs.asdict(usage.event)),
                partition,
                usage.offset,
            )
            for usage in sorted(conflicts, key=lambda usage: (usage.key, usage.payload_hash))
        ],
    )


async def insert_stale_amendments(tx: Transaction, partition: int, corrections: Sequence[Correction]) -> None:
    """Record corrections that were not applied; the same one again is recorded once."""
    if not corrections:
        return
    connection = await raw(tx)
    await connection.executemany(
        _STALE,
        [
            (
                correction.record.org_id,
                new_id(),
                correction.record.target_event_id,
                hashlib.sha256(correction.record.event_id.bytes).digest(),
                json_text(correction.record),
                partition,
                correction.offset,
            )
            for correction in sorted(corrections, key=lambda each: (each.key, each.record.event_id.bytes))
        ],
    )


async def insert_quarantined(tx: Transaction, partition: int, records: Sequence[Damaged]) -> None:
    """Keep what nobody can read, bytes and all."""
    if not records:
        return
    connection = await raw(tx)
    await connection.executemany(
        _QUARANTINE,
        [
            (
                partition,
                record.broken.offset,
                record.broken.org_id,
                _printable(record.broken.detail),
                record.key,
                record.value,
                _printable(record.schema),
                record.broken.appended_at,
            )
            for record in records
        ],
    )


async def release_quarantined(tx: Transaction, partition: int, releases: Sequence[Freed]) -> tuple[int, ...]:
    """Mark records as released; the offsets that really were quarantined. A second release changes nothing."""
    connection = await raw(tx)
    released = []
    for freed in releases:
        row = await connection.fetchrow(_RELEASE, partition, freed.target_offset, freed.at, freed.actor, freed.reason)
        if row is not None:
            released.append(freed.target_offset)
    return tuple(released)


def _printable(text: str) -> str:
    # What PostgreSQL's text cannot hold must not keep damage from being recorded.
    return text.replace("\0", "\\0").encode("utf-8", "replace").decode()
