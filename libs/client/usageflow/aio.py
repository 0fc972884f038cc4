"""The client for asyncio: the same decisions, in a task of the running loop."""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Self, assert_never

import httpx

from usageflow.answers import Later, Verdict
from usageflow.courier import Counters, Courier, RejectedEvent, Rest, Send, Settled
from usageflow.errors import Closed, QueueFull, Refused, Undelivered, UsageFlowError
from usageflow.events import Amount, PropertyValue
from usageflow.options import Options, Spool
from usageflow.posting import Announcer, body_of, broken, http_settings, path_of, verdict_of
from usageflow.queues import open_queue
from usageflow.stamping import stamped

_log = logging.getLogger("usageflow")


class AsyncUsageFlow:
    """`usageflow.UsageFlow` for one event loop: `async with AsyncUsageFlow(url, api_key) as usage: await usage.track(…)`.

    Callbacks run in the loop and must not block it. Close it before the loop ends: nothing flushes afterwards.
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
        """Raises as UsageFlow does. Sending begins with `async with`, or with the first event."""
        self._options = options or Options()
        self._http = httpx.AsyncClient(**http_settings(url, api_key, self._options))
        self._announcer = Announcer(on_rejected, on_settled)
        self._spool_syncs = isinstance(spool, Spool) and spool.fsync
        self._waiting = open_queue(spool, self._options)
        self._courier = Courier(self._waiting, self._options)
        self._changed = asyncio.Condition()
        self._task: asyncio.Task[None] | None = None
        self._closed = False

    async def track(
        self,
        metric: str,
        customer_id: str,
        amount: Amount = 1,
        *,
        timestamp: datetime | None = None,
        properties: Mapping[str, PropertyValue] | None = None,
        idempotency_key: str | None = None,
    ) -> str:
        """Queue an event and return its idempotency key; waits only for room, and for the disk of a spool that syncs.

        Raises as UsageFlow.track.
        """
        key, payload = stamped(
            metric,
            customer_id,
            amount,
            timestamp=timestamp,
            properties=properties,
            idempotency_key=idempotency_key,
            stamp_time=self._options.stamp_time,
        )
        if self._closed:
            raise Closed("the client is closed")
        self._start()
        now = time.monotonic()
        position = self._courier.offer(payload, now)
        if position is None:
            position = await self._offer_when_there_is_room(payload)
        elif self._courier.is_worth_waking(now):
            await self._wake()
        if self._spool_syncs:
            await asyncio.to_thread(self._waiting.secure, position)
        return key

    async def flush(self, timeout_seconds: float | None = None) -> None:
        """Return when everything tracked so far is settled. Raises Undelivered or Refused, as UsageFlow.flush."""
        mark = self._courier.hurry()
        if not self._courier.is_settled(mark):
            self._start()
        await self._wake()
        try:
            async with asyncio.timeout(timeout_seconds), self._changed:
                await self._changed.wait_for(lambda: self._courier.is_settled(mark) or self._courier.refused)
        except TimeoutError:
            raise Undelivered(len(self._waiting), self._courier.failure or "still sending") from None
        if not self._courier.is_settled(mark):
            self._raise_refused()

    async def close(self, timeout_seconds: float = 10.0) -> None:
        """Flush, and stop. Raises as `flush` when events in memory are lost by it; those in a spool stay there."""
        if self._closed:
            return
        self._closed = True
        failure: Undelivered | Refused | None = None
        try:
            await self.flush(timeout_seconds)
        except (Undelivered, Refused) as error:
            failure = error
        finally:
            await self._stop()
        if failure is not None and not self._waiting.durable:
            raise failure

    @property
    def counters(self) -> Counters:
        """The books, as they are now."""
        return self._courier.counters()

    async def __aenter__(self) -> Self:
        """The client itself; what a spool holds begins to go."""
        if len(self._waiting):
            self._start()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, *_: object) -> None:
        """Close. A failure to deliver is only logged when another exception is on its way."""
        try:
            await self.close()
        except UsageFlowError as failure:
            if kind is None:
                raise
            _log.error("events were lost: %s", failure)

    async def _offer_when_there_is_room(self, payload: bytes) -> int:
        self._courier.hurry()
        await self._wake()
        try:
            async with asyncio.timeout(self._options.block_seconds), self._changed:
                while not self._closed:
                    self._raise_refused()
                    position = self._courier.offer(payload, time.monotonic())
                    if position is not None:
                        return position
                    await self._changed.wait()
        except TimeoutError:
            why = self._courier.failure or "sending is slower than tracking"
            raise QueueFull(f"no room for another event ({why})") from None
        raise Closed("the client is closed")

    def _raise_refused(self) -> None:
        if (refused := self._courier.refused) is not None:
            raise Refused(refused.status, refused.code, refused.detail)

    async def _wake(self) -> None:
        async with self._changed:
            self._changed.notify_all()

    def _start(self) -> None:
        if self._task is None:
            self._task = asyncio.create_task(self._run(), name="usageflow-sender")

    async def _stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])
        self._courier.abandon()
        self._waiting.close()
        await self._wake()
        await self._http.aclose()

    async def _run(self) -> None:
        while True:
            try:
                await self._send_next()
            except Exception as error:  # noqa: BLE001 - the loop's boundary: a disk that fails once must not end it
                _log.exception("sending was interrupted")
                self._courier.settle(Later(f"{type(error).__name__}: {error}"), time.monotonic(), 1.0)
                await self._wake()

    async def _send_next(self) -> None:
        """Wait for a batch, post it, settle it."""
        payloads = await self._next_batch()
        verdict = await self._post(payloads)
        settled = self._courier.settle(verdict, time.monotonic(), random.random())  # noqa: S311 - jitter, no secret
        self._announcer.announce(verdict, settled)
        await self._wake()

    async def _next_batch(self) -> Sequence[bytes]:
        async with self._changed:
            while True:
                match self._courier.step(time.monotonic()):
                    case Send(payloads):
                        return payloads
                    case Rest(seconds):
                        await self._rest(seconds)
                    case step:
                        assert_never(step)

    async def _rest(self, seconds: float | None) -> None:
        """Wait for a change, so long at most. The condition is held on return."""
        try:
            async with asyncio.timeout(seconds):
                await self._changed.wait()
        except TimeoutError:
            return

    async def _post(self, payloads: Sequence[bytes]) -> Verdict:
        try:
            response = await self._http.post(path_of(self._options), content=body_of(payloads))
        except httpx.RequestError as error:
            return broken(error)
        return verdict_of(response, len(payloads))
