"""What a sender may choose. Everything is bounded, and the defaults suit a backend with thousands of events a second."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

BATCH_EVENTS_MAX: Final = 1_000
"""The server lists so many rejected events in one answer: with no more in a batch, each is known by name."""
BATCH_BYTES_MAX: Final = 7 * 2**20
_BACKFILL: Final = re.compile(r"bf_[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class Options:
    """How events are gathered and how long calls wait.

    A batch goes when it holds `batch_events` or `batch_bytes`, or `linger_seconds` after its first event. At most
    `queue_events` and `queue_bytes` wait in memory (a spool has its own bound); a full queue makes `track` wait `block_seconds`
    for room, then raise QueueFull: 0 raises at once. `exit_seconds` bounds the last flush when the interpreter ends.
    `stamp_time`: give events without a timestamp the present one. Switch it off for test organizations with a clock of their own.
    `trust_env`: use the proxies that the environment names. `backfill`: the id (`bf_…`) of an open backfill: events may then be as old
    as it allows, and go with it when it is reverted.
    """

    batch_events: int = 500
    batch_bytes: int = 2**20
    linger_seconds: float = 0.2
    queue_events: int = 100_000
    queue_bytes: int = 64 * 2**20
    block_seconds: float = 5.0
    request_seconds: float = 35.0
    exit_seconds: float = 5.0
    stamp_time: bool = True
    trust_env: bool = True
    backfill: str | None = None

    def __post_init__(self) -> None:
        """Refuse what could never work."""
        if not 1 <= self.batch_events <= BATCH_EVENTS_MAX:
            raise ValueError(f"batch_events is 1 to {BATCH_EVENTS_MAX}")
        if not 1 <= self.batch_bytes <= BATCH_BYTES_MAX:
            raise ValueError(f"batch_bytes is 1 to {BATCH_BYTES_MAX}")
        if self.queue_events < 1 or self.queue_bytes < 1:
            raise ValueError("A queue has room for one event at least")
        if min(self.linger_seconds, self.block_seconds, self.exit_seconds) < 0 or self.request_seconds <= 0:
            raise ValueError("Seconds are not negative, and a request takes some")
        if self.backfill is not None and not _BACKFILL.fullmatch(self.backfill):
            raise ValueError("A backfill is named by its id: bf_ and 32 hex digits")


@dataclass(frozen=True, slots=True)
class Spool:
    """A folder that events are written to before `track` returns. One process, one folder.

    `fsync` False: they survive the death of the process. True: also that of the machine, at the price of a disk's round trip for
    each `track` (threads share one). At most `bytes_max` bytes wait, in files of `segment_bytes` that go when they are acknowledged.
    """

    folder: Path
    fsync: bool = False
    bytes_max: int = 2**30
    segment_bytes: int = 8 * 2**20

    def __post_init__(self) -> None:
        """Refuse bounds that could come to a standstill: one segment is being sent while another is written."""
        if self.segment_bytes < 2**16 or self.bytes_max < 2 * self.segment_bytes:
            raise ValueError("A segment has 64 KiB at least, and a spool has room for two segments")
