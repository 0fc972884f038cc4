"""The life of an attempt: leased and committed, sent outside any transaction, and its result written only by who holds the lease."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine

from usageflow_common.clock import Clock
from usageflow_common.database import Transaction, transaction
from usageflow_common.ids import Prefix, public_id
from usageflow_common.operations import Change, record_change
from usageflow_common.records import ActorRecord
from usageflow_webhooks.domain.dispatches import Attempt, Leased, stand
from usageflow_webhooks.domain.endpoints import DisabledReason, Endpoint, SealedSecret
from usageflow_webhooks.domain.outcomes import (
    ErrorCode,
    GivenUp,
    Gone,
    Unanswered,
    Verdict,
    error_of,
    is_failing,
    judge,
)
from usageflow_webhooks.service.switching import switch_off
from usageflow_webhooks.store import deliveries, endpoints, queue

LEASE: Final = timedelta(seconds=20)
"""Longer than an attempt and the writing of its result may take; how long a dead worker's attempt waits for another."""

_ACTOR: Final = ActorRecord(type="service", id="webhooks")


@dataclass(frozen=True, slots=True)
class Work:
    """An attempt to be made now, with the secrets that sign it."""

    lease: Leased
    body: bytes
    secrets: tuple[SealedSecret, ...]


async def lease_work(engine: AsyncEngine, clock: Clock, *, limit: int, endpoint_places: int) -> list[Work]:
    """Take what is due. The leases are committed: should this process die, others find them when they end."""
    async with transaction(engine) as tx:
        now = clock.wall()  # now that there is a connection: the wait for one must not be taken off the leases
        due = await queue.lease_due(tx, now, now + LEASE, limit=limit, endpoint_places=endpoint_places)
        pairs = sorted({(one.lease.org_id, one.lease.endpoint_id) for one in due})
        secrets = await endpoints.live_secrets(tx, pairs, now) if pairs else {}
    return [Work(one.lease, one.body, secrets.get(one.lease.endpoint_id, ())) for one in due]


async def overdue_leases(engine: AsyncEngine, now: datetime, limit: int = 100) -> Sequence[Leased]:
    """Attempts that a worker began and of which nothing was heard until their lease was over."""
    async with transaction(engine, read_only=True) as tx:
        return await queue.overdue_leases(tx, now, limit)


def interrupted(lease: Leased) -> Attempt:
    """What is logged for an attempt whose worker died: nobody knows whether the receiver had it, so it is made again."""
    duration = lease.lease_until - lease.leased_at
    return Attempt(
        answer=Unanswered(ErrorCode.INTERRUPTED),
        ended_at=lease.lease_until,
        duration_ms=duration // timedelta(milliseconds=1),
        remote_address=None,
        request_headers={},
    )


async def record_attempt(
    engine: AsyncEngine, lease: Leased, attempt: Attempt, now: datetime, jitter_permille: int
) -> bool:
    """Log the attempt and move its dispatch, in one transaction, if the lease is still ours; else False and nothing happens."""
    verdict = judge(attempt.answer, lease.schedule_attempts, attempt.ended_at, jitter_permille)
    async with transaction(engine) as tx:
        # 1. Locks: the organization only where the endpoint may be switched off, which makes an event; then the endpoint.
        if isinstance(verdict, Gone | GivenUp):
            await endpoints.lock_organization(tx, lease.org_id)
        endpoint = await endpoints.lock_endpoint(tx, lease.org_id, lease.endpoint_id)
        if endpoint is None:
            raise RuntimeError("a dispatch without its endpoint")
        # 2. The fence: who has lost the lease changes nothing, and its attempt was logged as interrupted.
        if not await queue.settle(tx, lease.org_id, lease, stand(verdict, endpoint, attempt.ended_at)):
            return False
        # 3. The log, and what it says about the endpoint.
        await deliveries.insert_delivery(tx, lease.org_id, lease, attempt)
        failing_since = await endpoints.note_outcome(
            tx,
            lease.org_id,
            lease.endpoint_id,
            succeeded=error_of(attempt.answer) is None,
            at=attempt.ended_at,
        )
        reason = _reason_to_disable(verdict, failing_since, now)
        if reason is not None and endpoint.enabled:
            await _disable(tx, endpoint, reason, now, failing_since=failing_since, delivery_id=lease.lease_id)
    return True


def _reason_to_disable(verdict: Verdict, failing_since: datetime | None, now: datetime) -> DisabledReason | None:
    match verdict:
        case Gone():
            return "gone"
        case GivenUp() if is_failing(failing_since, now):
            return "failing"
        case _:
            return None


async def _disable(
    tx: Transaction,
    endpoint: Endpoint,
    reason: DisabledReason,
    now: datetime,
    *,
    failing_since: datetime | None,
    delivery_id: UUID,
) -> None:
    await switch_off(tx, endpoint, reason, now, failing_since=failing_since, last_delivery_id=delivery_id)
    change = Change(
        "webhook_endpoint.disabled",
        "webhook_endpoint",
        public_id(Prefix.ENDPOINT, endpoint.endpoint_id),
        before={"status": "enabled"},
        after={"status": "disabled", "disabledReason": reason},
    )
    await record_change(tx, endpoint.org_id, _ACTOR, change)
