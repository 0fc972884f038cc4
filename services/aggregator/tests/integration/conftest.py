"""Partitions of a log that tests write by hand, counted into a real PostgreSQL."""

from __future__ import annotations

import asyncio
import hashlib
import itertools
import secrets
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid5

import asyncpg
import pytest
from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete
from aiokafka.errors import TopicAlreadyExistsError, UnknownTopicOrPartitionError

from usageflow_aggregator.consumer import EventsRawHandler
from usageflow_aggregator.domain.anchor import Remembered
from usageflow_aggregator.domain.reading import LogRecord, read_records
from usageflow_aggregator.metric_book import MetricBook
from usageflow_aggregator.service.counting import Counting, count_batch
from usageflow_aggregator.service.partitions import begin_partitions
from usageflow_aggregator.store import positions, progress
from usageflow_aggregator.store.refused import Damaged
from usageflow_aggregator.tables import SCHEMA
from usageflow_common.catalog import Catalog
from usageflow_common.clock import Clock
from usageflow_common.database import transaction
from usageflow_common.errors import Unavailable
from usageflow_common.ids import event_id, new_id
from usageflow_common.kafka import Batch, Bus, Incoming, LogReader, Outgoing, Producer
from usageflow_common.records import ActorRecord, Barrier, MetricRecord, Release, UsageEvent
from usageflow_common.settings import BusSettings
from usageflow_common.testing import eventually
from usageflow_common.topics import (
    AUDIT_RECORDED,
    CLOCKS_CHANGED,
    EVENTS_RAW,
    METRICS_CHANGED,
    ORGANIZATIONS_CHANGED,
    USAGE_AGGREGATED,
    decode,
    encode,
    events_raw_key,
    tenant_key,
)

DIGEST_KEY = bytes(range(32))
NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
CHANGING = (
    "event_keys",
    "usage_events",
    "aggregated_usage",
    "unique_values",
    "group_values",
    "event_corrections",
    "backfill_counts",
    "backfill_usage",
    "conflicts",
    "quarantined_events",
    "consumer_offsets",
    "outbox",
)
WORLD_TOPICS = (EVENTS_RAW, USAGE_AGGREGATED, METRICS_CHANGED, ORGANIZATIONS_CHANGED, CLOCKS_CHANGED, AUDIT_RECORDED)
OPERATOR = ActorRecord(type="operator", id="ada")


def metric(org_id, code="API_CALL", aggregation="SUM", value_property=None, group_by=()):
    """A metric of an organization; the same arguments name the same one."""
    return MetricRecord(
        org_id=org_id,
        metric_id=uuid5(org_id, f"metric {code}"),
        code=code,
        event_name=code,
        aggregation=aggregation,
        value_property=value_property,
        filters=(),
        group_by=group_by,
        status="active",
        active_from=NOON,
        created_at=NOON,
        version=1,
    )


def usage_event(org_id, key, *, amount="1", at=NOON, customer="user_123", metrics=(), properties=None):
    """A usage event as ingest would send it; by default it feeds API_CALL."""
    properties = properties or {}
    payload = repr((amount, customer, at, sorted(properties.items())))
    return UsageEvent(
        org_id=org_id,
        event_id=event_id(org_id, key),
        idempotency_key=key,
        metric="API_CALL",
        metric_ids=tuple(each.metric_id for each in metrics) or (metric(org_id).metric_id,),
        amount=amount,
        customer_id=customer,
        occurred_at=at,
        occurred_at_given=True,
        properties=properties,
        received_at=NOON,
        payload_hash=hashlib.sha256(payload.encode()).hexdigest(),
    )


@dataclass
class Shard:
    """One partition: a log in memory, counted into the database by whoever calls `count`."""

    engine: object
    owner_url: str
    partition: int
    book: MetricBook
    org_id: UUID
    log: list[Incoming] = field(default_factory=list)

    def __post_init__(self):
        self.counting = Counting(self.book.definition, DIGEST_KEY)

    def append(self, record, *, key=b"", value=None):
        """Write a record (or raw bytes) at the next offset; returns the offset."""
        offset = len(self.log)
        appended_at = NOON + timedelta(milliseconds=offset)
        value = encode(record) if value is None else value
        self.log.append(Incoming(offset, appended_at, key, value, {"schema": EVENTS_RAW.schema.encode()}))
        return offset

    def use(self, key, **values):
        """Write a usage event of this shard's organization."""
        return self.append(usage_event(self.org_id, key, **values))

    def mark(self, barrier_id=None):
        """Write a marker."""
        return self.append(Barrier(barrier_id=barrier_id or new_id(), partition=self.partition, produced_at=NOON))

    def damage(self, *, org_id=None):
        """Write a record that nobody can read."""
        return self.append(None, value=b"{", key=events_raw_key(org_id, "user_123", 0) if org_id else b"?")

    def release(self, offset):
        """Write an operator's release of a quarantined record."""
        release = Release(
            partition=self.partition, offset=offset, reason="sent again", actor=OPERATOR, received_at=NOON
        )
        return self.append(release)

    def read(self, start, stop=None):
        """The reading of a part of the log, and what has to be quarantined."""
        records = self.log[start:stop]
        decoded = [
            LogRecord(r.offset, r.appended_at, r, r.key, decode(EVENTS_RAW, r.value, r.headers["schema"]))
            for r in records
        ]
        reading, stopped = read_records(self.partition, start, decoded, self.book.definition, DIGEST_KEY)
        assert stopped is None
        there = {record.offset: record for record in records}
        damaged = [
            Damaged(broken, there[broken.offset].key, there[broken.offset].value, EVENTS_RAW.schema)
            for broken in reading.broken
        ]
        return reading, damaged

    async def count(self, start, stop=None, *, generation=1):
        """Count a part of the log as one batch."""
        reading, damaged = self.read(start, stop)
        return await count_batch(self.engine, reading, generation, damaged, self.counting)

    async def position(self):
        """The stored position."""
        async with transaction(self.engine) as tx:
            return await positions.read_position(tx, self.partition)

    async def query(self, statement, *parameters):
        """Rows, as the owner of the database sees them."""
        connection = await asyncpg.connect(self.owner_url, server_settings={"search_path": "aggregator"})
        try:
            return await connection.fetch(statement, *parameters)
        finally:
            await connection.close()

    async def account(self):
        """What became of the partition's records, by name."""
        names = ("counted", "duplicate", "conflict", "correction", "marker", "quarantined", "skipped")
        rows = await self.query(f"SELECT {', '.join(names)} FROM consumer_offsets WHERE partition = $1", self.partition)
        return {name: rows[0][name] for name in names if rows[0][name]}

    async def windows(self):
        """(metric, customer, window) → (count, sum) of this shard."""
        rows = await self.query("SELECT * FROM aggregated_usage WHERE shard = $1", self.partition)
        return {
            (row["metric_id"], row["customer_id"], row["window_start_at"]): (row["event_count"], row["total"])
            for row in rows
        }

    async def everything(self):
        """All that counting changes, as text, table by table."""
        return {
            table: sorted(row[0] for row in await self.query(f"SELECT t::text FROM {table} AS t")) for table in CHANGING
        }

    async def told(self):
        """What the outbox says of this partition, in order."""
        rows = await self.query(
            "SELECT value FROM outbox WHERE topic = 'usage.aggregated' AND partition = $1 ORDER BY id", self.partition
        )
        return [decode(USAGE_AGGREGATED, row["value"], USAGE_AGGREGATED.schema.encode()) for row in rows]


@pytest.fixture(scope="module")
async def database(service_database):
    """A migrated database of the module's own."""
    return await service_database(SCHEMA)


@pytest.fixture
def org_id():
    """An organization that no other test uses."""
    return new_id()


@pytest.fixture
def book(org_id):
    """The metrics of the organization: API_CALL, a SUM, and REQUESTS, a COUNT."""
    book = MetricBook()
    book.take(metric(org_id))
    book.take(metric(org_id, "REQUESTS", "COUNT"))
    return book


_PARTITIONS = itertools.count()


@pytest.fixture
def new_shard(database, book, org_id):
    """Makes partitions that nothing has been counted of."""

    async def make():
        shard = Shard(database.engine, database.owner_url, next(_PARTITIONS), book, org_id)
        shard.mark(UUID(int=0))
        async with transaction(database.engine) as tx:
            await positions.add_partition(tx, shard.partition, 1, Remembered(0, shard.log[0].hash))
            await progress.record_progress(tx, {shard.partition: NOON})
        return shard

    return make


@pytest.fixture
async def shard(new_shard):
    """One such partition."""
    return await new_shard()


@dataclass
class World:
    """A real log of two partitions, a database that counts it, and a handler with a catalog of its own."""

    database: object
    bus: Bus
    producer: Producer
    reader: LogReader
    catalog: Catalog
    handler: EventsRawHandler
    org_id: UUID

    @property
    def engine(self):
        """The engine of the service's role."""
        return self.database.engine

    async def begin(self):
        """What the migration does after the schema."""
        return await begin_partitions(self.engine, self.bus, self.producer, self.reader, Clock())

    async def publish(self, metric_record):
        """Make a metric known."""
        key = tenant_key(metric_record.org_id, metric_record.metric_id)
        await self.producer.send(Outgoing(METRICS_CHANGED, key, encode(metric_record)))

    async def send(self, record, partition=0):
        """Append to events.raw; the offset."""
        message = Outgoing(EVENTS_RAW, events_raw_key(self.org_id, "user_123", 0), encode(record), partition)
        return (await self.producer.send(message)).offset

    def event(self, key, **values):
        """A usage event of the organization."""
        return usage_event(self.org_id, key, **values)

    async def use(self, key, partition=0, **values):
        """Append a usage event."""
        return await self.send(self.event(key, **values), partition)

    async def mark(self, partition=0):
        """Append a marker."""
        return await self.send(Barrier(barrier_id=new_id(), partition=partition, produced_at=NOON), partition)

    async def batch(self, asked, partition=0):
        """Everything from `asked` to the end, as the consumer loop hands it over."""
        end = (await self.reader.bounds(partition)).end
        records = [await self.reader.read_at(partition, offset) for offset in range(asked, end)]
        return Batch(partition, asked, tuple(record for record in records if record is not None))

    async def resume(self, partition=0):
        """As at assignment."""
        return await self.handler.resume(partition, await self.reader.bounds(partition))

    async def query(self, statement, *parameters):
        """Rows, as the owner of the database sees them."""
        connection = await asyncpg.connect(self.database.owner_url, server_settings={"search_path": "aggregator"})
        try:
            return await connection.fetch(statement, *parameters)
        finally:
            await connection.close()

    async def counted(self):
        """How many events have been counted."""
        return (await self.query("SELECT count(*) FROM usage_events"))[0][0]

    async def recreate_events(self):
        """Delete events.raw behind everybody's back and create it again, with its genesis markers."""
        await self._delete([self.bus.name(EVENTS_RAW)])

        async def created():
            try:
                await self.bus.ensure_topics([EVENTS_RAW])
                return (await self.reader.bounds(0)).end == 0
            except (TopicAlreadyExistsError, UnknownTopicOrPartitionError, Unavailable):
                return False  # the deletion is still under way

        await eventually(created)

    async def delete_before(self, offset, partition=0):
        """What retention does."""
        admin = await self._admin()
        try:
            topic = TopicPartition(self.bus.name(EVENTS_RAW), partition)
            await admin.delete_records({topic: RecordsToDelete(before_offset=offset)})
        finally:
            await admin.close()

    async def _delete(self, names):
        admin = await self._admin()
        try:
            await admin.delete_topics(names)
        finally:
            await admin.close()

    async def _admin(self):
        admin = AIOKafkaAdminClient(bootstrap_servers=self.bus.settings.kafka_bootstrap)
        await admin.start()
        return admin

    async def clean_up(self):
        """Delete the topics."""
        dead_letters = [f"{self.bus.name(topic)}.dlq" for topic in WORLD_TOPICS if topic.dead_letter]
        await self._delete([*(self.bus.name(topic) for topic in WORLD_TOPICS), *dead_letters])


@asynccontextmanager
async def new_world(service_database, kafka_bootstrap):
    """A world whose partitions have begun and whose organization has the metric API_CALL."""
    prefix = f"t{secrets.token_hex(5)}."
    bus = Bus(BusSettings(kafka_bootstrap=kafka_bootstrap, topic_prefix=prefix, event_partitions=2), "aggregator")
    await bus.ensure_topics(WORLD_TOPICS)
    producer, reader, book = Producer(bus), LogReader(bus, EVENTS_RAW), MetricBook()
    await producer.start()
    await reader.start()
    catalog = Catalog(bus, METRICS_CHANGED, MetricRecord, on_change=book.take)
    database = await service_database(SCHEMA)
    handler = EventsRawHandler(database.engine, reader, catalog, book, DIGEST_KEY)
    following = asyncio.create_task(catalog.run())
    world = World(database, bus, producer, reader, catalog, handler, new_id())
    await world.publish(metric(world.org_id))
    await world.begin()
    yield world
    following.cancel()
    await asyncio.gather(following, return_exceptions=True)
    await reader.stop()
    await producer.stop()
    await world.clean_up()


@pytest.fixture
async def world(service_database, kafka_bootstrap):
    """A world of the test's own."""
    async with new_world(service_database, kafka_bootstrap) as world:
        yield world


@pytest.fixture(scope="module")
async def module_world(service_database, kafka_bootstrap):
    """A world that the tests of a module share: they read it, or leave it as it was."""
    async with new_world(service_database, kafka_bootstrap) as world:
        yield world
