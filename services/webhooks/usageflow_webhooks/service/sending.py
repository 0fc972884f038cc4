"""Sending on request: a ping to an endpoint, and a dispatch once more."""

from __future__ import annotations

import asyncio
from typing import Final
from uuid import UUID

from usageflow_common import operations
from usageflow_common.database import Transaction, reading, transaction
from usageflow_common.errors import NotFound, StateConflict
from usageflow_common.ids import Prefix, new_id, parse_public_id, public_id
from usageflow_common.operations import Answer, Change
from usageflow_common.tokens import Caller
from usageflow_webhooks.domain.circuit import Circuit
from usageflow_webhooks.domain.dispatches import OPEN, Dispatch
from usageflow_webhooks.domain.endpoints import Endpoint
from usageflow_webhooks.domain.event_types import PING
from usageflow_webhooks.domain.events import Fact
from usageflow_webhooks.schemas import Ping, dispatch_body, payload
from usageflow_webhooks.service.context import Webhooks
from usageflow_webhooks.service.endpoints import locked
from usageflow_webhooks.service.facts import announce, record_for
from usageflow_webhooks.store import deliveries, endpoints, queue

WAIT_SECONDS: Final = 10.0
_POLL_SECONDS: Final = 0.1
_PLACE: Final = "/api/webhooks/dispatches/"


async def ping(parts: Webhooks, caller: Caller, endpoint_id: UUID) -> Answer:
    """Send a ping and wait a while for its first attempt: 200 when it is over, 202 while it is still tried."""
    answer = await _start_ping(parts, caller, endpoint_id)
    dispatch_id = parse_public_id(Prefix.DISPATCH, (answer.location or "").removeprefix(_PLACE))
    if dispatch_id is None:
        raise RuntimeError("a ping without its dispatch")
    return await _wait_for_attempt(parts, caller.org_id, dispatch_id, answer)


async def replay(parts: Webhooks, caller: Caller, dispatch_id: UUID) -> Answer:
    """Try a dispatch again now, on a new schedule: the same id and the same bytes. Its endpoint must be enabled."""
    now = parts.clock.wall()
    async with transaction(parts.engine) as tx:
        stored = await operations.claim(tx, caller)
        if stored is not None:
            return stored
        dispatch = await queue.get_dispatch(tx, caller.org_id, dispatch_id)
        if dispatch is None:
            raise NotFound
        endpoint = await endpoints.lock_endpoint(tx, caller.org_id, dispatch.endpoint_id)
        if endpoint is None or endpoint.deleted_at is not None:
            raise StateConflict("The endpoint is deleted.", "deleted")
        refuse_disabled(endpoint)
        # None: an attempt is under way at this moment, which is what was asked for.
        again = await queue.replay(tx, caller.org_id, dispatch_id, now)
        if again is not None:
            await retry_now(tx, caller.org_id, endpoint.endpoint_id)
            await announce(tx, [again], now)
        answer = Answer(202, dispatch_body(again or dispatch), location=_location(dispatch_id))
        change = Change("webhook_dispatch.replayed", "webhook_dispatch", public_id(Prefix.DISPATCH, dispatch_id))
        return await operations.finish(tx, caller, answer, change)


async def retry_now(tx: Transaction, org_id: UUID, endpoint_id: UUID) -> None:
    """Somebody is looking: an endpoint that fares badly is not left alone until its next probe. Since when it fails is kept."""
    circuit = await endpoints.lock_circuit(tx, org_id, endpoint_id)
    if circuit.failures:
        await endpoints.write_circuit(tx, org_id, endpoint_id, Circuit(failing_since=circuit.failing_since))


async def _start_ping(parts: Webhooks, caller: Caller, endpoint_id: UUID) -> Answer:
    now = parts.clock.wall()
    async with transaction(parts.engine) as tx:
        stored = await operations.claim(tx, caller)
        if stored is not None:
            return stored
        await endpoints.lock_organization(tx, caller.org_id)
        endpoint = await locked(tx, caller.org_id, endpoint_id)
        refuse_disabled(endpoint)
        name = public_id(Prefix.ENDPOINT, endpoint_id)
        fact = Fact(caller.org_id, new_id(), PING, now, None, payload(Ping(endpoint_id=endpoint_id)))
        await retry_now(tx, caller.org_id, endpoint_id)
        dispatch = await record_for(tx, fact, endpoint, now)
        answer = Answer(202, dispatch_body(dispatch, []), location=_location(dispatch.dispatch_id))
        return await operations.finish(tx, caller, answer, Change("webhook_endpoint.pinged", "webhook_endpoint", name))


async def _wait_for_attempt(parts: Webhooks, org_id: UUID, dispatch_id: UUID, answer: Answer) -> Answer:
    loop = asyncio.get_running_loop()
    deadline = loop.time() + WAIT_SECONDS
    while True:
        async with reading(parts.engine, org_id, "REPEATABLE READ") as tx:
            dispatch, log = await _with_log(tx, org_id, dispatch_id)
        over = dispatch.status not in OPEN
        if over or dispatch.attempts or loop.time() >= deadline:
            body = dispatch_body(dispatch, log)
            return Answer(200 if over else 202, body, location=answer.location, replayed=answer.replayed)
        await asyncio.sleep(_POLL_SECONDS)


async def _with_log(tx: Transaction, org_id: UUID, dispatch_id: UUID) -> tuple[Dispatch, list[deliveries.Delivery]]:
    dispatch = await queue.get_dispatch(tx, org_id, dispatch_id)
    if dispatch is None:
        raise NotFound
    chosen = deliveries.DeliveryFilter(dispatch_ids=[dispatch_id])
    return dispatch, await deliveries.list_deliveries(tx, org_id, chosen, None, 200)


def refuse_disabled(endpoint: Endpoint) -> None:
    """StateConflict: nothing is sent to it."""
    if not endpoint.enabled:
        raise StateConflict("The endpoint is disabled.", endpoint.status)


def _location(dispatch_id: UUID) -> str:
    return _PLACE + public_id(Prefix.DISPATCH, dispatch_id)
