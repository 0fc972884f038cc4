"""Single events on their way to ingest, in micro-batches: what arrives while all lanes are busy becomes the next batch.

A batch holds events of one caller, since one token goes with it. Callers take turns, and one of them fills at most a quarter of the
queue, so that a flood of one tenant does not stop the others.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final

from usageflow_common.errors import Overloaded
from usageflow_common.tokens import Caller

_EVENTS_PER_BATCH: Final = 200
_BYTES_PER_BATCH: Final = 128 * 1024
"""With the quotes of JSON inside JSON, and one more event, still well under a megabyte on the wire."""


@dataclass(frozen=True, slots=True)
class SingleEvent:
    """One `POST /api/track`, its body as text."""

    content_type: str
    idempotency_key: str
    request_id: str
    body: str


@dataclass(frozen=True, slots=True)
class Answered:
    """What ingest answered to one event: status and JSON body."""

    status: int
    body: bytes


@dataclass(frozen=True, slots=True)
class Unanswered:
    """The batch was lost on the way, or its answer was: nothing is known of its events."""

    detail: str
    timed_out: bool = False


Fate = Answered | Unanswered
Post = Callable[[Caller, Sequence[SingleEvent]], Awaitable[Sequence[Fate]]]


@dataclass(frozen=True, slots=True, eq=False)
class _Waiting:
    event: SingleEvent
    fate: asyncio.Future[Fate]


class EventLanes:
    """`post` sends one batch and answers one fate for each event, in order; it does not raise."""

    def __init__(
        self, post: Post, *, lanes: int, capacity_events: int = 20_000, capacity_bytes: int = 64 * 2**20
    ) -> None:
        self._post = post
        self._lanes = lanes
        self._capacity_events = capacity_events
        self._capacity_bytes = capacity_bytes
        self._queues: OrderedDict[Caller, deque[_Waiting]] = OrderedDict()
        self._events = 0
        self._bytes = 0
        self._arrived = asyncio.Event()

    async def submit(self, caller: Caller, event: SingleEvent) -> Fate:
        """The fate of the event. Overloaded when the queue is full; when cancelled before it was sent, it never is."""
        queue = self._queues.get(caller)
        size = len(event.body)
        full = self._events >= self._capacity_events or self._bytes + size > self._capacity_bytes
        if full or (queue is not None and len(queue) >= self._capacity_events // 4):
            raise Overloaded("Too many events are waiting.", extensions={"idempotencyKey": event.idempotency_key})
        if queue is None:
            queue = self._queues[caller] = deque()
        waiting = _Waiting(event, asyncio.get_running_loop().create_future())
        queue.append(waiting)
        self._events += 1
        self._bytes += size
        self._arrived.set()
        return await waiting.fate

    async def run(self) -> None:
        """The task: as many forwards at once as there are lanes, until cancelled."""
        async with asyncio.TaskGroup() as lanes:
            for _ in range(self._lanes):
                lanes.create_task(self._drive())

    async def _drive(self) -> None:
        while True:
            while not self._queues:  # one arrival wakes every idle lane
                await self._arrived.wait()
            caller, batch = self._take()
            if batch:
                fates = await self._post(caller, [waiting.event for waiting in batch])
                for waiting, fate in zip(batch, fates, strict=True):
                    if not waiting.fate.done():
                        waiting.fate.set_result(fate)

    def _take(self) -> tuple[Caller, list[_Waiting]]:
        """The next batch, of the caller whose turn it is; it may be empty when everybody has left meanwhile."""
        caller, queue = self._queues.popitem(last=False)
        batch: list[_Waiting] = []
        size = 0
        while queue and len(batch) < _EVENTS_PER_BATCH and size < _BYTES_PER_BATCH:
            waiting = queue.popleft()
            self._events -= 1
            self._bytes -= len(waiting.event.body)
            if not waiting.fate.done():
                batch.append(waiting)
                size += len(waiting.event.body)
        if queue:
            self._queues[caller] = queue  # behind all others
        if not self._queues:
            self._arrived.clear()
        return caller, batch
