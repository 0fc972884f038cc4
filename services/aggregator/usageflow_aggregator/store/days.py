"""The days of raw events: one partition of usage_events for each, made by functions of the schema's owner, and which of them to look into.

A statement over all days costs PostgreSQL more to plan than to run. Whoever looks for events by their time asks `days_of` first, and
names those days (`day = ANY`); that is exact, since a row of event_days is written with the events that it speaks of.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Final
from uuid import UUID

from usageflow_common.civil import Span
from usageflow_common.database import Transaction, raw

_MAKE: Final = "SELECT make_event_day($1)"

# Sorted: two partitions that meet on a new day insert its rows in one order.
_RECORD: Final = """
INSERT INTO event_days (org_id, occurred_on, day)
SELECT org_id, occurred_on, day FROM unnest($1::uuid[], $2::date[], $3::date[]) AS new (org_id, occurred_on, day)
 ORDER BY org_id, occurred_on, day
ON CONFLICT DO NOTHING"""

_DAYS: Final = """
SELECT day FROM event_days WHERE org_id = $1 AND occurred_on BETWEEN $2 AND $3
UNION
SELECT day FROM event_corrections
 WHERE org_id = $1 AND kind = 'amend' AND occurred_at >= $4 AND occurred_at < $5
   AND ($6::text[] IS NULL OR customer_id = ANY($6))
 ORDER BY day"""


def partition_name(day: date) -> str:
    """The table of a day."""
    return f"usage_events_{day:%Y%m%d}"


async def make_day(tx: Transaction, day: date) -> bool:
    """Make a day's partition; whether it was missing. Waits for somebody who is making one; blocks nobody who counts or reads."""
    connection = await raw(tx)
    made: bool = await connection.fetchval(_MAKE, day)
    return made


async def record_days(tx: Transaction, happened: Collection[tuple[int, date, date]]) -> None:
    """Remember where events are: (organization's id as an integer, UTC day of their time, day of the log)."""
    if not happened:
        return
    connection = await raw(tx)
    org_ids = [UUID(int=org_id) for org_id, _, _ in happened]
    await connection.execute(_RECORD, org_ids, [on for _, on, _ in happened], [day for _, _, day in happened])


async def days_of(tx: Transaction, org_id: UUID, span: Span, customer_ids: Sequence[str] | None = None) -> list[date]:
    """The days of usage_events that hold the events of a range of time, as sent or as amended; perhaps some more, never fewer.

    In one snapshot with the statement that names them, or in the transaction that alone writes the shard in question.
    """
    connection = await raw(tx)
    first, last = _utc_day(span.start_at), _utc_day(span.end_at - timedelta.resolution)
    customers = None if customer_ids is None else list(customer_ids)
    rows = await connection.fetch(_DAYS, org_id, first, last, span.start_at, span.end_at, customers)
    return [row["day"] for row in rows]


def _utc_day(instant: datetime) -> date:
    return instant.astimezone(UTC).date()
