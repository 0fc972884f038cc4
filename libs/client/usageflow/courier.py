"""The decisions of a sender, without a socket, thread or clock: what to send now, what an answer means, when to try again.

One batch is under way at a time, and it is always the oldest events: order is kept, and an event leaves the queue only when the
server has said what became of it. Conservation: tracked + recovered = queued + accepted + rejected + dropped.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias, assert_never

from usageflow.answers import Denied, Indigestible, Later, Rejection, Taken, Verdict
from usageflow.errors import Refused
from usageflow.events import key_of
from usageflow.options import Options
from usageflow.pacing import LONGEST_SECONDS, pause_seconds
from usageflow.waiting import Waiting


@dataclass(frozen=True, slots=True)
class Counters:
    """A sender's books at one moment, in events. `spooled` are those of the `queued` that outlive the process."""

    tracked: int
    recovered: int
    queued: int
    spooled: int
    accepted: int
    rejected: int
    retried: int
    dropped: int


@dataclass(frozen=True, slots=True)
class RejectedEvent:
    """An event that the server will never count. `index` is its place in the settled batch, `body` the JSON as sent."""

    index: int
    idempotency_key: str
    code: str
    detail: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Settled:
    """So many of the oldest events are settled, in the order they were tracked: accepted, but for the rejected ones."""

    count: int
    rejected: tuple[RejectedEvent, ...] = ()


@dataclass(frozen=True, slots=True)
class Send:
    """Send these now, as one batch, and bring the verdict to `settle`."""

    payloads: Sequence[bytes]


@dataclass(frozen=True, slots=True)
class Rest:
    """Nothing to do for so long; None: until something happens."""

    seconds: float | None


Step: TypeAlias = Send | Rest


class Courier:
    """One sender's state. Not thread-safe; instants are monotonic seconds."""

    def __init__(self, waiting: Waiting, options: Options) -> None:
        self._waiting = waiting
        self._options = options
        self._recovered = len(waiting)
        self._tracked = self._accepted = self._rejected = self._retried = self._dropped = 0
        self._under_way: Sequence[bytes] = ()
        self._batch_events = options.batch_events
        self._since = 0.0
        self._not_before = 0.0
        self._failures = 0
        self._hurry_to = 0
        self.refused: Refused | None = None
        """Why the server takes nothing from this sender, while that is so."""
        self.failure: str | None = None
        """What went wrong last, while it does."""

    def offer(self, payload: bytes, now: float) -> int | None:
        """Take an event; its position for `Waiting.secure`, or None when there is no room."""
        was_empty = not len(self._waiting)
        position = self._waiting.append(payload)
        if position is None:
            return None
        self._tracked += 1
        if was_empty:
            self._since = now
        return position

    def is_worth_waking(self, now: float) -> bool:
        """Whether the event just taken changes what the sender waits for."""
        if self._under_way or now < self._not_before:
            return False
        return len(self._waiting) == 1 or self._is_full()

    def step(self, now: float) -> Step:
        """What to do now."""
        if self._under_way or not len(self._waiting):
            return Rest(None)
        if now < self._not_before:
            return Rest(self._not_before - now)
        lingers_until = self._since + self._options.linger_seconds
        if now < lingers_until and not (self._is_full() or self._failures or self._settled < self._hurry_to):
            return Rest(lingers_until - now)
        self._under_way = self._waiting.head(self._batch_events, self._options.batch_bytes)
        self._since = now
        return Send(self._under_way)

    def settle(self, verdict: Verdict, now: float, jitter: float) -> Settled:
        """Take in what became of the batch under way; `jitter` in [0, 1) is the chance in the next pause."""
        sent, self._under_way = self._under_way, ()
        match verdict:
            case Taken(rejections):
                # a batch that was halved to find a bad event grows again
                self._batch_events = min(self._batch_events * 2, self._options.batch_events)
                return self._let_go(sent, rejections)
            case Indigestible(code, detail) if len(sent) == 1:
                return self._let_go(sent, (Rejection(0, code, detail),))
            case Indigestible():
                self._batch_events = (len(sent) + 1) // 2
                return Settled(0)
            case Later(reason, wait_seconds):
                self._fail(reason, len(sent))
                self._not_before = now + pause_seconds(self._failures, wait_seconds, jitter)
                return Settled(0)
            case Denied(refused):
                self._fail(str(refused), len(sent))
                self.refused = refused
                self._not_before = now + LONGEST_SECONDS * (1 + jitter) / 2
                return Settled(0)
            case _:
                assert_never(verdict)

    def hurry(self) -> int:
        """Send all that waits without lingering; the mark to give to `is_settled`."""
        self._hurry_to = self._tracked + self._recovered
        return self._hurry_to

    def is_settled(self, mark: int) -> bool:
        """Whether every event up to the mark is settled."""
        return self._settled >= mark

    def abandon(self) -> int:
        """The end: how many events are left. Those in memory are dropped, and counted as such; those on disk stay."""
        left = len(self._waiting)
        if not self._waiting.durable:
            self._waiting.remove(left)
            self._dropped += left
        return left

    def counters(self) -> Counters:
        """The books."""
        queued = len(self._waiting)
        return Counters(
            tracked=self._tracked,
            recovered=self._recovered,
            queued=queued,
            spooled=queued if self._waiting.durable else 0,
            accepted=self._accepted,
            rejected=self._rejected,
            retried=self._retried,
            dropped=self._dropped,
        )

    @property
    def _settled(self) -> int:
        return self._accepted + self._rejected + self._dropped

    def _is_full(self) -> bool:
        return len(self._waiting) >= self._batch_events or self._waiting.size >= self._options.batch_bytes

    def _let_go(self, sent: Sequence[bytes], rejections: Sequence[Rejection]) -> Settled:
        self._waiting.remove(len(sent))
        self._accepted += len(sent) - len(rejections)
        self._rejected += len(rejections)
        self._failures = 0
        self._not_before = 0.0
        self.refused = self.failure = None
        rejected = (
            RejectedEvent(entry.index, key_of(sent[entry.index]), entry.code, entry.detail, sent[entry.index])
            for entry in rejections
        )
        return Settled(len(sent), tuple(rejected))

    def _fail(self, reason: str, events: int) -> None:
        self._failures += 1
        self._retried += events
        self.failure = reason
