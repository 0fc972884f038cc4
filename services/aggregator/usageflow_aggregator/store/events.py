"""Raw events: appended by COPY, and never changed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from itertools import groupby
from typing import Final

from usageflow_aggregator.domain.days import day_of
from usageflow_aggregator.domain.reading import Usage
from usageflow_aggregator.store import days
from usageflow_common.database import Transaction, json_text, raw

_COLUMNS: Final = (
    "org_id",
    "partition",
    "log_offset",
    "event_id",
    "idempotency_key",
    "metric",
    "metric_ids",
    "amount",
    "customer_id",
    "occurred_at",
    "occurred_at_given",
    "properties",
    "salt",
    "event_hash",
    "received_at",
    "appended_at",
    "backfill_id",
    "api_key_id",
    "day",
)


async def insert_events(tx: Transaction, partition: int, usages: Sequence[Usage]) -> None:
    """Append the events that are new, each day's to its own partition: routing every row would cost more than naming the table.

    asyncpg.UndefinedTableError when a day has no partition yet.
    """
    connection = await raw(tx)
    happened = set()
    for day, of_day in groupby(usages, key=lambda usage: day_of(usage.appended_at)):
        rows = []
        for usage in of_day:
            rows.append(_row(partition, usage, day))
            happened.add((usage.key[0], day_of(usage.event.occurred_at), day))
        await connection.copy_records_to_table(days.partition_name(day), columns=_COLUMNS, records=rows)
    await days.record_days(tx, happened)


def _row(partition: int, usage: Usage, day: date) -> tuple[object, ...]:
    event = usage.event
    return (
        event.org_id,
        partition,
        usage.offset,
        event.event_id,
        event.idempotency_key,
        event.metric,
        event.metric_ids,
        usage.amount,
        event.customer_id,
        event.occurred_at,
        event.occurred_at_given,
        json_text(event.properties),
        usage.salt,
        usage.hash,
        event.received_at,
        usage.appended_at,
        event.backfill_id,
        event.api_key_id,
        day,
    )
