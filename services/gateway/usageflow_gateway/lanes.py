"""Single events on their way to ingest, in micro-batches: what arrives while all lanes are busy becomes the next batch.

A batch holds events of one caller, since one token goes with it. Callers take turns, and one organization fills at most a quarter of
the queue, so that a flood of one tenant does not stop the others.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from usageflow_common.errors import Overloaded
from usageflow_common.logs import get_logger
from usageflow_common.tokens import Caller

_EVENTS_PER_BATCH: Final = 200
_BYTES_PER_BATCH: Final = 128 * 1024
"""With the quotes of JSON inside JSON, and one more event, still well under a megabyte on the wire."""

_SHARE: Final = 4

_log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class SingleEvent:
    """One `POST /api/track`, its body as text."""

    content_type: str
    idempotency_key: str
    request_id: str
    body: str

    @property
    def size(self) -> int:
        """About so many bytes; everything that a client chose is in it."""
        return len(self.content_type) + len(self.idempotency_key) + len(self.request_id) + len(self.body)


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
    size: int
    fate: asyncio.Future[Fate]


@dataclass(slots=True)
class _Room:
    """How much waits, and how much may."""

    events_max: int
    bytes_max: int
    events: int = 0
    bytes: int = 0

    def has(self, size: int) -> bool:
        return self.events < self.events_max and self.bytes + size <= self.bytes_max

    def change(self, events: int, size: int) -> None:
        self.events += events
        self.bytes += size


class EventLanes:
    """`post` sends one batch and answers one fate for each event, in order."""

    def __init__(
        self, post: Post, *, lanes: int, capacity_events: int = 20_000, capacity_bytes: int = 64 * 2**20
    ) -> None:
        self._post = post
        self._lanes = lanes
        self._queues: OrderedDict[Caller, deque[_Waiting]] = OrderedDict()
        self._room = _Room(capacity_events, capacity_bytes)
        self._rooms: dict[UUID, _Room] = {}
        self._arrived = asyncio.Event()

    def submit(self, caller: Caller, event: SingleEvent) -> asyncio.Future[Fate]:
        """The fate of the event. Overloaded when there is no room; when cancelled before it was sent, it never is."""
        room = self._rooms.get(caller.org_id)
        if room is None:
            room = _Room(self._room.events_max // _SHARE, self._room.bytes_max // _SHARE)
        size = event.size
        if not (self._room.has(size) and room.has(size)):
            raise Overloaded("Too many events are waiting.")
        self._rooms[caller.org_id] = room
        waiting = _Waiting(event, size, asyncio.get_running_loop().create_future())
        queue = self._queues.get(caller)
        if queue is None:
            queue = self._queues[caller] = deque()
        queue.append(waiting)
        self._room.change(1, size)
        room.change(1, size)
        self._arrived.set()
        return waiting.fate

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
                fates = await self._fates_of(caller, [waiting.event for waiting in batch])
                for waiting, fate in zip(batch, fates, strict=True):
                    if not waiting.fate.done():
                        waiting.fate.set_result(fate)

    async def _fates_of(self, caller: Caller, events: Sequence[SingleEvent]) -> Sequence[Fate]:
        """A batch that fails in a way that nobody foresaw ends for its own events, and not the lanes of everybody."""
        try:
            return await self._post(caller, events)
        except Exception:  # noqa: BLE001 -- a loop's boundary, logged
            _log.exception("micro_batch_failed", events=len(events))
            return [Unanswered("The event could not be sent on.")] * len(events)

    def _take(self) -> tuple[Caller, list[_Waiting]]:
        """The next batch, of the caller whose turn it is; it may be empty when everybody has left meanwhile."""
        caller, queue = self._queues.popitem(last=False)
        room = self._rooms[caller.org_id]
        batch: list[_Waiting] = []
        size = 0
        while queue and len(batch) < _EVENTS_PER_BATCH and size < _BYTES_PER_BATCH:
            waiting = queue.popleft()
            self._room.change(-1, -waiting.size)
            room.change(-1, -waiting.size)
            if not waiting.fate.done():
                batch.append(waiting)
                size += waiting.size
        if queue:
            self._queues[caller] = queue  # behind all others
        if room.events == 0:
            del self._rooms[caller.org_id]
        if not self._queues:
            self._arrived.clear()
        return caller, batch
