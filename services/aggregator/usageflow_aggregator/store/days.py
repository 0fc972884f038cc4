"""The days of raw events: one partition of usage_events for each, made by a function of the schema's owner."""

from __future__ import annotations

from datetime import date
from typing import Final

from usageflow_common.database import Transaction, raw

_MAKE: Final = "SELECT make_event_day($1)"


def partition_name(day: date) -> str:
    """The table of a day."""
    return f"usage_events_{day:%Y%m%d}"


async def make_day(tx: Transaction, day: date) -> bool:
    """Make a day's partition; whether it was missing. Waits for somebody who is making one; blocks nobody who counts or reads."""
    connection = await raw(tx)
    made: bool = await connection.fetchval(_MAKE, day)
    return made
