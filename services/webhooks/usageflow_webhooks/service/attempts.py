"""The results of attempts: logged, and their dispatches moved, only by who holds the lease.

Most are successes of endpoints that fare well: those change nothing but their own rows, and are written many at a time. All others
go one by one, under the lock of their endpoint.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine

from usageflow_common.database import Transaction, transaction
from usageflow_common.ids import Prefix, public_id
from usageflow_common.operations import Change, record_change
from usageflow_webhooks.domain.circuit import Circuit, after_failure, after_success
from usageflow_webhooks.domain.dispatches import Attempt, Leased, Standing, stand
from usageflow_webhooks.domain.endpoints import DisabledReason, Endpoint
from usageflow_webhooks.domain.outcomes import (
    ErrorCode,
    GivenUp,
    Gone,
    Unanswered,
    Verdict,
    error_of,
    is_failing,
    judge,
    wish_of,
)
from usageflow_webhooks.service.switching import BY_ITSELF, switch_off
from usageflow_webhooks.store import deliveries, endpoints, queue


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


def is_plain(lease: Leased, attempt: Attempt) -> bool:
    """Whether an attempt may be written together with others: a success that says nothing new about its endpoint."""
    return lease.steady and error_of(attempt.answer) is None


async def record_plain(engine: AsyncEngine, made: Sequence[tuple[Leased, Attempt]]) -> set[UUID]:
    """Log many plain successes in one transaction; answers the leases that were still held."""
    async with transaction(engine) as tx:
        return await deliveries.settle_delivered(tx, made)


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
        standing = stand(verdict, endpoint, attempt.ended_at)
        if not await queue.settle(tx, lease.org_id, lease, standing):
            return False
        # 3. The log, and what it says about the endpoint.
        await deliveries.insert_delivery(tx, lease.org_id, lease, attempt)
        circuit = await _move_circuit(tx, endpoint, attempt, standing)
        reason = _reason_to_disable(verdict, circuit.failing_since, now)
        if reason is not None and endpoint.enabled:
            await _disable(tx, endpoint, reason, now, circuit=circuit, delivery_id=lease.lease_id)
    return True


async def _move_circuit(tx: Transaction, endpoint: Endpoint, attempt: Attempt, standing: Standing) -> Circuit:
    org_id, endpoint_id = endpoint.org_id, endpoint.endpoint_id
    before = await endpoints.lock_circuit(tx, org_id, endpoint_id)
    if error_of(attempt.answer) is None:
        circuit = after_success(before, endpoint.concurrency)
        # What waited for the circuit is due at once.
        due_at = attempt.ended_at if before.failures else None
    else:
        circuit = after_failure(before, attempt.ended_at, wish_of(attempt.answer, attempt.ended_at))
        due_at = standing.due_at
    await endpoints.write_circuit(tx, org_id, endpoint_id, circuit, due_at)
    return circuit


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
    circuit: Circuit,
    delivery_id: UUID,
) -> None:
    await switch_off(tx, endpoint, reason, now, failing_since=circuit.failing_since, last_delivery_id=delivery_id)
    change = Change(
        "webhook_endpoint.disabled",
        "webhook_endpoint",
        public_id(Prefix.ENDPOINT, endpoint.endpoint_id),
        before={"status": "enabled"},
        after={"status": "disabled", "disabledReason": reason},
    )
    await record_change(tx, endpoint.org_id, BY_ITSELF, change)
