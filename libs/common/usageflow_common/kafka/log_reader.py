"""Looks at single places of a log."""

from __future__ import annotations

from usageflow_common.kafka.bus import Bus
from usageflow_common.kafka.messages import Incoming, LogBounds
from usageflow_common.topics import Topic


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
