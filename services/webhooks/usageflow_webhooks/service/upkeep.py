"""Small duties: whether the database answers, forgetting what is past its time, sealing anew after a change of keys, a sweep for what
nobody announced."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

from cryptography.exceptions import InvalidTag
from prometheus_client import Gauge
from sqlalchemy.ext.asyncio import AsyncEngine

from usageflow_common import operations
from usageflow_common.clock import Clock
from usageflow_common.database import is_unavailable, transaction
from usageflow_common.logs import get_logger
from usageflow_webhooks.store import endpoints, queue, retention, turns
from usageflow_webhooks.vault import Vault

PURGE_SECONDS: Final = 600
SWEEP_SECONDS: Final = 60
MEASURE_SECONDS: Final = 15
_ROWS_MAX: Final = 1000

OLDEST_DUE_SECONDS: Final = Gauge(
    "usageflow_webhook_oldest_due_seconds", "How long the oldest due webhook waits for its turn"
)

_log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Retention:
    """`log`: how long facts, finished dispatches and their attempts are kept; `parked`: how long a disabled endpoint collects."""

    log: timedelta = timedelta(days=90)
    parked: timedelta = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Upkeep:
    """The duties of a worker. Each may be done by several at once."""

    engine: AsyncEngine
    clock: Clock
    vault: Vault
    retention: Retention

    async def purge(self) -> int:
        """Forget stored answers and what is past its time; how many rows that were."""
        now = self.clock.wall()
        async with transaction(self.engine) as tx:
            purged = await operations.purge_operations(tx)
        async with transaction(self.engine) as tx:
            purged += await queue.discard_parked(tx, now - self.retention.parked, now, _ROWS_MAX)
        async with transaction(self.engine) as tx:
            return purged + await retention.forget_log(tx, now - self.retention.log, _ROWS_MAX)

    async def sweep(self) -> None:
        """Find waiting dispatches that were not announced."""
        async with transaction(self.engine) as tx:
            await turns.sweep(tx, self.clock.wall())

    async def measure(self) -> None:
        """Set the gauge."""
        now = self.clock.wall()
        async with transaction(self.engine, read_only=True) as tx:
            due_at = await turns.earliest_due(tx)
        OLDEST_DUE_SECONDS.set(0 if due_at is None else max(0.0, (now - due_at).total_seconds()))

    async def seal_anew(self) -> int:
        """Bring secrets and headers that are sealed under an older key under the present one; how many those were.

        What does not open, because somebody tampered with it, stays as it is: it stops neither its neighbours nor this process.
        """
        older, sealed = self.vault.older_key_ids, 0
        async with transaction(self.engine) as tx:
            for org_id, secret in await endpoints.lock_secrets_under(tx, older, _ROWS_MAX):
                with _told("secret", secret.secret_id):
                    await endpoints.reseal_secret(tx, org_id, self.vault.seal_anew(org_id, secret))
                    sealed += 1
            for old in await endpoints.lock_headers_under(tx, older, _ROWS_MAX):
                if old.headers_key_id is None or old.headers_sealed is None:
                    continue
                with _told("headers", old.endpoint_id):
                    opened = self.vault.open_headers(
                        old.org_id, old.endpoint_id, old.headers_key_id, old.headers_sealed
                    )
                    anew = self.vault.seal_headers(old.org_id, old.endpoint_id, opened)
                    await endpoints.reseal_headers(tx, old.org_id, old.endpoint_id, *anew)
                    sealed += 1
        return sealed

    async def keep_purging(self) -> None:
        """The task, every ten minutes, until cancelled."""
        await _keep(self.purge, PURGE_SECONDS)

    async def keep_sweeping(self) -> None:
        """The task, every minute, until cancelled."""
        await _keep(self.sweep, SWEEP_SECONDS)

    async def keep_measuring(self) -> None:
        """The task, every fifteen seconds, until cancelled."""
        await _keep(self.measure, MEASURE_SECONDS)

    async def keep_sealing_anew(self) -> None:
        """The task, every ten minutes, until cancelled."""
        await _keep(self.seal_anew, PURGE_SECONDS)


@contextmanager
def _told(kind: str, row_id: UUID) -> Iterator[None]:
    try:
        yield
    except InvalidTag:
        _log.error("sealed_row_does_not_open", kind=kind, id=str(row_id))


async def is_reachable(engine: AsyncEngine) -> bool:
    """Whether a transaction can be had. Raises what says why not."""
    async with transaction(engine, read_only=True):
        return True


async def _keep(duty: Callable[[], Awaitable[int | None]], seconds: float) -> None:
    """Again at once while it says that there was something to do. PostgreSQL may be away."""
    while True:
        try:
            done = await duty()
        except Exception as error:
            if not is_unavailable(error):
                raise
            _log.warning("upkeep_put_off", error=type(error).__name__)
            done = None
        if not done:
            await asyncio.sleep(seconds)
