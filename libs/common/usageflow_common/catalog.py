"""A compacted topic, followed in memory: ready after the first full read, lower versions ignored, never guessed.

Whoever meets a name it does not know reads to the present end before it refuses.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Generic, TypeVar

from usageflow_common.kafka import Bus
from usageflow_common.records import ClockRecord, MetricRecord, OrganizationRecord
from usageflow_common.topics import Topic

T = TypeVar("T", MetricRecord, OrganizationRecord, ClockRecord)


class Catalog(Generic[T]):
    """The latest record of each key. Reads of `get` and `values` are plain dictionary look-ups."""

    def __init__(self, bus: Bus, topic: Topic, kind: type[T], *, on_change: Callable[[T], None] | None = None) -> None:
        """`on_change` is called, in the event loop, for each record that was taken (index it there by what you look up)."""
        raise NotImplementedError

    async def run(self) -> None:
        """The task that follows the topic; survives a broker that is away."""
        raise NotImplementedError

    @property
    def ready(self) -> bool:
        """Whether the topic was read to an end once."""
        raise NotImplementedError

    @property
    def age_seconds(self) -> float:
        """Seconds since the last moment at which everything there was had been read; infinite before the first."""
        raise NotImplementedError

    @property
    def records(self) -> Mapping[str, T]:
        """By key (text)."""
        raise NotImplementedError

    async def read_to_end(self, *, timeout_seconds: float = 2.0) -> None:
        """Return when everything appended before the call has been read; Unavailable otherwise. Concurrent calls share one read."""
        raise NotImplementedError
