"""The rows of an outbox: written in the caller's transaction, read from the oldest on, deleted when they are acknowledged."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Sequence
from typing import Final

import asyncpg
import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import AsyncEngine

from usageflow_common.database import RawConnection, Transaction, json_text, raw, transaction
from usageflow_common.errors import Unavailable
from usageflow_common.kafka import MESSAGE_BYTES_MAX, Outgoing
from usageflow_common.topics import TOPICS

_PAGE_BYTES_MAX: Final = 16 * 2**20
_NO_END: Final = 2**63 - 1
_OVERHEAD_BYTES: Final = 1024  # the producer's own headers, and Kafka's framing
_POLL_SECONDS: Final = (0.01, 0.02, 0.04, 0.1)

_ENQUEUE: Final = """
WITH added AS (
    INSERT INTO outbox (topic, topic_version, partition, key, value, headers, lane)
    SELECT topic, topic_version, partition, key, value, headers::jsonb, $7
      FROM unnest($1::text[], $2::integer[], $3::integer[], $4::bytea[], $5::bytea[], $6::text[])
           WITH ORDINALITY AS message (topic, topic_version, partition, key, value, headers, ordinal)
     ORDER BY ordinal
    RETURNING id)
SELECT id, pg_notify('outbox_' || current_schema(), '') FROM added ORDER BY id"""

# A running sum, so that a page of large messages is a short one. octet_length does not unpack what it measures.
_PAGE: Final = """
SELECT id, topic, topic_version, partition, key, value, headers::text, lane
  FROM (SELECT *, sum(octet_length(value)) OVER (ORDER BY id) - octet_length(value) AS bytes_before
          FROM (SELECT * FROM outbox WHERE id > $1 AND id <= $4 ORDER BY id LIMIT $2) AS oldest) AS page
 WHERE bytes_before < $3
 ORDER BY id"""
_NEWEST: Final = "SELECT max(id) FROM outbox"
_DELETE: Final = "DELETE FROM outbox WHERE id = ANY($1::bigint[])"
_WAITING: Final = sa.text("SELECT EXISTS (SELECT FROM outbox WHERE id = ANY(:ids))")
_OLDEST_AGE: Final = sa.text("SELECT clock_timestamp() - enqueued_at FROM outbox ORDER BY id LIMIT 1")


@dataclasses.dataclass(frozen=True, slots=True)
class OutboxRow:
    """A message that waits."""

    id: int
    message: Outgoing
    lane: str | None

    @property
    def chains(self) -> tuple[object, ...]:
        """What this row must keep its order in: its key within its topic, and its lane."""
        by_key = (self.message.topic.name, self.message.key)
        return (by_key,) if self.lane is None else (by_key, self.lane)


def outbox_table(metadata: sa.MetaData) -> sa.Table:
    """`outbox(id, topic, topic_version, partition, key, value, headers, lane, enqueued_at)`; made by `steps.create_outbox`."""
    return sa.Table(
        "outbox",
        metadata,
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
        sa.Column("topic", sa.Text, nullable=False),
        # The version of the topic's records that the writer knew: the relay may be newer, or older.
        sa.Column("topic_version", sa.Integer, nullable=False),
        sa.Column("partition", sa.Integer),
        sa.Column("key", sa.LargeBinary, nullable=False),
        sa.Column("value", sa.LargeBinary, nullable=False),
        sa.Column("headers", postgresql.JSONB, nullable=False),
        sa.Column("lane", sa.Text),
        sa.Column("enqueued_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.clock_timestamp()),
        # Nearly every row is a dead one: vacuumed by their number, not by their share.
        postgresql_with={"autovacuum_vacuum_scale_factor": 0, "autovacuum_vacuum_threshold": 1000},
    )


async def enqueue(tx: Transaction, messages: Sequence[Outgoing], *, lane: str | None = None) -> list[int]:
    """Write rows in the caller's transaction and wake the relay at its commit; returns the row ids, in order.

    ValueError for a message that Kafka would never take: it would stop its key and its lane for ever.
    """
    if not messages:
        return []
    for message in messages:
        _check_size(message)
    connection = await raw(tx)
    rows = await connection.fetch(
        _ENQUEUE,
        [message.topic.name for message in messages],
        [message.topic.version for message in messages],
        [message.partition for message in messages],
        [message.key for message in messages],
        [message.value for message in messages],
        [json_text(dict(message.headers)) for message in messages],
        lane,
    )
    return [row["id"] for row in rows]


async def wait_delivered(engine: AsyncEngine, ids: Sequence[int], *, timeout_seconds: float = 10.0) -> None:
    """Return when Kafka has acknowledged all of these rows; Unavailable otherwise (the same key waits again).

    Only after the commit of the transaction that enqueued them: before it, nobody sees them, and they would seem to be gone.
    """
    if not ids:
        return
    loop = asyncio.get_running_loop()
    deadline = loop.time() + timeout_seconds
    polls = 0
    while True:
        async with transaction(engine, read_only=True) as tx:
            waiting = (await tx.execute(_WAITING, {"ids": list(ids)})).scalar_one()
        if not waiting:
            return
        if loop.time() >= deadline:
            raise Unavailable("The change is stored but not published yet. Repeat the request with the same key.")
        await asyncio.sleep(_POLL_SECONDS[min(polls, len(_POLL_SECONDS) - 1)])
        polls += 1


async def oldest_age_seconds(engine: AsyncEngine) -> float:
    """How long the oldest row has been waiting; 0 when none waits."""
    async with transaction(engine, read_only=True) as tx:
        age = (await tx.execute(_OLDEST_AGE)).scalar_one_or_none()
    return age.total_seconds() if age is not None else 0.0


async def newest_id(connection: RawConnection) -> int | None:
    """The highest id that is there; None when nothing waits."""
    newest: int | None = await connection.fetchval(_NEWEST)
    return newest


async def read_page(connection: RawConnection, *, after_id: int, rows: int, up_to_id: int = _NO_END) -> list[OutboxRow]:
    """The oldest rows behind `after_id` and not behind `up_to_id`, at most so many and about 16 MiB of them."""
    page = await connection.fetch(_PAGE, after_id, rows, _PAGE_BYTES_MAX, up_to_id)
    return [OutboxRow(row["id"], _message(row), row["lane"]) for row in page]


async def delete_rows(connection: RawConnection, ids: Sequence[int]) -> None:
    """Forget what is acknowledged."""
    if ids:
        await connection.execute(_DELETE, list(ids))


def _check_size(message: Outgoing) -> None:
    headers = sum(len(name) + len(value) for name, value in message.headers.items())
    size = len(message.key) + len(message.value) + headers
    if size > MESSAGE_BYTES_MAX - _OVERHEAD_BYTES:
        raise ValueError(f"A message of {size} bytes is too large for {message.topic.name}.")


def _message(row: asyncpg.Record) -> Outgoing:
    topic = dataclasses.replace(TOPICS[row["topic"]], version=row["topic_version"])
    headers = msgspec.json.decode(row["headers"], type=dict[str, str])
    return Outgoing(topic, row["key"], row["value"], row["partition"], headers)
