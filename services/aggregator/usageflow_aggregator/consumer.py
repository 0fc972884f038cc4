"""events.raw, partition by partition: where to read on, and what becomes of a batch. Kafka → service."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from time import monotonic

import asyncpg
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from usageflow_aggregator.domain.correcting import UnheardMetric
from usageflow_aggregator.domain.portions import Portions
from usageflow_aggregator.domain.reading import LogRecord, NotYet, Reading, Stop, UnknownMetric, read_records
from usageflow_aggregator.metric_book import MetricBook
from usageflow_aggregator.service.counting import Counted, Counting, Fenced, count_batch
from usageflow_aggregator.service.log_identity import check_log, resume_position
from usageflow_aggregator.store.refused import Damaged
from usageflow_common.catalog import Catalog
from usageflow_common.clock import Clock
from usageflow_common.kafka import Applied, Batch, Blocked, Halt, Incoming, LogBounds, LogReader, Outcome, Stale
from usageflow_common.metrics import COUNT_SECONDS
from usageflow_common.records import MetricRecord
from usageflow_common.topics import EVENTS_RAW, decode


class EventsRawHandler:
    """Counts what the consumer loop hands over. It holds no state that could be wrong: the generation that each partition had when it was
    resumed, what is known to be admitted, and how much is counted at once."""

    def __init__(
        self,
        engine: AsyncEngine,
        reader: LogReader,
        catalog: Catalog[MetricRecord],
        book: MetricBook,
        digest_key: bytes,
    ) -> None:
        self._clock = Clock()
        self._engine = engine
        self._reader = reader
        self._catalog = catalog
        self._counting = Counting(book.definition, digest_key)
        self._portions = Portions()
        self._generations: dict[int, int] = {}

    async def resume(self, partition: int, log: LogBounds) -> int | Halt:
        """The stored position, once the log has shown that it is still the one that was counted."""
        position = await resume_position(self._engine, self._reader, partition, log)
        if isinstance(position, Halt):
            return position
        self._generations[partition] = position.generation
        return position.next

    async def handle(self, batch: Batch) -> Outcome:
        """Count the longest beginning of the batch that can be read, and at once; what stands behind it comes again."""
        most = self._portions.most(batch.partition)
        batch = replace(batch, records=batch.records[:most])
        reading, stop = await self._read(batch)
        if reading is None:
            return Blocked(_reason(stop))
        if halt := await check_log(self._engine, self._reader, reading):
            return halt
        match await self._count(batch, reading):
            case Counted(next=position):
                COUNT_SECONDS.observe(max(0.0, (self._clock.wall() - batch.records[0].appended_at).total_seconds()))
                return Applied(position)
            case Fenced():
                return await self._after_fence(batch)

    async def _count(self, batch: Batch, reading: Reading) -> Counted | Fenced:
        """One transaction; if that takes too long, the next one gets half as much."""
        partition, damaged, records = batch.partition, _damaged(batch, reading), len(batch.records)
        generation = self._generations.get(partition, -1)
        begun_at = monotonic()
        try:
            counted = await count_batch(self._engine, reading, generation, damaged, self._counting)
        except UnheardMetric:
            # An event that is corrected was counted, so metrics.changed has its metrics: this process has not read that far.
            await self._catalog.read_to_end()
            raise
        except (SQLAlchemyError, asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
            self._portions.failed(partition, records, timedelta(seconds=monotonic() - begun_at))
            raise
        self._portions.succeeded(partition, records)
        return counted

    async def _read(self, batch: Batch) -> tuple[Reading | None, Stop | None]:
        records = [_decoded(record) for record in batch.records]
        reading, stop = read_records(
            batch.partition, batch.asked, records, self._counting.find, self._counting.digest_key
        )
        if isinstance(stop, UnknownMetric):
            # Ingest knew it, so metrics.changed has it: this process has not read that far.
            await self._catalog.read_to_end()
            return read_records(batch.partition, batch.asked, records, self._counting.find, self._counting.digest_key)
        return reading, stop

    async def _after_fence(self, batch: Batch) -> Outcome:
        """The position or the generation is another one: go on from what is stored, if the log agrees with it."""
        position = await self.resume(batch.partition, await self._reader.bounds(batch.partition))
        return position if isinstance(position, Halt) else Stale(seek_to=position)


def _decoded(record: Incoming) -> LogRecord:
    content = decode(EVENTS_RAW, record.value, record.headers.get("schema"))
    return LogRecord(record.offset, record.appended_at, record, record.key, content)  # type: ignore[arg-type]  # of this topic


def _damaged(batch: Batch, reading: Reading) -> list[Damaged]:
    there = {record.offset: record for record in batch.records} if reading.broken else {}
    return [
        Damaged(
            broken,
            key=there[broken.offset].key,
            value=there[broken.offset].value,
            schema=there[broken.offset].headers.get("schema", b"").decode("utf-8", "replace"),
        )
        for broken in reading.broken
    ]


def _reason(stop: Stop | None) -> str:
    match stop:
        case UnknownMetric(org_id=org_id, metric_id=metric_id):
            return f"unknown_metric:{org_id}/{metric_id}"
        case NotYet(reason=reason):
            return reason
        case None:
            raise ValueError("an empty batch")
