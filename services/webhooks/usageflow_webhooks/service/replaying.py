"""Sending again on request what an endpoint missed over a range of time."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from usageflow_common import operations
from usageflow_common.clock import instant_text
from usageflow_common.database import Transaction, transaction
from usageflow_common.errors import FieldError, ValidationFailed
from usageflow_common.ids import Prefix, public_id
from usageflow_common.operations import Answer, Change
from usageflow_common.tokens import Caller
from usageflow_webhooks.domain.endpoints import Endpoint
from usageflow_webhooks.domain.replays import REPLAY_SPAN_MAX, REPLAYED_MAX, ReplayRange
from usageflow_webhooks.schemas import ReplayRequest, replay_body
from usageflow_webhooks.service.context import Webhooks
from usageflow_webhooks.service.endpoints import locked
from usageflow_webhooks.service.facts import announce, new_dispatch
from usageflow_webhooks.service.sending import refuse_disabled, retry_now
from usageflow_webhooks.store import events, replays
from usageflow_webhooks.store.replays import Missed


async def replay_range(parts: Webhooks, caller: Caller, endpoint_id: UUID, wish: ReplayRequest) -> Answer:
    """Make what an endpoint missed due now, in the order of the facts, on new schedules. The endpoint must be enabled."""
    now = parts.clock.wall()
    chosen = _range(wish, now)
    async with transaction(parts.engine) as tx:
        stored = await operations.claim(tx, caller)
        if stored is not None:
            return stored
        # 1. The endpoint's lock: whoever makes dispatches for it has committed or waits, so each fact is seen once.
        endpoint = await locked(tx, caller.org_id, endpoint_id)
        refuse_disabled(endpoint)
        missed = await replays.list_missed(tx, endpoint, chosen, REPLAYED_MAX + 1)
        next_since = missed[REPLAYED_MAX].created_at if len(missed) > REPLAYED_MAX else None
        # 2. Due, and one hint.
        count = await _send(tx, endpoint, missed[:REPLAYED_MAX], now)
        answer = Answer(202, replay_body(count, next_since))
        change = Change(
            "webhook_endpoint.replayed",
            "webhook_endpoint",
            public_id(Prefix.ENDPOINT, endpoint_id),
            after={
                "since": instant_text(chosen.since),
                "until": instant_text(chosen.until),
                "only": chosen.only,
                "dispatches": count,
            },
        )
        return await operations.finish(tx, caller, answer, change)


async def _send(tx: Transaction, endpoint: Endpoint, missed: list[Missed], now: datetime) -> int:
    org_id = endpoint.org_id
    known = [one.dispatch_id for one in missed if one.dispatch_id is not None]
    new = [new_dispatch(one.event_id, one.event_type, endpoint, now) for one in missed if one.dispatch_id is None]
    count, first = await replays.send_again(tx, org_id, known, now)
    if new:
        await events.insert_dispatches(tx, new)
    due = [*([first] if first else []), *new[:1]]
    if due:
        await retry_now(tx, org_id, endpoint.endpoint_id)
        await announce(tx, due, now)
    return count + len(new)


def _range(wish: ReplayRequest, now: datetime) -> ReplayRange:
    until = wish.until or now
    if until <= wish.since:
        field = "/until" if wish.until else "/since"
        raise ValidationFailed.of(FieldError(field, "out_of_range", "The range ends before it begins"))
    if until - wish.since > REPLAY_SPAN_MAX:
        raise ValidationFailed("At most 31 days.", code="range_too_large")
    return ReplayRange(wish.since, until, wish.only)
