"""The values that go to and come from Kafka: messages, where they stand, and how far a log reaches."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import msgspec

from usageflow_common.topics import Topic

MESSAGE_BYTES_MAX: Final = 1_000_000
"""Key, value and headers together: what every broker takes with its default settings, even when nothing of it compresses."""


class Outgoing(msgspec.Struct, frozen=True):
    """A message to be sent. `partition` None: murmur2(key) mod the configured number of partitions.

    A struct, since a hundred thousand are made each second, and a frozen dataclass takes ten times as long.
    """

    topic: Topic
    key: bytes
    value: bytes
    partition: int | None = None
    headers: Mapping[str, str] = msgspec.field(default_factory=dict)
    """Besides `schema` and `produced_by`, which the producer adds."""


@dataclass(frozen=True, slots=True)
class Placement:
    """Where an acknowledged message stands."""

    partition: int
    offset: int


class Incoming(msgspec.Struct, frozen=True, gc=False):
    """A message as read. `appended_at` is the broker's time (LogAppendTime). A struct, for the same reason."""

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
    """Consecutive messages of one partition, read from the position `asked`.

    The first may lie behind `asked`: then the offsets between hold nothing that can be read (a hole).
    """

    partition: int
    asked: int
    records: tuple[Incoming, ...]

    @property
    def after(self) -> int:
        """The position behind the last message."""
        return self.records[-1].offset + 1


class SendFailed(Exception):
    """The broker did not acknowledge in time; the message may or may not have been appended."""
