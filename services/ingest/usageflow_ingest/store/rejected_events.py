"""Rows of `rejected_events`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql import insert

from usageflow_common.civil import Span
from usageflow_common.database import Row, Transaction
from usageflow_common.records import RejectedEvent
from usageflow_ingest.tables import rejected_events

_AT: Final = rejected_events.c
_COLUMNS: Final = tuple(column.name for column in rejected_events.columns)
_PURGED_ROWS_MAX: Final = 5_000


@dataclass(frozen=True, slots=True)
class RejectedFilter:
    """What a list asks for; empty means any. `received_from` is inclusive, `received_to` exclusive."""

    code: tuple[str, ...] = ()
    customer_id: tuple[str, ...] = ()
    metric: tuple[str, ...] = ()
    received_from: datetime | None = None
    received_to: datetime | None = None


async def keep_rejected(tx: Transaction, events: Sequence[RejectedEvent]) -> None:
    """Insert those that are not there yet. The consumer's write: each record names its organization."""
    if events:
        await tx.execute(
            insert(rejected_events).on_conflict_do_nothing(), [msgspec.structs.asdict(event) for event in events]
        )


async def find_rejected(tx: Transaction, org_id: UUID, rejected_event_id: UUID) -> RejectedEvent | None:
    """One refused event."""
    query = sa.select(rejected_events).where(_AT.org_id == org_id, _AT.rejected_event_id == rejected_event_id)
    row = (await tx.execute(query)).one_or_none()
    return None if row is None else _event(row)


async def list_rejected(
    tx: Transaction, org_id: UUID, asked: RejectedFilter, before: tuple[datetime, UUID] | None, limit: int
) -> Sequence[RejectedEvent]:
    """The newest first, those received before `before`."""
    query = sa.select(rejected_events).where(_AT.org_id == org_id)
    for column, values in ((_AT.code, asked.code), (_AT.customer_id, asked.customer_id), (_AT.metric, asked.metric)):
        if values:
            query = query.where(column.in_(values))
    if asked.received_from is not None:
        query = query.where(_AT.received_at >= asked.received_from)
    if asked.received_to is not None:
        query = query.where(_AT.received_at < asked.received_to)
    if before is not None:
        query = query.where(sa.tuple_(_AT.received_at, _AT.rejected_event_id) < sa.tuple_(*before))
    rows = await tx.execute(query.order_by(_AT.received_at.desc(), _AT.rejected_event_id.desc()).limit(limit))
    return [_event(row) for row in rows]


async def count_rejected(tx: Transaction, org_id: UUID, windows: Sequence[Span]) -> Sequence[tuple[int, str, int]]:
    """(Place of the window, code, how many), in this order; windows tile a range. Those without any are absent."""
    starts = [window.start_at for window in windows]
    bounds = sa.bindparam("bounds", starts, type_=postgresql.ARRAY(sa.DateTime(timezone=True)))
    place = (sa.func.width_bucket(_AT.received_at, bounds) - 1).label("place")
    rows = await tx.execute(
        sa.select(place, _AT.code, sa.func.count())
        .where(_AT.org_id == org_id, _AT.received_at >= starts[0], _AT.received_at < windows[-1].end_at)
        .group_by(sa.text("1"), sa.text("2"))
        .order_by(sa.text("1"), sa.text("2"))
    )
    return [(row[0], row[1], row[2]) for row in rows]


async def purge_rejected(tx: Transaction, older_than: datetime) -> int:
    """Forget refused events of all organizations, at most 5,000 at a time; returns how many."""
    oldest = (
        sa.select(_AT.org_id, _AT.rejected_event_id)
        .where(_AT.received_at < older_than)
        .order_by(_AT.received_at)
        .limit(_PURGED_ROWS_MAX)
    )
    purged = await tx.execute(
        sa.delete(rejected_events).where(sa.tuple_(_AT.org_id, _AT.rejected_event_id).in_(oldest))
    )
    return purged.rowcount


def _event(row: Row) -> RejectedEvent:
    # by position: a row is a tuple too, and `index` is a method of tuples
    return RejectedEvent(**dict(zip(_COLUMNS, row, strict=True)))
