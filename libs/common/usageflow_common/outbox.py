"""The transactional outbox: nothing leaves before it is committed, nothing committed is missed.

`enqueue` writes rows in the caller's transaction. One relay per schema (it holds a lease) sends the oldest rows that are there and
deletes them when Kafka has acknowledged them: there is no `id > last`, so a row that commits late is not missed. Rows of one key
keep their order (whoever needs that order holds a lock on the thing it is about, so ids follow it). Rows of one `lane` go one after
the other, each after the acknowledgement of the one before, even when they belong to different partitions.
"""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from usageflow_common.database import Transaction
from usageflow_common.kafka import Outgoing, Producer


def outbox_table(metadata: sa.MetaData) -> sa.Table:
    """`outbox(id, topic, partition, key, value, headers, lane, enqueued_at)`."""
    raise NotImplementedError


async def enqueue(tx: Transaction, messages: Sequence[Outgoing], *, lane: str | None = None) -> list[int]:
    """Write rows in the caller's transaction and wake the relay at its commit; returns the row ids, in order."""
    raise NotImplementedError


async def wait_delivered(engine: AsyncEngine, ids: Sequence[int], *, timeout_seconds: float = 10.0) -> None:
    """Return when Kafka has acknowledged all of these rows; Unavailable otherwise (the same key waits again)."""
    raise NotImplementedError


class Relay:
    """The task that empties one schema's outbox."""

    def __init__(
        self, engine: AsyncEngine, database_url: str, producer: Producer, *, schema: str, batch_rows: int = 500
    ) -> None:
        """`database_url`: the lease is a session lock on a connection of its own, which also listens for wake-ups."""
        raise NotImplementedError

    async def run(self) -> None:
        """Until cancelled. Survives PostgreSQL and Kafka being away; the age of the oldest row is a metric."""
        raise NotImplementedError
