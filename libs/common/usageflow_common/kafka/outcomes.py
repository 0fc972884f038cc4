"""What a handler makes of a batch: the outcomes as one sum type, and the interface of a handler."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

from usageflow_common.kafka.messages import Batch, LogBounds


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
