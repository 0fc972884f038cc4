"""A topic, read from its beginning by a command."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from usageflow_common.kafka import Bus, LogReader
from usageflow_common.records import Record
from usageflow_common.topics import Topic, UnknownSchema, Unreadable, decode
from usageflow_invoicer.settings import InvoicerSettings


@asynccontextmanager
async def open_log(settings: InvoicerSettings, topic: Topic) -> AsyncIterator[LogReader]:
    """A reader that is closed at the end."""
    reader = LogReader(Bus(settings, "invoicer"), topic)
    await reader.start()
    try:
        yield reader
    finally:
        await reader.stop()


async def records_of(settings: InvoicerSettings, topic: Topic) -> AsyncIterator[Record]:
    """All that the topic holds and can be read, partition by partition, each in its order."""
    async with open_log(settings, topic) as reader:
        for partition in range(Bus(settings, "invoicer").partitions(topic)):
            async for message in reader.stream(partition):
                record = decode(topic, message.value, message.headers.get("schema"))
                if not isinstance(record, UnknownSchema | Unreadable):
                    yield record
