"""Events that wait to be sent: first in, first out, and out only when the server has them.

The courier looks at the head as often as it must and removes what is settled, so nothing is ever between two places.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from itertools import islice
from typing import Protocol

from usageflow.options import Options


class Waiting(Protocol):
    """A bounded queue of encoded events. Callers serialize all calls but `secure`."""

    @property
    def durable(self) -> bool:
        """Whether the events outlive this process."""

    def append(self, payload: bytes) -> int | None:
        """Take an event and return its position; None when there is no room."""

    def secure(self, position: int) -> None:
        """Return when the event at `position` is as safe as it was promised to be. May be called by any thread."""

    def head(self, events_max: int, bytes_max: int) -> Sequence[bytes]:
        """The oldest events, one at least when there is one. They stay."""

    def remove(self, count: int) -> None:
        """Let go of the first `count` events; they have been part of the last `head`, when the queue is durable."""

    def __len__(self) -> int:
        """How many events wait."""

    @property
    def size(self) -> int:
        """How many bytes wait, roughly."""

    def close(self) -> None:
        """Release what is held; what waits on a disk stays there."""


class InMemory:
    """The queue that ends with the process."""

    def __init__(self, options: Options) -> None:
        self._events: deque[bytes] = deque()
        self._size = 0
        self._events_max = options.queue_events
        self._bytes_max = options.queue_bytes

    @property
    def durable(self) -> bool:
        """See Waiting."""
        return False

    def append(self, payload: bytes) -> int | None:
        """See Waiting. An event larger than all the room there is goes into an empty queue."""
        if self._events and (len(self._events) >= self._events_max or self._size + len(payload) > self._bytes_max):
            return None
        self._events.append(payload)
        self._size += len(payload)
        return 0

    def secure(self, position: int) -> None:
        """Memory promises nothing more."""

    def head(self, events_max: int, bytes_max: int) -> Sequence[bytes]:
        """See Waiting."""
        taken: list[bytes] = []
        size = 0
        for payload in islice(self._events, events_max):
            size += len(payload)
            if taken and size > bytes_max:
                break
            taken.append(payload)
        return taken

    def remove(self, count: int) -> None:
        """See Waiting."""
        for _ in range(count):
            self._size -= len(self._events.popleft())

    def __len__(self) -> int:
        """See Waiting."""
        return len(self._events)

    @property
    def size(self) -> int:
        """See Waiting."""
        return self._size

    def close(self) -> None:
        """Nothing is held."""
