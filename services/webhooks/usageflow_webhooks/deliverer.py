"""The worker that delivers: it takes what is due, sends many attempts side by side, and writes down what became of each.

Two bounds keep receivers apart: so many attempts in all, so many for one endpoint (fewer for one that fails). A receiver that
hangs fills its own places and nobody else's.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Final

from prometheus_client import Counter, Gauge
from sqlalchemy.ext.asyncio import AsyncEngine

from usageflow_common.clock import Clock
from usageflow_common.ids import Prefix, public_id
from usageflow_common.logs import get_logger
from usageflow_webhooks.client import DeliveryClient
from usageflow_webhooks.domain.dispatches import Attempt, Leased
from usageflow_webhooks.domain.outcomes import error_of
from usageflow_webhooks.domain.schedule import JITTER_PERMILLE
from usageflow_webhooks.domain.signing import signature_header
from usageflow_webhooks.service.attempts import Work, interrupted, lease_work, overdue_leases, record_attempt
from usageflow_webhooks.vault import Vault

PLACES: Final = 128
ENDPOINT_PLACES: Final = 8
POLL_SECONDS: Final = 0.5
_GATHER_SECONDS: Final = 0.01
_DRAIN_SECONDS: Final = 4.0
_RECORD_RETRY_SECONDS: Final = 0.5
_SIGNATURE: Final = "webhook-signature"

ATTEMPTS: Final = Counter("usageflow_webhook_attempts_total", "Attempts by what became of them", ["result"])
UNDER_WAY: Final = Gauge("usageflow_webhook_attempts_under_way", "Attempts that are being made")

_log = get_logger(__name__)


class Deliverer:
    """`wake` is set by hints; without any, the table is looked at every POLL_SECONDS."""

    def __init__(
        self,
        engine: AsyncEngine,
        client: DeliveryClient,
        vault: Vault,
        clock: Clock,
        wake: asyncio.Event,
        *,
        places: int = PLACES,
        endpoint_places: int = ENDPOINT_PLACES,
    ) -> None:
        self._engine = engine
        self._client = client
        self._vault = vault
        self._clock = clock
        self._wake = wake
        self._places = places
        self._endpoint_places = endpoint_places
        self._running: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Until cancelled; then attempts under way get a moment to end. What does not is found by its lease."""
        try:
            async with asyncio.TaskGroup() as loops:
                loops.create_task(self._keep_taking())
                loops.create_task(self._keep_looking())
        finally:
            await self._drain()

    async def _keep_taking(self) -> None:
        """Nothing in here waits for a lock: an endpoint that somebody holds delays no other."""
        while True:
            self._wake.clear()
            await self._survive(self._take)
            await self._pause()

    async def _keep_looking(self) -> None:
        """For attempts whose worker died. Each is written down by itself: one that cannot be is passed over."""
        while True:
            await self._survive(self._log_interrupted)
            await asyncio.sleep(POLL_SECONDS)

    async def _take(self) -> None:
        free = self._places - len(self._running)
        if free <= 0:
            return
        work = await lease_work(self._engine, self._clock, limit=free, endpoint_places=self._endpoint_places)
        for one in work:
            task = asyncio.create_task(self._attempt(one))
            self._running.add(task)
            task.add_done_callback(self._ended)
        UNDER_WAY.set(len(self._running))

    async def _log_interrupted(self) -> None:
        for lease in await overdue_leases(self._engine, self._clock.wall()):
            await self._survive(partial(self._record, lease, interrupted(lease)))

    async def _attempt(self, work: Work) -> None:
        """Sign, send, write down. Whatever goes wrong inside leaves the lease, which ends by itself."""
        try:
            headers = self._headers(work)
            exchange = await self._client.send(work.lease.url, headers, work.body)
            del headers[_SIGNATURE]  # the log is no place for it
            attempt = Attempt(
                exchange.answer, self._clock.wall(), exchange.duration_ms, exchange.remote_address, headers
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
        jitter = secrets.randbelow(2 * JITTER_PERMILLE + 1) - JITTER_PERMILLE
        if await record_attempt(self._engine, lease, attempt, self._clock.wall(), jitter):
            ATTEMPTS.labels(error_of(attempt.answer) or "succeeded").inc()
        else:
            _log.warning("lease_lost", dispatch=public_id(Prefix.DISPATCH, lease.dispatch_id), attempt=lease.attempt)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        UNDER_WAY.set(len(self._running))
        self._wake.set()  # a place is free

    async def _pause(self) -> None:
        try:
            async with asyncio.timeout(POLL_SECONDS):
                await self._wake.wait()
                await asyncio.sleep(_GATHER_SECONDS)  # attempts that end together are replaced by one look at the table
        except TimeoutError:
            return

    async def _survive(self, work: Callable[[], Awaitable[None]]) -> None:
        try:
            await work()
        except Exception:  # noqa: BLE001 -- the boundary of a loop: PostgreSQL may be away for a while
            _log.exception("delivery_pass_failed")
            await asyncio.sleep(POLL_SECONDS)

    async def _drain(self) -> None:
        if self._running:
            await asyncio.wait(self._running, timeout=_DRAIN_SECONDS)
        for task in list(self._running):
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)
