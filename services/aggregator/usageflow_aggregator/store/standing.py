"""How a counted event stands now: as it was counted, as its corrections have left it, and whether its backfill was reverted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final, Literal, TypeAlias
from uuid import UUID

import asyncpg

from usageflow_aggregator.domain.digest import Properties
from usageflow_common.database import Transaction, raw

# The ledger knows where the event stands. Two statements: the second names the day, and is planned for that one alone.
_DAY: Final = "SELECT day FROM event_keys WHERE org_id = $1 AND event_id = $2"
_EVENT: Final = """
SELECT key.partition, key.log_offset, key.tombstone, event.idempotency_key, event.metric, event.metric_ids, event.amount, event.customer_id,
       event.occurred_at, event.properties, event.received_at, event.backfill_id, event.event_hash,
       coalesce(backfill.reverted_offset IS NOT NULL, false) AS reverted
  FROM event_keys AS key
  LEFT JOIN usage_events AS event
    ON event.org_id = key.org_id AND event.partition = key.partition AND event.log_offset = key.log_offset
   AND event.day = $3 AND event.event_id = key.event_id
  LEFT JOIN backfill_counts AS backfill
    ON backfill.org_id = key.org_id AND backfill.backfill_id = event.backfill_id AND backfill.shard = key.partition
 WHERE key.org_id = $1 AND key.event_id = $2"""

_CORRECTIONS: Final = """
SELECT revision, kind, correction_offset, amount, occurred_at, properties, metric_ids, event_hash, reason, actor, appended_at
  FROM event_corrections
 WHERE org_id = $1 AND partition = $2 AND log_offset = $3
 ORDER BY revision"""

Status: TypeAlias = Literal["counted", "voided", "reverted"]


@dataclass(frozen=True, slots=True)
class Correction:
    """A correction that was applied. `appended_at`: when the log took it."""

    kind: Literal["void", "amend"]
    revision: int
    reason: str
    actor: Mapping[str, Any]
    appended_at: datetime
    offset: int


@dataclass(frozen=True, slots=True)
class Standing:
    """A counted event with the values that it has now (a voided one: those that it had last)."""

    event_id: UUID
    partition: int
    offset: int
    idempotency_key: str
    metric: str
    metric_ids: tuple[UUID, ...]
    amount: Decimal
    customer_id: str
    occurred_at: datetime
    properties: Properties
    received_at: datetime
    backfill_id: UUID | None
    hash: bytes
    status: Status
    revision: int
    corrections: tuple[Correction, ...]


@dataclass(frozen=True, slots=True)
class Tombstone:
    """The key is taken: its event was voided before it came."""


@dataclass(frozen=True, slots=True)
class Gone:
    """It was counted, so long ago that the raw event is kept no more."""


async def read_standing(tx: Transaction, org_id: UUID, event_id: UUID) -> Standing | Tombstone | Gone | None:
    """The event as the transaction sees it; None when nothing was counted under its id."""
    connection = await raw(tx)
    day = await connection.fetchval(_DAY, org_id, event_id)
    row = await connection.fetchrow(_EVENT, org_id, event_id, day) if day is not None else None
    if row is None:
        return None
    if row["metric"] is None:
        return Tombstone() if row["tombstone"] else Gone()
    corrections = await connection.fetch(_CORRECTIONS, org_id, row["partition"], row["log_offset"])
    return _standing(event_id, row, corrections)


def _standing(event_id: UUID, row: asyncpg.Record, corrections: list[asyncpg.Record]) -> Standing:
    amended = [each for each in corrections if each["kind"] == "amend"]
    present = amended[-1] if amended else row
    voided = any(each["kind"] == "void" for each in corrections)
    return Standing(
        event_id=event_id,
        partition=row["partition"],
        offset=row["log_offset"],
        idempotency_key=row["idempotency_key"],
        metric=row["metric"],
        metric_ids=tuple(present["metric_ids"]),
        amount=present["amount"],
        customer_id=row["customer_id"],
        occurred_at=present["occurred_at"],
        properties=present["properties"],
        received_at=row["received_at"],
        backfill_id=row["backfill_id"],
        hash=present["event_hash"],
        status="voided" if voided else "reverted" if row["reverted"] else "counted",
        revision=corrections[-1]["revision"] if corrections else 1,
        corrections=tuple(_correction(each) for each in corrections),
    )


def _correction(row: asyncpg.Record) -> Correction:
    return Correction(
        kind=row["kind"],
        revision=row["revision"],
        reason=row["reason"],
        actor=row["actor"],
        appended_at=row["appended_at"],
        offset=row["correction_offset"],
    )
