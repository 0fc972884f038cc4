"""The composition root of the gateway's worker: it relays the outbox, chains the audit log, and forgets old answers and ended sessions."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncEngine

from usageflow_common.clock import Clock
from usageflow_common.database import create_engine, is_unavailable
from usageflow_common.dead_letters import DeadLetters
from usageflow_common.http import create_app
from usageflow_common.kafka import Bus, PartitionConsumer, Producer
from usageflow_common.logs import get_logger
from usageflow_common.outbox import Relay
from usageflow_common.runtime import supervise
from usageflow_common.topics import AUDIT_RECORDED
from usageflow_gateway.consumer import AuditHandler
from usageflow_gateway.service.upkeep import is_reachable, purge_departed, purge_operations, purge_sessions
from usageflow_gateway.settings import WorkerSettings

GROUP: Final = "gateway-audit"
_PURGE_SECONDS: Final = 600

_log = get_logger(__name__)


def build_worker(settings: WorkerSettings) -> FastAPI:
    """Health and metrics of a process whose work is its tasks."""
    url = settings.database_url.get_secret_value()
    engine = create_engine(url, application_name="gateway worker", pool_size=settings.pool_size)
    bus = Bus(settings, "gateway")

    async def postgres() -> bool:
        return await is_reachable(engine)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        producer = Producer(bus)
        await producer.start()
        relay = Relay(engine, url, producer, schema="gateway")
        handler = AuditHandler(engine, DeadLetters(AUDIT_RECORDED, producer, Clock()))
        consumer = PartitionConsumer(bus, AUDIT_RECORDED, handler, group=GROUP)
        supervise(app, "outbox_relay", relay.run)
        supervise(app, "audit_consumer", consumer.run)
        supervise(app, "purge", lambda: _purge_for_ever(engine, Clock()))
        try:
            yield None
        finally:
            await producer.stop()
            await engine.dispose()

    return create_app(title="UsageFlow gateway worker", checks={"postgres": postgres}, lifespan=lifespan)


async def _purge_for_ever(engine: AsyncEngine, clock: Clock) -> None:
    while True:
        try:
            await purge_operations(engine)
            await purge_sessions(engine, clock)
            await purge_departed(engine, clock)
        except Exception as error:
            if not is_unavailable(error):
                raise
            _log.warning("purge_postponed", error=type(error).__name__)
        await asyncio.sleep(_PURGE_SECONDS)
