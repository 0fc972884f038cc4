"""Raw events: appended by COPY, and never changed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from io import BytesIO
from itertools import groupby

from usageflow_aggregator.domain.days import day_of
from usageflow_aggregator.domain.reading import Usage
from usageflow_aggregator.store import days
from usageflow_aggregator.store.copying import COLUMNS, binary_rows
from usageflow_common.database import Transaction, raw


async def insert_events(tx: Transaction, partition: int, usages: Sequence[Usage]) -> None:
    """Append the events that are new, each day's to its own partition: routing every row would cost more than naming the table.

    asyncpg.UndefinedTableError when a day has no partition yet.
    """
    connection = await raw(tx)
    happened: set[tuple[int, date, date]] = set()
    for day, some in groupby(usages, key=lambda usage: day_of(usage.appended_at)):
        of_day = list(some)
        happened.update((usage.key[0], day_of(usage.event.occurred_at), day) for usage in of_day)
        rows = BytesIO(binary_rows(partition, day, of_day))
        await connection.copy_to_table(days.partition_name(day), source=rows, columns=COLUMNS, format="binary")
    await days.record_days(tx, happened)
