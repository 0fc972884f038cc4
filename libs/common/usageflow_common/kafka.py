"""The bus: connections, a producer whose funnel builds batches, and a consumer loop that hands over what it asked for.

Kafka's consumer group only assigns partitions. Where to read on is the handler's business (its database knows), and what a batch
may change is decided by a compare-and-set on the position asked for: callbacks are a convenience, never the guard.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol
from uuid import UUID

from usageflow_common.settings import BusSettings
from usageflow_common.topics import Topic


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message to be sent. `partition` None: murmur2(key) mod the configured number of partitions."""

    topic: Topic
    key: bytes
    value: bytes
    partition: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    """Besides `schema` and `produced_by`, which the producer adds."""


@dataclass(frozen=True, slots=True)
class Placement:
    """Where an acknowledged message stands."""

    partition: int
    offset: int


@dataclass(frozen=True, slots=True)
class Incoming:
    """A message as read. `appended_at` is the broker's time (LogAppendTime)."""

    offset: int
    appended_at: datetime
    key: bytes | None
    value: bytes | None
    headers: Mapping[str, bytes]

    @property
    def hash(self) -> bytes:
        """SHA-256 over offset, append time, key and value: equal only for the same message at the same place of the same log."""
        digest = hashlib.sha256(f"{self.offset}/{self.appended_at.timestamp():.3f}/{len(self.key or b'')}/".encode())
        digest.update(self.key or b"")
        digest.update(self.value or b"")
        return digest.digest()


@dataclass(frozen=True, slots=True)
class LogBounds:
    """The first offset that is still there, and the next one to be written."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Batch:
    """Consecutive messages of one partition, read from the position `asked`."""

    partition: int
    asked: int
    records: tuple[Incoming, ...]

    @property
    def after(self) -> int:
        """The position behind the last message."""
        return self.records[-1].offset + 1


@dataclass(frozen=True, slots=True)
class Applied:
    """Effects and position are committed."""

    next: int


@dataclass(frozen=True, slots=True)
class Stale:
    """Another worker is ahead: continue from its position."""

    seek_to: int


@dataclass(frozen=True, slots=True)
class Halt:
    """The log and the database disagree: a person must look before anything is counted. The partition stays halted."""

    reason: Literal["log_truncated", "log_recreated", "position_unknown", "gap"]
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Blocked:
    """Not readable by this version (or not yet): the partition waits with an alarm, and the same batch is tried again later."""

    reason: str


Outcome = Applied | Stale | Halt | Blocked


class PartitionHandler(Protocol):
    """What a consumer does with the partitions of one topic."""

    async def resume(self, partition: int, log: LogBounds) -> int | Halt:
        """Where to read on, from the handler's own database. Called at assignment, after Stale is too old, and after an error."""
        ...

    async def handle(self, batch: Batch) -> Outcome:
        """Effects and position in one transaction. Any exception means that nothing happened: the batch is read again."""
        ...


class SendFailed(Exception):
    """The broker did not acknowledge in time; the message may or may not have been appended."""


class Bus:
    """The way to Kafka: names with the prefix, clients with the settings that billing needs, topics and their settings."""

    def __init__(self, settings: BusSettings, service: str) -> None:
        self.settings = settings
        self.service = service

    def name(self, topic: Topic) -> str:
        """The topic's name on this installation."""
        return self.settings.topic_prefix + topic.name

    def partitions(self, topic: Topic) -> int:
        """How many partitions the topic has: a setting, never what a client's metadata says."""
        return topic.partitions or self.settings.event_partitions

    def partition_of(self, topic: Topic, key: bytes) -> int:
        """murmur2(key) mod n, remembered for the keys of late."""
        raise NotImplementedError

    async def ensure_topics(self, topics: Sequence[Topic]) -> None:
        """Create what is missing (with dead-letter topics) and set what differs; safe to repeat and to run twice at once."""
        raise NotImplementedError


class Producer:
    """Sends with acks=all and idempotence, zstd, and a deadline of its own; replaced by a fresh one after a non-retriable error."""

    def __init__(self, bus: Bus, *, timeout_seconds: float = 10.0) -> None:
        raise NotImplementedError

    async def start(self) -> None:
        """Does not fail when Kafka is away: sends fail until it is there."""
        raise NotImplementedError

    async def stop(self) -> None:
        """Flush what is under way, bounded, and close."""
        raise NotImplementedError

    async def send(self, message: Outgoing) -> Placement:
        """Send one message. SendFailed when it is not acknowledged in time."""
        raise NotImplementedError

    async def send_all(self, messages: Sequence[Outgoing]) -> list[Placement | SendFailed]:
        """Send in the given order (per partition); one result for each."""
        raise NotImplementedError


class Funnel:
    """The hot path into one topic: handlers wait for a future, one task drains a bounded queue and builds the batches.

    Bounded by messages and bytes; one organization may fill a quarter of it. Overloaded when full, Unavailable at the deadline:
    then the outcome is unknown and the caller must retry with the same keys.
    """

    def __init__(
        self,
        bus: Bus,
        topic: Topic,
        *,
        capacity_messages: int = 50_000,
        capacity_bytes: int = 64 * 2**20,
        timeout_seconds: float = 10.0,
    ) -> None:
        raise NotImplementedError

    async def run(self) -> None:
        """The task. Ends when cancelled, or by raising what nobody can mend."""
        raise NotImplementedError

    async def submit(self, org_id: UUID, messages: Sequence[Outgoing]) -> None:
        """Return when every message is acknowledged by all in-sync replicas."""
        raise NotImplementedError

    async def drain(self, seconds: float) -> None:
        """Wait until nothing is queued or under way, at most so long."""
        raise NotImplementedError


class LogReader:
    """Looks at single places of a topic, outside any group."""

    def __init__(self, bus: Bus, topic: Topic) -> None:
        raise NotImplementedError

    async def start(self) -> None:
        """Connect."""
        raise NotImplementedError

    async def stop(self) -> None:
        """Close."""
        raise NotImplementedError

    async def bounds(self, partition: int) -> LogBounds:
        """The log's present start and end (high watermark)."""
        raise NotImplementedError

    async def read_at(self, partition: int, offset: int) -> Incoming | None:
        """The message at exactly this offset; None when there is none (deleted, never written, or a hole)."""
        raise NotImplementedError


class PartitionConsumer:
    """The consumer loop of one topic: survives rebalances and a broker that goes away; partitions of one process run side by side."""

    def __init__(
        self,
        bus: Bus,
        topic: Topic,
        handler: PartitionHandler,
        *,
        group: str,
        batch_records: int = 5_000,
        batch_bytes: int = 8 * 2**20,
        session_timeout_seconds: float = 10.0,
    ) -> None:
        """`group` gets the topic prefix. Static membership is used when USAGEFLOW_INSTANCE_ID is set."""
        raise NotImplementedError

    async def run(self) -> None:
        """Until cancelled. Offsets are also committed to Kafka, for lag-based scaling alone."""
        raise NotImplementedError

    @property
    def halted(self) -> Mapping[int, Halt | Blocked]:
        """Partitions that stand still, and why; also a metric."""
        raise NotImplementedError
