"""Change the course of a subscription: another plan, a pause, an end. Now, or when the time has come."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, TypeAlias
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine

from usageflow_common import operations, outbox
from usageflow_common.clock import window_end, window_start
from usageflow_common.database import Transaction, transaction
from usageflow_common.errors import FieldError, NotFound, PreconditionFailed, StateConflict, ValidationFailed
from usageflow_common.ids import Prefix, new_id, public_id
from usageflow_common.operations import Answer
from usageflow_common.operations import Change as Audited
from usageflow_common.tokens import Caller
from usageflow_common.wire import PageRequest
from usageflow_invoicer.domain.lifecycle import Change
from usageflow_invoicer.schemas.subscriptions import CancelInput, ChangeInput, PauseInput, subscription_body
from usageflow_invoicer.service.facts import subscription_facts
from usageflow_invoicer.service.lives import Moment, live_on
from usageflow_invoicer.service.subscriptions import plan_terms, read_version, reference_not_found, require_uncharged
from usageflow_invoicer.store import applied, customers, plans, subscriptions
from usageflow_invoicer.store import changes as store
from usageflow_invoicer.store.changes import StoredChange
from usageflow_invoicer.store.subscriptions import Subscription

PREVIEW_AGE_MAX: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Asked:
    """Which subscription is asked to change, when, and the version that If-Match names."""

    subscription_id: UUID
    moment: Moment
    expected: int | None = None


Decide: TypeAlias = Callable[[Transaction, Subscription], Awaitable[list[Change]]]
"""What is to happen to a subscription as it is; raises where it cannot."""


async def change_plan(engine: AsyncEngine, caller: Caller, asked: Asked, wanted: ChangeInput) -> Answer:
    """Another plan, at once or at the end of the running period."""

    async def decide(tx: Transaction, subscription: Subscription) -> list[Change]:
        return [await decide_plan(tx, subscription, wanted, asked.moment.now)]

    return await _change(engine, caller, asked, "plan_changed", decide)


async def pause(engine: AsyncEngine, caller: Caller, asked: Asked, wanted: PauseInput) -> Answer:
    """No base price from now on, until it is lifted or its time has come."""
    now = asked.moment.now

    async def decide(_tx: Transaction, subscription: Subscription) -> list[Change]:
        if subscription.suspension is not None:
            raise StateConflict(
                f"The subscription is suspended already: {subscription.suspension.reason}.", "suspended"
            )
        decided = [Change(new_id(), "pause", window_start(now))]
        if wanted.resume_at is not None:
            if window_start(wanted.resume_at) <= now:
                raise ValidationFailed.of(FieldError("/resumeAt", "out_of_range", "Must lie ahead"))
            decided.append(Change(new_id(), "resume", window_start(wanted.resume_at)))
        return decided

    return await _change(engine, caller, asked, "paused", decide)


async def resume(engine: AsyncEngine, caller: Caller, asked: Asked) -> Answer:
    """Lift a pause."""

    async def decide(tx: Transaction, subscription: Subscription) -> list[Change]:
        if subscription.suspension is None or subscription.suspension.reason != "paused":
            raise StateConflict("The subscription is not paused.", subscription.status)
        waiting = [change.change_id for change in subscription.changes if change.kind == "resume"]
        await store.end_changes(tx, caller.org_id, waiting, "dropped", asked.moment.wall)
        return [Change(new_id(), "resume", window_start(asked.moment.now))]

    return await _change(engine, caller, asked, "resumed", decide)


async def cancel(engine: AsyncEngine, caller: Caller, asked: Asked, wanted: CancelInput) -> Answer:
    """The end: with the running quarter hour, with the period, or at a time. A last invoice follows."""
    now = asked.moment.now

    async def decide(tx: Transaction, subscription: Subscription) -> list[Change]:
        waiting = [change.change_id for change in subscription.changes if change.kind == "cancel"]
        if waiting and wanted.at != "now":
            raise StateConflict("A cancellation is scheduled already: drop it first.", subscription.status)
        await store.end_changes(tx, caller.org_id, waiting, "dropped", asked.moment.wall)
        match wanted.at:
            case "now":
                at = window_end(now)
            case "period_end":
                at = subscription.current_period.end_at
            case time:
                at = window_end(time)
                if at <= now:
                    raise ValidationFailed.of(FieldError("/at", "out_of_range", "Must lie ahead"))
        return [Change(new_id(), "cancel", at, None, wanted.reason)]

    # What ends with the running quarter hour is decided now: its usage up to there is still counted.
    until = window_end(now) if wanted.at == "now" else now
    return await _change(engine, caller, asked, "canceled", decide, until=until)


async def drop_change(engine: AsyncEngine, caller: Caller, asked: Asked, change_id: UUID) -> Answer:
    """A change that waits will not happen. StateConflict where it has, or was dropped already."""

    async def decide(tx: Transaction, subscription: Subscription) -> list[Change]:
        found = await store.read_change(tx, caller.org_id, subscription.subscription_id, change_id)
        if found is None:
            raise NotFound
        if found.status != "scheduled":
            raise StateConflict(f"The change is {found.status}.", found.status)
        await store.end_changes(tx, caller.org_id, [change_id], "dropped", asked.moment.wall)
        return []

    return await _change(engine, caller, asked, "change_dropped", decide, status=204)


async def list_changes(
    engine: AsyncEngine, caller: Caller, subscription_id: UUID, page: PageRequest
) -> list[StoredChange]:
    """All changes, the latest first."""
    async with transaction(engine, read_only=True) as tx:
        if await subscriptions.find_customer(tx, caller.org_id, subscription_id) is None:
            raise NotFound
        return await store.list_changes(tx, caller.org_id, subscription_id, page)


async def decide_plan(tx: Transaction, subscription: Subscription, wanted: ChangeInput, now: datetime) -> Change:
    """The change of plan that is wanted."""
    org_id = subscription.org_id
    version = await read_version(tx, org_id, wanted.plan_id, wanted.plan_version)
    if (version.plan_id, version.number) == (subscription.plan_id, subscription.plan_version):
        raise StateConflict("The subscription has this version of the plan already.", subscription.status)
    present = await plans.read_plan(tx, org_id, subscription.plan_id)
    if present is None or present.currency != version.currency:
        raise reference_not_found("/planId", "The plan is in another currency")
    end_at = subscription.current_period.end_at
    if wanted.effective == "now":
        at = window_start(wanted.at or now)
        if not now - PREVIEW_AGE_MAX <= (wanted.at or now) <= now:
            raise ValidationFailed.of(FieldError("/at", "out_of_range", "That of a preview at most an hour old"))
        if at < subscription.current_period.start_at:
            raise StateConflict("A period has ended since: look at the preview again.", subscription.status)
    else:
        at = end_at
        if wanted.at not in (None, end_at):
            raise StateConflict("The period ends at another time: look at the preview again.", subscription.status)
        if any(change.kind == "change_plan" for change in subscription.changes):
            raise StateConflict("A change of plan is scheduled already: drop it first.", subscription.status)
    customer = await customers.lock_customer(tx, org_id, subscription.customer_id)
    if customer is None:
        raise NotFound
    await require_uncharged(tx, customer, version, since=at, besides=subscription.subscription_id)
    return Change(new_id(), "change_plan", at, plan_terms(version))


async def enact(
    tx: Transaction, caller: Caller, asked: Asked, decide: Decide, *, until: datetime | None = None
) -> tuple[Subscription, Subscription]:
    """The subscription before and after; everything that was due before is done first. NotFound, PreconditionFailed, StateConflict."""
    org_id, subscription_id, moment = caller.org_id, asked.subscription_id, asked.moment
    customer_id = await subscriptions.find_customer(tx, org_id, subscription_id)
    if customer_id is None:
        raise NotFound
    # 1. In the one order in which these are locked: positions, customer, subscription.
    await applied.freeze_positions(tx)
    await customers.lock_customer(tx, org_id, customer_id)
    await live_on(tx, org_id, [subscription_id], moment)
    before = await subscriptions.read_subscription(tx, org_id, subscription_id)
    if before is None:
        raise NotFound
    if asked.expected not in (None, before.version):
        raise PreconditionFailed("The subscription has another version.")
    if before.status == "canceled":
        raise StateConflict("The subscription is canceled.", before.status)
    # 2. What is decided waits for its time, which may be now.
    for change in await decide(tx, before):
        await store.insert_change(tx, org_id, subscription_id, change, moment.wall)
    if await live_on(tx, org_id, [subscription_id], Moment(until or moment.now, moment.wall)):
        raise StateConflict("The period that the change falls into cannot be changed any more.", before.status)
    after = await subscriptions.read_subscription(tx, org_id, subscription_id)
    if after is not None and after.version == before.version:
        await subscriptions.touch(tx, org_id, subscription_id)
        after = await subscriptions.read_subscription(tx, org_id, subscription_id)
        await outbox.enqueue(tx, subscription_facts(before, after or before, moment.wall))
    return before, after or before


async def _change(
    engine: AsyncEngine,
    caller: Caller,
    asked: Asked,
    word: str,
    decide: Decide,
    *,
    until: datetime | None = None,
    status: int = 200,
) -> Answer:
    async with transaction(engine) as tx:
        if done := await operations.claim(tx, caller):
            return done
        before, after = await enact(tx, caller, asked, decide, until=until)
        shown = subscription_body(after).model_dump(mode="json", by_alias=True)
        public = public_id(Prefix.SUBSCRIPTION, after.subscription_id)
        was = subscription_body(before).model_dump(mode="json", by_alias=True)
        change = Audited(f"subscription.{word}", "subscription", public, before=was, after=shown)
        answer = Answer(status, None if status == 204 else shown, etag=str(after.version))
        return await operations.finish(tx, caller, answer, change)
