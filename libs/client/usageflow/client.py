"""The client for threads: `track` queues an event and returns; a thread of the client's own sends what is queued."""

from __future__ import annotations

import logging
import os
import weakref
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Self

from usageflow.courier import Counters, RejectedEvent, Settled
from usageflow.errors import SpoolInUse, UsageFlowError
from usageflow.events import Amount, PropertyValue
from usageflow.options import Options, Spool
from usageflow.posting import Announcer, http_settings
from usageflow.queues import open_queue
from usageflow.sender import Sender
from usageflow.stamping import stamped
from usageflow.waiting import InMemory

_log = logging.getLogger("usageflow")


class UsageFlow:
    """Sends usage events in the background. Any number of threads may share one.

    `on_rejected` is called for each event that the server will never count (without it they are logged), `on_settled` for each
    batch: on the sender's thread, before a flush that waits for them returns, so they must neither flush nor close.
    A forked child has a client of its own with an empty queue, unless there is a spool: that stays the parent's. What is not
    closed is closed when the interpreter ends.
    """

    def __init__(
        self,
        url: str,
        api_key: str,
        *,
        spool: Path | Spool | None = None,
        on_rejected: Callable[[RejectedEvent], None] | None = None,
        on_settled: Callable[[Settled], None] | None = None,
        options: Options | None = None,
    ) -> None:
        """Raises ValueError for an address that is none, SpoolInUse or SpoolDamaged for a spool that cannot be used."""
        self._options = options or Options()
        self._http_settings = http_settings(url, api_key, self._options)
        self._announcer = Announcer(on_rejected, on_settled)
        self._waiting = open_queue(spool, self._options)
        self._unusable: SpoolInUse | None = None
        self._begin()
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=_begin_in_child(weakref.ref(self)))

    def track(
        self,
        metric: str,
        customer_id: str,
        amount: Amount = 1,
        *,
        timestamp: datetime | None = None,
        properties: Mapping[str, PropertyValue] | None = None,
        idempotency_key: str | None = None,
    ) -> str:
        """Queue an event and return its idempotency key. With a spool, the event is on the disk by then.

        Raises InvalidEvent or TypeError for what can never be counted, QueueFull when there is no room in time, Refused when
        there is none because the server takes nothing, Closed, SpoolInUse in a forked child, and OSError when the spool's disk
        refuses. After any of them but the last the event is not queued; the same key makes it safe to try again.
        """
        if self._unusable is not None:
            raise SpoolInUse(self._unusable.folder)
        key, payload = stamped(
            metric,
            customer_id,
            amount,
            timestamp=timestamp,
            properties=properties,
            idempotency_key=idempotency_key,
            stamp_time=self._options.stamp_time,
        )
        self._sender.put(payload)
        return key

    def flush(self, timeout_seconds: float | None = None) -> None:
        """Return when everything tracked so far is settled.

        Raises Undelivered when time runs out, and Refused as soon as the server takes nothing from this sender.
        """
        self._sender.flush(timeout_seconds)

    def close(self, timeout_seconds: float = 10.0) -> None:
        """Flush, and stop. Raises as `flush` when events in memory are lost by it; those in a spool stay there."""
        self._forgotten.detach()
        self._sender.close(timeout_seconds)

    @property
    def counters(self) -> Counters:
        """The books, as they are now."""
        return self._sender.counters()

    def __enter__(self) -> Self:
        """The client itself."""
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        """Close. A failure to deliver is only logged when another exception is on its way."""
        try:
            self.close()
        except UsageFlowError as failure:
            if kind is None:
                raise
            _log.error("events were lost: %s", failure)

    def _begin(self) -> None:
        self._sender = Sender(self._waiting, self._http_settings, self._announcer, self._options)
        self._forgotten = weakref.finalize(self, _close_forgotten, self._sender, self._options.exit_seconds)

    def _begin_after_fork(self) -> None:
        """The parent sends what it had queued; its sockets, lock and thread are of no use here. What was closed stays closed."""
        if self._forgotten.detach() is None:
            return
        if not isinstance(self._waiting, InMemory):
            self._unusable = SpoolInUse(self._waiting.folder)
            self._waiting.abandon_after_fork()
        self._waiting = InMemory(self._options)
        self._begin()


def _begin_in_child(client: weakref.ref[UsageFlow]) -> Callable[[], None]:
    """Held by the interpreter for ever; the client is not."""

    def begin() -> None:
        if (found := client()) is not None:
            found._begin_after_fork()  # noqa: SLF001 - part of the class, apart from it for the weak reference

    return begin


def _close_forgotten(sender: Sender, seconds: float) -> None:
    """The interpreter ends, or nobody holds the client any longer."""
    try:
        sender.close(seconds)
    except UsageFlowError as failure:
        _log.error("events were lost at exit: %s", failure)
