"""The relay: whoever holds the lease empties the outbox, from the oldest row on, again and again."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Final

import asyncpg
from sqlalchemy.ext.asyncio import AsyncEngine

from usageflow_common.database import RawConnection, connect, is_unavailable
from usageflow_common.ids import stable_hash
from usageflow_common.kafka import Producer, SendFailed
from usageflow_common.logs import get_logger
from usageflow_common.metrics import OUTBOX_OLDEST_SECONDS, RELAYED
from usageflow_common.outbox.rows import OutboxRow, delete_rows, newest_id, oldest_age_seconds, read_page

_POLL_SECONDS: Final = 1.0
_LEASE_POLL_SECONDS: Final = 0.25
_AGE_SECONDS: Final = 5.0
_BACKOFF_SECONDS: Final = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0)


class Sent(Enum):
    """What became of a row in one pass."""

    ACKNOWLEDGED = auto()
    FAILED = auto()
    HELD = auto()
    """Not tried: a row before it in its key or lane was not acknowledged."""


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to relay: the lock of this connection's session. `woken` is set by commits that enqueued something.

    Rows are read and deleted through this connection alone, so whoever has lost the lease finds out at the next page.
    """

    connection: RawConnection
    woken: asyncio.Event


@dataclass(slots=True)
class _Train:
    """Rows of one key that are handed over together: their partition keeps their order, so none waits for the one before.

    `before`: what has to be acknowledged first.
    """

    before: Sequence[_Train]
    rows: list[OutboxRow] = field(default_factory=list)
    sending: asyncio.Task[list[Sent]] | None = None

    async def sent(self) -> None:
        """Wait for it."""
        if self.sending is not None:
            await self.sending

    def result(self) -> list[Sent]:
        """What became of each row."""
        if self.sending is None:
            raise RuntimeError("The train has not left.")
        return self.sending.result()


class Relay:
    """The task that empties one schema's outbox."""

    def __init__(
        self, engine: AsyncEngine, database_url: str, producer: Producer, *, schema: str, batch_rows: int = 500
    ) -> None:
        """`database_url`: the lease is a session lock on a connection of its own, which also listens for wake-ups.

        `engine` serves the metric, which must not depend on who holds the lease.
        """
        self._engine = engine
        self._database_url = database_url
        self._producer = producer
        self._schema = schema
        self._batch_rows = batch_rows
        self._log = get_logger("outbox")

    async def run(self) -> None:
        """Until cancelled. Survives PostgreSQL and Kafka being away; the age of the oldest row is a metric."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._watch_age())
            tasks.create_task(self._relay())

    async def _relay(self) -> None:
        while True:
            try:
                async with self._lease() as lease:
                    await self._empty(lease)
            except Exception as error:
                if not is_unavailable(error):
                    raise
                self._log.warning("outbox_lease_lost", schema=self._schema, error=type(error).__name__)
            await asyncio.sleep(_POLL_SECONDS)

    @asynccontextmanager
    async def _lease(self) -> AsyncIterator[Lease]:
        """Wait for the lease and hold it. It is asked for again and again: a waiting statement would hold back vacuum."""
        woken = asyncio.Event()
        connection = await connect(self._database_url, application_name=f"{self._schema} relay")
        try:
            lock_id = lease_lock_id(self._schema)
            while not await connection.fetchval("SELECT pg_try_advisory_lock($1)", lock_id):  # noqa: ASYNC110 -- nobody tells that it is free
                await asyncio.sleep(_LEASE_POLL_SECONDS)
            await connection.add_listener(f"outbox_{self._schema}", lambda *_: woken.set())
            yield Lease(connection, woken)
        finally:
            with suppress(OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
                await connection.close(timeout=2)

    async def _empty(self, lease: Lease) -> None:
        failures = 0
        while True:
            # Cleared before the pass: a row that is committed while it runs wakes the next one.
            lease.woken.clear()
            if await self._pass(lease.connection):
                failures = 0
                pause = _POLL_SECONDS
            else:
                await asyncio.sleep(_BACKOFF_SECONDS[0])
                pause = _BACKOFF_SECONDS[min(failures, len(_BACKOFF_SECONDS) - 1)]
                failures += 1
            # A new row ends the pause also after a failure: a message that Kafka never takes must not make the others late.
            with suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await lease.woken.wait()

    async def _pass(self, connection: RawConnection) -> bool:
        """Try every row once, page by page; whether all of them were acknowledged.

        Each pass begins at the very first row. Within one, what failed holds back its key and its lane and nothing else,
        so that a row that Kafka will never take does not stop the others.

        It ends at the row that was the newest when it began. A row that becomes visible behind a page that is already read is left to
        the next pass; whatever its chain got after it was written after its commit, so it has a higher id than that, and waits as well.
        """
        held: set[object] = set()
        after_id = 0
        up_to_id = await newest_id(connection)
        if up_to_id is None:
            return True
        while page := await read_page(connection, after_id=after_id, rows=self._batch_rows, up_to_id=up_to_id):
            results = await self._send(page, held)
            acknowledged = [row.id for row, sent in zip(page, results, strict=True) if sent is Sent.ACKNOWLEDGED]
            await delete_rows(connection, acknowledged)
            RELAYED.labels(self._schema).inc(len(acknowledged))
            if not acknowledged and results.count(Sent.FAILED) > 1:
                return False  # nobody gets through: Kafka is away, and further pages would only wait for it
            after_id = page[-1].id
        return not held

    async def _send(self, page: Sequence[OutboxRow], held: set[object]) -> list[Sent]:
        """Send a page, as much of it at once as keys and lanes allow; adds to `held` the chains that were not acknowledged."""
        trains: list[_Train] = []
        last: dict[object, _Train] = {}
        for row in page:
            before = [last[chain] for chain in row.chains if chain in last]
            train = _joined(before, row)
            if train is None:
                train = _Train(before)
                trains.append(train)
            train.rows.append(row)
            last.update(dict.fromkeys(row.chains, train))
        async with asyncio.TaskGroup() as group:
            for train in trains:
                train.sending = group.create_task(self._send_train(train, held))
        sent = {row.id: each for train in trains for row, each in zip(train.rows, train.result(), strict=True)}
        return [sent[row.id] for row in page]

    async def _send_train(self, train: _Train, held: set[object]) -> list[Sent]:
        for other in train.before:
            await other.sent()
        # All rows of a train are one key's: where one is held back or fails, those behind it are not sent, or are sent again.
        ready = list(itertools.takewhile(lambda row: held.isdisjoint(row.chains), train.rows))
        sent = await self._producer.send_all([row.message for row in ready])
        failed = next(((place, each) for place, each in enumerate(sent) if isinstance(each, SendFailed)), None)
        acknowledged = len(sent) if failed is None else failed[0]
        results = [Sent.ACKNOWLEDGED] * acknowledged + [Sent.HELD] * (len(train.rows) - acknowledged)
        if failed is not None:
            place, error = failed
            results[place] = Sent.FAILED
            topic = train.rows[place].message.topic.name
            self._log.warning("outbox_send_failed", schema=self._schema, topic=topic, error=str(error))
        for row in train.rows[acknowledged:]:
            held.update(row.chains)
        return results

    async def _watch_age(self) -> None:
        gauge = OUTBOX_OLDEST_SECONDS.labels(self._schema)
        while True:
            try:
                gauge.set(await oldest_age_seconds(self._engine))
            except Exception as error:
                if not is_unavailable(error):
                    raise
                self._log.warning("outbox_age_unknown", schema=self._schema, error=type(error).__name__)
            await asyncio.sleep(_AGE_SECONDS)


def _joined(before: Sequence[_Train], row: OutboxRow) -> _Train | None:
    """The train of all that the row has to stay behind, if that is one train, and one of its own key and topic."""
    trains = {id(train): train for train in before}
    if len(trains) != 1:
        return None
    [train] = trains.values()
    first = train.rows[0].message
    of_one = (first.topic.name, first.key, first.partition) == (
        row.message.topic.name,
        row.message.key,
        row.message.partition,
    )
    return train if of_one else None


def lease_lock_id(schema: str) -> int:
    """The advisory lock whose holder may relay."""
    return stable_hash(f"usageflow/relay/{schema}") - 2**63
