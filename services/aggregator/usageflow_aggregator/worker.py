"""The worker's composition root: it counts, relays, tells how far it has come, and keeps its tables from growing past what is asked."""

from __future__ import annotations

import gc
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI

from usageflow_aggregator.consumer import EventsRawHandler
from usageflow_aggregator.metric_book import MetricBook
from usageflow_aggregator.service.liveness import answers
from usageflow_aggregator.service.progress import keep_telling
from usageflow_aggregator.service.upkeep import keep_upkeep
from usageflow_aggregator.settings import AggregatorSettings
from usageflow_common.catalog import Catalog
from usageflow_common.clock import Clock
from usageflow_common.database import create_engine
from usageflow_common.http import create_app
from usageflow_common.kafka import Bus, LogReader, PartitionConsumer, Producer
from usageflow_common.outbox import Relay
from usageflow_common.records import MetricRecord
from usageflow_common.runtime import supervise
from usageflow_common.topics import EVENTS_RAW, METRICS_CHANGED

_GROUP = "aggregator"
_BATCH_RECORDS = 2_500
_ALLOCATIONS_BETWEEN_COLLECTIONS = 5_000


def build_worker(settings: AggregatorSettings) -> FastAPI:
    """The worker behind its health routes. Any number of them may run: what each may count is decided in the database."""
    database_url = settings.database_url.get_secret_value()
    engine = create_engine(database_url, application_name="aggregator-worker", pool_size=settings.pool_size)
    bus = Bus(settings, "aggregator")
    producer, reader = Producer(bus), LogReader(bus, EVENTS_RAW)
    book = MetricBook()
    metrics = Catalog(bus, METRICS_CHANGED, MetricRecord, on_change=book.take)
    handler = EventsRawHandler(engine, reader, metrics, book, settings.digest_key)
    consumer = PartitionConsumer(bus, EVENTS_RAW, handler, group=_GROUP, batch_records=_BATCH_RECORDS)
    relay = Relay(engine, database_url, producer, schema="aggregator")

    async def tell() -> None:
        await keep_telling(engine, reader, Clock(), bus.partitions(EVENTS_RAW))

    async def upkeep() -> None:
        await keep_upkeep(engine, Clock(), settings.policy)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[Mapping[str, Any]]:
        # A batch is many objects that the collector need not follow, but a few cycles hold each batch until it looks: looking
        # rarely (every 50,000) let the process grow to 380 MB, and looking every 700 objects takes a tenth of its time.
        gc.set_threshold(_ALLOCATIONS_BETWEEN_COLLECTIONS)
        await producer.start()
        await reader.start()
        supervise(app, "metrics", metrics.run)
        supervise(app, "consumer", consumer.run)
        supervise(app, "relay", relay.run)
        supervise(app, "progress", tell)
        supervise(app, "upkeep", upkeep)
        yield {}
        await reader.stop()
        await producer.stop()
        await engine.dispose()

    async def postgres() -> bool:
        return await answers(engine)

    async def kafka() -> bool:
        return metrics.ready

    return create_app(
        title="UsageFlow aggregator worker", checks={"postgres": postgres, "kafka": kafka}, lifespan=lifespan
    )
