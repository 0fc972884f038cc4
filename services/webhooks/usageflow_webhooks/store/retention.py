"""What is past its time: only an owner's function may delete from the log, and nothing that is younger than 30 days."""

from __future__ import annotations

from datetime import datetime

from usageflow_common.database import Transaction, raw


async def forget_log(tx: Transaction, kept_from: datetime, rows_max: int) -> int:
    """Delete finished dispatches with their attempts, and facts from the oldest on; how many rows that were, about `rows_max` at most."""
    return int(await (await raw(tx)).fetchval("SELECT webhooks.forget_log($1, $2)", kept_from, rows_max))
