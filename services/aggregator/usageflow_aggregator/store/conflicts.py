"""Conflicts, read: what was refused, beside the event that counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import asyncpg

from usageflow_aggregator.store import found_events
from usageflow_aggregator.store.found_events import FoundEvent
from usageflow_aggregator.store.usage_parts import Parameters
from usageflow_common.database import Transaction, raw

_COLUMNS: Final = "SELECT conflict_id, kind, event_id, refused, created_at FROM conflicts AS conflict"
# An amendment does not say whose event it is about.
_OF_CUSTOMER: Final = """ AND (refused ->> 'customer_id' = {customer} OR EXISTS (
       SELECT FROM event_keys AS key
         JOIN usage_events AS event
           ON event.org_id = key.org_id AND event.partition = key.partition AND event.log_offset = key.log_offset
          AND event.day = key.day
        WHERE key.org_id = conflict.org_id AND key.event_id = conflict.event_id AND conflict.kind = 'stale_amendment'
          AND event.customer_id = {customer}))"""


@dataclass(frozen=True, slots=True)
class ConflictFilter:
    """None: no condition. `after`: behind this conflict. Conflicts are in the order of their ids, which is that of their making."""

    kinds: tuple[str, ...] | None
    customer_id: str | None
    created_from: datetime | None
    created_to: datetime | None
    is_descending: bool
    after: UUID | None


@dataclass(frozen=True, slots=True)
class Conflict:
    """`refused`: the record of events.raw. `counted`: the event as it is now; None where there is none (it never came, or is gone)."""

    conflict_id: UUID
    kind: str
    event_id: UUID
    refused: Mapping[str, Any]
    counted: FoundEvent | None
    created_at: datetime


async def find_conflict(tx: Transaction, org_id: UUID, conflict_id: UUID) -> Conflict | None:
    """One of them."""
    connection = await raw(tx)
    rows = await connection.fetch(f"{_COLUMNS} WHERE org_id = $1 AND conflict_id = $2", org_id, conflict_id)
    found = await _with_events(tx, org_id, rows)
    return found[0] if found else None


async def list_conflicts(tx: Transaction, org_id: UUID, wanted: ConflictFilter, limit: int) -> list[Conflict]:
    """A page of them."""
    parameters = Parameters()
    where = f"org_id = {parameters.add(org_id, 'uuid')}"
    if wanted.kinds is not None:
        where += f" AND kind = ANY({parameters.add(list(wanted.kinds), 'text[]')})"
    for sign, instant in ((">=", wanted.created_from), ("<", wanted.created_to)):
        if instant is not None:
            where += f" AND created_at {sign} {parameters.add(instant, 'timestamptz')}"
    if wanted.after is not None:
        where += f" AND conflict_id {'<' if wanted.is_descending else '>'} {parameters.add(wanted.after, 'uuid')}"
    if wanted.customer_id is not None:
        where += _OF_CUSTOMER.format(customer=parameters.text(wanted.customer_id))
    order = f"ORDER BY conflict_id {'DESC' if wanted.is_descending else 'ASC'} LIMIT {parameters.add(limit, 'integer')}"
    connection = await raw(tx)
    rows = await connection.fetch(f"{_COLUMNS} WHERE {where} {order}", *parameters.values)
    return await _with_events(tx, org_id, rows)


async def _with_events(tx: Transaction, org_id: UUID, rows: list[asyncpg.Record]) -> list[Conflict]:
    events = await found_events.find_events(tx, org_id, list({row["event_id"] for row in rows})) if rows else []
    counted = {found.event.core.event_id: found for found in events}
    return [
        Conflict(
            row["conflict_id"],
            row["kind"],
            row["event_id"],
            row["refused"],
            counted.get(row["event_id"]),
            row["created_at"],
        )
        for row in rows
    ]
