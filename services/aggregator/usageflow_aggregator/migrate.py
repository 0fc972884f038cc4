"""The migration's composition root: schema, topics, and the beginning of every partition that has none."""

from __future__ import annotations

import asyncio

from usageflow_aggregator.service.partitions import begin_partitions
from usageflow_aggregator.settings import AggregatorSettings
from usageflow_aggregator.tables import SCHEMA
from usageflow_common.clock import Clock
from usageflow_common.database import create_engine
from usageflow_common.kafka import Bus, LogReader, Producer
from usageflow_common.migrations import upgrade
from usageflow_common.topics import AUDIT_RECORDED, EVENTS_RAW, USAGE_AGGREGATED


async def migrate(settings: AggregatorSettings) -> int:
    """Safe to repeat, to be killed, and to run twice at once; returns how many partitions are new."""
    if settings.owner_database_url is None:
        raise ValueError("USAGEFLOW_OWNER_DATABASE_URL is needed for migrations.")
    service_url = settings.database_url.get_secret_value()
    owner_url = settings.owner_database_url.get_secret_value()
    await asyncio.to_thread(upgrade, SCHEMA, owner_url=owner_url, service_url=service_url)
    bus = Bus(settings, "aggregator")
    await bus.ensure_topics([EVENTS_RAW, USAGE_AGGREGATED, AUDIT_RECORDED])
    engine = create_engine(service_url, application_name="aggregator-migrate", pool_size=1)
    producer, reader = Producer(bus), LogReader(bus, EVENTS_RAW)
    await producer.start()
    await reader.start()
    try:
        return await begin_partitions(engine, bus, producer, reader, Clock())
    finally:
        await reader.stop()
        await producer.stop()
        await engine.dispose()
