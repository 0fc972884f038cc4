"""A thread that sends what other threads put, in order, until it is stopped.

All state is behind one lock; requests, callbacks and fsyncs happen outside of it.
"""

from __future__ import annotations

import logging
import random
import threading
import time
from collections.abc import Sequence
from typing import Any, assert_never

import httpx

from usageflow.answers import Later, Verdict
from usageflow.courier import Counters, Courier, Rest, Send
from usageflow.errors import Closed, QueueFull, Refused, Undelivered
from usageflow.options import Options
from usageflow.posting import Announcer, body_of, broken, path_of, verdict_of
from usageflow.waiting import Waiting

_log = logging.getLogger("usageflow")


class Sender:
    """Takes events from any thread. Its own thread begins with the first event, or at once when a spool holds some."""

    def __init__(self, waiting: Waiting, http_settings: dict[str, Any], announcer: Announcer, options: Options) -> None:
        self._waiting = waiting
        self._http = httpx.Client(**http_settings)
        self._announcer = announcer
        self._options = options
        self._courier = Courier(waiting, options)
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._closing = self._stopped = self._announcing = False
        if len(waiting):
            self._start()

    def put(self, payload: bytes) -> None:
        """Queue an event; with a spool, it is on the disk afterwards. Raises Closed, QueueFull, Refused or OSError."""
        deadline = time.monotonic() + self._options.block_seconds
        with self._changed:
            while True:
                if self._closing:
                    raise Closed("the client is closed")
                now = time.monotonic()
                position = self._courier.offer(payload, now)
                if position is not None:
                    break
                self._wait_for_room(deadline - now)
            self._start()
            if self._courier.is_worth_waking(now):
                self._changed.notify_all()
        # outside of the lock, so that threads which wait for the disk share one trip to it
        self._waiting.secure(position)

    def flush(self, timeout_seconds: float | None) -> None:
        """Return when all that was put is settled. Raises Undelivered, or Refused as soon as the server takes nothing."""
        deadline = None if timeout_seconds is None else time.monotonic() + timeout_seconds
        with self._changed:
            mark = self._courier.hurry()
            self._changed.notify_all()
            while self._announcing or not self._courier.is_settled(mark):
                if self._courier.refused is not None:
                    raise _copy(self._courier.refused)
                left = None if deadline is None else deadline - time.monotonic()
                if self._stopped or (left is not None and left <= 0):
                    raise Undelivered(len(self._waiting), self._courier.failure or "still sending")
                self._changed.wait(left)

    def close(self, timeout_seconds: float) -> None:
        """Take nothing more, flush, stop. Raises as `flush` when events are lost by it: those on a disk are not."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        failure: Undelivered | Refused | None = None
        try:
            self.flush(timeout_seconds)
        except (Undelivered, Refused) as error:
            failure = error
        self._stop()
        if failure is not None and not self._waiting.durable:
            raise failure

    def counters(self) -> Counters:
        """The books, as they are now."""
        with self._changed:
            return self._courier.counters()

    def _wait_for_room(self, seconds: float) -> None:
        """Wait for a change. Raises when waiting longer would not help."""
        if self._courier.refused is not None:
            raise _copy(self._courier.refused)
        if seconds <= 0:
            raise QueueFull(f"no room for another event ({self._courier.failure or 'sending is slower than tracking'})")
        self._courier.hurry()
        self._changed.notify_all()
        self._changed.wait(seconds)

    def _start(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="usageflow-sender", daemon=True)
            self._thread.start()

    def _stop(self) -> None:
        """The thread goes after the request that it is in; what comes back of that no longer matters."""
        with self._changed:
            if self._stopped:
                return
            self._stopped = True
            self._courier.abandon()
            self._waiting.close()
            self._changed.notify_all()
        if self._thread is None:
            self._http.close()

    def _run(self) -> None:
        try:
            while not self._stopped:
                try:
                    self._send_next()
                except Exception as error:  # noqa: BLE001 - the loop's boundary: a disk that fails once must not end it
                    _log.exception("sending was interrupted")
                    self._give_back(f"{type(error).__name__}: {error}")
        finally:
            self._http.close()

    def _send_next(self) -> None:
        """Wait for a batch, post it, settle it. Returns early when stopped."""
        payloads = self._next_batch()
        if payloads is None:
            return
        verdict = self._post(payloads)
        with self._changed:
            if self._stopped:
                return
            settled = self._courier.settle(verdict, time.monotonic(), random.random())  # noqa: S311 - jitter, no secret
            self._announcing = True
        self._announcer.announce(verdict, settled)
        # only now, so that whoever returns from a flush finds all callbacks done
        with self._changed:
            self._announcing = False
            self._changed.notify_all()

    def _next_batch(self) -> Sequence[bytes] | None:
        with self._changed:
            while not self._stopped:
                match self._courier.step(time.monotonic()):
                    case Send(payloads):
                        return payloads
                    case Rest(seconds):
                        self._changed.wait(seconds)
                    case step:
                        assert_never(step)
            return None

    def _post(self, payloads: Sequence[bytes]) -> Verdict:
        try:
            response = self._http.post(path_of(self._options), content=body_of(payloads))
        except httpx.RequestError as error:
            return broken(error)
        return verdict_of(response, len(payloads))

    def _give_back(self, reason: str) -> None:
        with self._changed:
            if not self._stopped:
                self._courier.settle(Later(reason), time.monotonic(), 1.0)
                self._changed.notify_all()


def _copy(refused: Refused) -> Refused:
    """An exception of one's own: several threads may raise it."""
    return Refused(refused.status, refused.code, refused.detail)
