"""The migration's composition root: schema, topics, and the beginning of every partition that has none."""

from __future__ import annotations

from typing import Final

from usageflow_aggregator.service.partitions import begin_partitions
from usageflow_aggregator.tables import SCHEMA
from usageflow_common.clock import Clock
from usageflow_common.database import create_engine
from usageflow_common.entry import bring_up_to_date
from usageflow_common.kafka import Bus, LogReader, Producer
from usageflow_common.settings import MigrationSettings
from usageflow_common.topics import AUDIT_RECORDED, EVENTS_RAW, USAGE_AGGREGATED

TOPICS: Final = (EVENTS_RAW, USAGE_AGGREGATED, AUDIT_RECORDED)


async def migrate(settings: MigrationSettings) -> int:
    """Safe to repeat, to be killed, and to run twice at once; returns how many partitions are new."""
    await bring_up_to_date(settings, SCHEMA, TOPICS)
    bus = Bus(settings, "aggregator")
    engine = create_engine(settings.database_url.get_secret_value(), application_name="aggregator-migrate", pool_size=1)
    producer, reader = Producer(bus), LogReader(bus, EVENTS_RAW)
    await producer.start()
    await reader.start()
    try:
        return await begin_partitions(engine, bus, producer, reader, Clock())
    finally:
        await reader.stop()
        await producer.stop()
        await engine.dispose()
