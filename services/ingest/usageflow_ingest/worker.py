"""The worker's composition root: the outbox's relay, the consumer of refused events, and the broom."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Final

from fastapi import FastAPI

from usageflow_common.clock import Clock
from usageflow_common.database import create_engine, is_unavailable
from usageflow_common.dead_letters import DeadLetters
from usageflow_common.http import create_app
from usageflow_common.kafka import Bus, PartitionConsumer, Producer
from usageflow_common.logs import get_logger
from usageflow_common.outbox import Relay
from usageflow_common.runtime import supervise
from usageflow_common.topics import EVENTS_REJECTED
from usageflow_ingest.consumer import RejectedEventsHandler
from usageflow_ingest.service.rejected_events import RejectedEvents
from usageflow_ingest.settings import IngestSettings

_PURGE_SECONDS: Final = 600
_PURGE_STEPS_MAX: Final = 100

_log = get_logger(__name__)


def build_worker(settings: IngestSettings) -> FastAPI:
    """The worker: health and metrics over HTTP, its work in tasks."""
    bus = Bus(settings, "ingest")
    database_url = settings.database_url.get_secret_value()
    engine = create_engine(database_url, application_name="ingest-worker", pool_size=settings.pool_size)
    rejected_events = RejectedEvents(engine)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            stack.push_async_callback(engine.dispose)
            producer = Producer(bus)
            await producer.start()
            stack.push_async_callback(producer.stop)
            handler = RejectedEventsHandler(rejected_events, DeadLetters(EVENTS_REJECTED, producer, Clock()))
            consumer = PartitionConsumer(
                bus, EVENTS_REJECTED, handler, group="ingest.rejected-events", batch_records=500
            )
            supervise(app, "relay", Relay(engine, database_url, producer, schema="ingest").run)
            supervise(app, "rejected_events", consumer.run)
            supervise(app, "purge", lambda: _purge_for_ever(rejected_events))
            yield None

    return create_app(
        title="UsageFlow ingest worker", checks={"postgres": rejected_events.reachable}, lifespan=lifespan
    )


async def _purge_for_ever(rejected_events: RejectedEvents) -> None:
    """Every ten minutes, in bounded steps. A database that is away is asked again the next time."""
    while True:
        try:
            await _purge(rejected_events)
        except Exception as error:
            if not is_unavailable(error):
                raise
            _log.warning("purge_postponed", error=type(error).__name__)
        await asyncio.sleep(_PURGE_SECONDS)


async def _purge(rejected_events: RejectedEvents) -> None:
    for _ in range(_PURGE_STEPS_MAX):
        if not await rejected_events.purge(Clock().wall()):
            return
