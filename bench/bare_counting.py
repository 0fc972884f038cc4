"""The baseline of counting: a backlog is counted once by the aggregator's own code, and its SQL is then sent again from memory.

It runs in databases of its own on the system's server: one that holds the schema and where counting begins, and copies of it.
"""

from __future__ import annotations

import asyncio
import base64
import gc
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from itertools import groupby
from typing import Final

from bench import store
from bench.recording import CountingTransaction, Recorder, replay
from bench.stage import MeasurementFailed, Stage
from usageflow_aggregator.consumer import EventsRawHandler
from usageflow_aggregator.domain.anchor import Remembered
from usageflow_aggregator.domain.days import day_of
from usageflow_aggregator.metric_book import MetricBook
from usageflow_aggregator.service.days import make_days
from usageflow_aggregator.store.positions import add_partition
from usageflow_aggregator.tables import SCHEMA
from usageflow_common.catalog import Catalog
from usageflow_common.clock import Clock
from usageflow_common.database import connect, create_engine, transaction
from usageflow_common.kafka import LogReader, PartitionConsumer
from usageflow_common.migrations import upgrade
from usageflow_common.records import MetricRecord
from usageflow_common.topics import EVENTS_RAW, METRICS_CHANGED

_EMPTY: Final = "bench_empty"
_FED: Final = "bench_fed"
_NAME: Final = "bench"


@asynccontextmanager
async def bare_counting(stage: Stage, starts: store.Positions) -> AsyncIterator[BareCounting]:
    """Record how the log is counted from `starts` to its end. The databases are dropped afterwards."""
    reader = LogReader(stage.bus, EVENTS_RAW)
    bare = BareCounting(stage)
    await store.create_database(stage.owner, _EMPTY)
    try:
        await bare.prepare(reader, starts)
        await bare.record(reader)
        yield bare
    finally:
        await reader.stop()
        await store.drop_database(stage.owner, _FED)
        await store.drop_database(stage.owner, _EMPTY)


class BareCounting:
    """Made by `bare_counting`."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._recorded: list[CountingTransaction] = []

    async def feed(self) -> float:
        """Events a second when the recorded transactions are sent to a fresh copy: partitions side by side, as the worker does."""
        await self._renew()
        shares = [list(share) for _, share in groupby(self._recorded, key=lambda each: each.partition)]
        connections = [await connect(self._url(_FED), application_name=_NAME) for _ in shares]
        clock = asyncio.get_running_loop().time
        # The recorded rows are many, and none of them is garbage: looking for cycles among them is no part of the SQL.
        gc.collect()
        gc.freeze()
        try:
            begun_at = clock()
            await asyncio.gather(*map(replay, connections, shares))
            seconds = clock() - begun_at
        finally:
            gc.unfreeze()
            for connection in connections:
                await connection.close()
        return sum(each.events for each in self._recorded) / seconds

    async def prepare(self, reader: LogReader, starts: store.Positions) -> None:
        """The schema, and a row for each partition that begins at its start."""
        url = self._url(_EMPTY)
        owner_url = self._stage.system.postgres.url(_EMPTY)
        await asyncio.to_thread(upgrade, SCHEMA, owner_url=owner_url, service_url=url)
        engine = create_engine(url, application_name=_NAME, pool_size=1)
        for partition, start in starts.items():
            first = await reader.read_at(partition, start)
            if first is None:
                raise MeasurementFailed(f"Partition {partition} has no backlog.")
            async with transaction(engine) as tx:
                await add_partition(tx, partition, 1, Remembered(first.offset, first.hash))
        today = day_of(Clock().wall())
        await make_days(engine, (today - timedelta(days=1), today, today + timedelta(days=1)))
        await engine.dispose()

    async def record(self, reader: LogReader) -> None:
        """Count everything once in this process and keep what the database was asked to do."""
        await self._renew()
        stage, ends = self._stage, await self._stage.log_ends()
        recorder, book = Recorder(self._url(_FED)), MetricBook()
        metrics = Catalog(stage.bus, METRICS_CHANGED, MetricRecord, on_change=book.take)
        digest_key = base64.b64decode(stage.system.site.credentials.digest_key)
        handler = EventsRawHandler(recorder.engine, reader, metrics, book, digest_key)
        consumer = PartitionConsumer(stage.bus, EVENTS_RAW, handler, group=_NAME)
        look = await connect(stage.system.postgres.url(_FED), application_name=_NAME)
        tasks = [asyncio.create_task(metrics.run()), asyncio.create_task(consumer.run())]
        try:
            await stage.until("recording", lambda: store.have_reached(store.read_counted(look), ends))
        finally:
            await _end(tasks)
            await look.close()
            await recorder.engine.dispose()
        self._recorded = recorder.counting_transactions()

    async def _renew(self) -> None:
        await store.drop_database(self._stage.owner, _FED)
        await store.create_database(self._stage.owner, _FED, template=_EMPTY)

    def _url(self, database: str) -> str:
        """For the aggregator's role, with its rights."""
        system = self._stage.system
        password = system.site.credentials.database_passwords[SCHEMA.service]
        return system.postgres.url(database, user=SCHEMA.role, password=password)


async def _end(tasks: Sequence[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
