"""The worker that delivers: it takes turns of endpoints, sends many attempts side by side, and writes down what became of each.

Receivers are kept apart by what each may have under way: its own places, one while it fails, and all that fail together half of a
worker's. So one that hangs loses its own turns and nobody else's.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from typing import Final

from prometheus_client import Counter, Gauge
from sqlalchemy.ext.asyncio import AsyncEngine

from usageflow_common.clock import Clock
from usageflow_common.ids import Prefix, public_id
from usageflow_common.logs import get_logger
from usageflow_webhooks.client import DeliveryClient
from usageflow_webhooks.domain.dispatches import Attempt, Leased
from usageflow_webhooks.domain.headers import MASK
from usageflow_webhooks.domain.outcomes import error_of
from usageflow_webhooks.domain.signing import signature_header
from usageflow_webhooks.recorder import Recorder
from usageflow_webhooks.service.attempts import interrupted
from usageflow_webhooks.service.turns import Work, overdue_leases, take_turns
from usageflow_webhooks.store.turns import Key
from usageflow_webhooks.vault import Vault

PLACES: Final = 1024
"""Attempts under way in a worker. One that waits for a receiver costs some 50 kB and no work."""

TAKEN_MAX: Final = 128
POLL_SECONDS: Final = 0.5
_OVERDUE_SECONDS: Final = 2.0
_SPACING_SECONDS: Final = 0.003
_DRAIN_SECONDS: Final = 4.0
_RECORD_RETRY_SECONDS: Final = 0.5
_SIGNATURE: Final = "webhook-signature"

ATTEMPTS: Final = Counter("usageflow_webhook_attempts_total", "Attempts by what became of them", ["result"])
UNDER_WAY: Final = Gauge("usageflow_webhook_attempts_under_way", "Attempts that are being made")

_log = get_logger(__name__)


class Deliverer:
    """`wake` is set by whoever makes something due; without that, and for other workers' work, a look every POLL_SECONDS."""

    def __init__(
        self,
        engine: AsyncEngine,
        client: DeliveryClient,
        vault: Vault,
        clock: Clock,
        wake: asyncio.Event,
        *,
        places: int = PLACES,
    ) -> None:
        self._engine = engine
        self._client = client
        self._vault = vault
        self._clock = clock
        self._wake = wake
        self._places = places
        self._recorder = Recorder(engine, clock)
        self._running: set[asyncio.Task[None]] = set()
        self._reserved = 0
        self.opened = asyncio.Event()
        """Set while attempts can be begun."""
        self._fewer = asyncio.Event()
        self._failing = 0
        self._hungry: set[Key] = set()
        self._ended_since_look: set[Key] = set()
        self._offered: set[Key] = set()
        self._look_in_seconds = 0.0

    async def run(self) -> None:
        """Until cancelled; then attempts under way get a moment to end. What does not is found by its lease."""
        async with self._client:
            try:
                self.opened.set()
                async with asyncio.TaskGroup() as loops:
                    loops.create_task(self._keep_taking())
                    loops.create_task(self._keep_looking())
            finally:
                self.opened.clear()
                await self._drain()

    @contextmanager
    def reserved(self) -> Iterator[int]:
        """Places for attempts that are leased elsewhere and begun at the end of the block: at most half of those that are free."""
        places = min(self._free() // 2, TAKEN_MAX) if self.opened.is_set() else 0
        self._reserved += places
        try:
            yield places
        finally:
            self._reserved -= places
            self._fewer.set()

    def begin(self, work: Sequence[Work]) -> None:
        """Make attempts whose leases are committed."""
        for each in work:
            self._begin(each)

    def look(self) -> None:
        """Something is due, now."""
        self._wake.set()

    def _free(self) -> int:
        return self._places - len(self._running) - self._reserved

    async def _keep_taking(self) -> None:
        """Nothing in here waits for a lock: an endpoint that somebody holds delays no other."""
        loop = asyncio.get_running_loop()
        while True:
            self._wake.clear()
            begun = loop.time()
            await self._survive(self._take)
            await self._pause(begun + _SPACING_SECONDS)

    async def _keep_looking(self) -> None:
        """For attempts whose worker died. Each is written down by itself: one that cannot be is passed over."""
        while True:
            await self._survive(self._log_interrupted)
            await asyncio.sleep(_OVERDUE_SECONDS)

    async def _take(self) -> None:
        free = min(self._free(), TAKEN_MAX)
        self._look_in_seconds = POLL_SECONDS
        if free <= 0:
            return
        offered, self._offered = list(self._offered), set()
        self._ended_since_look.clear()
        failing_too = self._failing < self._places // 2
        try:
            taken = await take_turns(self._engine, self._clock, free, offered, failing_too=failing_too)
        except Exception:
            self._offered.update(offered)
            raise
        self._hungry.update(taken.hungry)
        self._hungry.update(taken.passed_over)
        self._offer(self._ended_since_look | set(taken.passed_over))
        if taken.next_look_at is not None:
            self._look_in_seconds = min(POLL_SECONDS, (taken.next_look_at - self._clock.wall()).total_seconds())
        self.begin(taken.work)

    def _begin(self, work: Work) -> None:
        self._failing += work.lease.failing
        task = asyncio.create_task(self._attempt(work))
        self._running.add(task)
        task.add_done_callback(partial(self._ended, work.lease))
        UNDER_WAY.set(len(self._running))

    def _ended(self, lease: Leased, task: asyncio.Task[None]) -> None:
        self._failing -= lease.failing
        self._running.discard(task)
        self._fewer.set()
        UNDER_WAY.set(len(self._running))
        key = (lease.org_id, lease.endpoint_id)
        self._ended_since_look.add(key)
        self._offer({key})

    def _offer(self, keys: set[Key]) -> None:
        """Look again at those of them that had more than they could begin."""
        hungry = self._hungry & keys
        if hungry:
            self._hungry -= hungry
            self._offered |= hungry
            self._wake.set()

    async def _log_interrupted(self) -> None:
        for lease in await overdue_leases(self._engine, self._clock.wall()):
            await self._survive(partial(self._record, lease, interrupted(lease)))

    async def _attempt(self, work: Work) -> None:
        """Sign, send, write down. Whatever goes wrong inside leaves the lease, which ends by itself."""
        try:
            headers = self._headers(work)
            exchange = await self._client.send(work.lease.url, {**self._custom_headers(work), **headers}, work.body)
            del headers[_SIGNATURE]  # the log is no place for it, nor for what people put into headers of their own
            attempt = Attempt(
                answer=exchange.answer,
                ended_at=self._clock.wall(),
                duration_ms=exchange.duration_ms,
                remote_address=exchange.remote_address,
                request_headers={**dict.fromkeys(work.turn.header_names, MASK), **headers},
                timings=exchange.timings,
            )
            await self._record_until_done(work.lease, attempt)
        except Exception:  # noqa: BLE001 -- the boundary of an attempt: others go on, and its lease ends by itself
            ATTEMPTS.labels("abandoned").inc()
            _log.exception("attempt_abandoned", dispatch=public_id(Prefix.DISPATCH, work.lease.dispatch_id))

    def _headers(self, work: Work) -> dict[str, str]:
        now = self._clock.wall()
        webhook_id, timestamp = public_id(Prefix.WEBHOOK_EVENT, work.lease.event_id), int(now.timestamp())
        keys = self._vault.open_live(work.lease.org_id, work.secrets, now)
        if not keys:
            raise RuntimeError("an endpoint without a signing secret")
        return {
            "webhook-id": webhook_id,
            "webhook-timestamp": str(timestamp),
            _SIGNATURE: signature_header(keys, webhook_id, timestamp, work.body),
            "content-type": "application/json",
            "user-agent": "UsageFlow-Webhooks/1",
        }

    def _custom_headers(self, work: Work) -> dict[str, str]:
        turn = work.turn
        if turn.headers_key_id is None or turn.headers_sealed is None:
            return {}
        return self._vault.open_headers(turn.org_id, turn.endpoint_id, turn.headers_key_id, turn.headers_sealed)

    async def _record_until_done(self, lease: Leased, attempt: Attempt) -> None:
        """PostgreSQL may be away for a moment: try as long as the lease is ours, so that a delivery is not repeated for nothing."""
        while True:
            try:
                await self._record(lease, attempt)
            except Exception:
                if self._clock.wall() >= lease.lease_until:
                    raise
                _log.warning("attempt_not_recorded_yet", exc_info=True)
                await asyncio.sleep(_RECORD_RETRY_SECONDS)
            else:
                return

    async def _record(self, lease: Leased, attempt: Attempt) -> None:
        if await self._recorder.record(lease, attempt):
            ATTEMPTS.labels(error_of(attempt.answer) or "succeeded").inc()
        else:
            _log.warning("lease_lost", dispatch=public_id(Prefix.DISPATCH, lease.dispatch_id), attempt=lease.attempt)

    async def _pause(self, not_before: float) -> None:
        """Until somebody wakes us or the next endpoint is due; looks follow each other at a distance, so that each finds more."""
        try:
            async with asyncio.timeout(max(0.0, self._look_in_seconds)):
                await self._wake.wait()
        except TimeoutError:
            pass
        await asyncio.sleep(not_before - asyncio.get_running_loop().time())

    async def _survive(self, work: Callable[[], Awaitable[None]]) -> None:
        try:
            await work()
        except Exception:  # noqa: BLE001 -- the boundary of a loop: PostgreSQL may be away for a while
            _log.exception("delivery_pass_failed")
            await asyncio.sleep(POLL_SECONDS)

    async def _drain(self) -> None:
        """What has begun, or is about to, may end."""
        with suppress(TimeoutError):
            async with asyncio.timeout(_DRAIN_SECONDS):
                while self._running or self._reserved:
                    self._fewer.clear()
                    await self._fewer.wait()
        for task in list(self._running):
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)
