"""Tell when the usage of a running period reaches what was agreed to be told: once in a period, however often it is looked at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine

from usageflow_common import operations, outbox
from usageflow_common.clock import Clock
from usageflow_common.database import Transaction, transaction
from usageflow_common.errors import FieldError, NotFound, StateConflict, ValidationFailed
from usageflow_common.ids import Prefix, new_id, public_id
from usageflow_common.operations import Answer, Change
from usageflow_common.tokens import Caller
from usageflow_invoicer.schemas.thresholds import ThresholdCreate, threshold_body
from usageflow_invoicer.service.bills import read_plans
from usageflow_invoicer.service.facts import threshold_reached
from usageflow_invoicer.service.upcoming import Upcoming, compose
from usageflow_invoicer.store import lives, subscriptions
from usageflow_invoicer.store import thresholds as store
from usageflow_invoicer.store.thresholds import Reached, Threshold

PER_SUBSCRIPTION_MAX: Final = 20
_BATCH: Final = 100


async def create_threshold(
    engine: AsyncEngine, caller: Caller, subscription_id: UUID, wanted: ThresholdCreate, wall: datetime
) -> Answer:
    """ValidationFailed for a metric that the plan does not charge, or another currency; StateConflict for a canceled subscription."""
    async with transaction(engine) as tx:
        if done := await operations.claim(tx, caller):
            return done
        await subscriptions.lock_subscription(tx, caller.org_id, subscription_id)
        found = await subscriptions.read_subscription(tx, caller.org_id, subscription_id)
        if found is None:
            raise NotFound
        if found.status == "canceled":
            raise StateConflict("The subscription is canceled.", found.status)
        [living] = await lives.read_living(tx, caller.org_id, [subscription_id])
        plan = living.life.terms.plan.plan
        version = (await read_plans(tx, caller.org_id, {plan}))[plan]
        if wanted.metric is not None and wanted.metric not in {charge.metric for charge in version.charges}:
            raise ValidationFailed.of(FieldError("/metric", "invalid_value", "The plan does not charge this metric"))
        if wanted.amount is not None and wanted.amount.currency != version.currency:
            detail = f"The plan is in {version.currency}"
            raise ValidationFailed.of(FieldError("/amount/currency", "invalid_value", detail))
        if len(await store.of_subscription(tx, caller.org_id, subscription_id)) >= PER_SUBSCRIPTION_MAX:
            raise StateConflict(f"There are {PER_SUBSCRIPTION_MAX} thresholds already.", found.status)
        amount_minor = wanted.amount.amount_minor if wanted.amount else None
        threshold = Threshold(
            caller.org_id, new_id(), subscription_id, wanted.metric, wanted.quantity, amount_minor, None, None, wall
        )
        await store.insert_threshold(tx, threshold)
        shown = threshold_body(threshold, version.currency).model_dump(mode="json", by_alias=True)
        public = public_id(Prefix.THRESHOLD, threshold.threshold_id)
        change = Change("threshold.created", "threshold", public, after=shown)
        return await operations.finish(tx, caller, Answer(201, shown), change)


async def delete_threshold(engine: AsyncEngine, caller: Caller, subscription_id: UUID, threshold_id: UUID) -> Answer:
    """It is not told any more."""
    async with transaction(engine) as tx:
        if done := await operations.claim(tx, caller):
            return done
        if not await store.delete_threshold(tx, caller.org_id, subscription_id, threshold_id):
            raise NotFound
        public = public_id(Prefix.THRESHOLD, threshold_id)
        return await operations.finish(tx, caller, Answer(204, None), Change("threshold.deleted", "threshold", public))


async def list_thresholds(engine: AsyncEngine, caller: Caller, subscription_id: UUID) -> tuple[list[Threshold], str]:
    """All of a subscription's, with the currency of their amounts."""
    async with transaction(engine, "REPEATABLE READ", read_only=True) as tx:
        living = await lives.read_living(tx, caller.org_id, [subscription_id])
        if not living:
            raise NotFound
        plan = living[0].life.terms.plan.plan
        currency = (await read_plans(tx, caller.org_id, {plan}))[plan].currency
        return await store.of_subscription(tx, caller.org_id, subscription_id), currency


async def watch(engine: AsyncEngine, clock: Clock) -> int:
    """Look at every running period that has thresholds, and tell of those that are reached. How many were."""
    told, after = 0, None
    while True:
        async with transaction(engine, read_only=True) as tx:
            found = await store.watched(tx, after, _BATCH)
        if not found:
            return told
        after = found[-1]
        by_org: dict[UUID, list[UUID]] = {}
        for org_id, subscription_id in found:
            by_org.setdefault(org_id, []).append(subscription_id)
        for org_id, subscription_ids in by_org.items():
            told += await _watch(engine, org_id, subscription_ids, clock)


async def _watch(engine: AsyncEngine, org_id: UUID, subscription_ids: list[UUID], clock: Clock) -> int:
    async with transaction(engine, "REPEATABLE READ", read_only=True) as tx:
        running = await _running(tx, org_id, subscription_ids)
        found = [
            (threshold, running[threshold.subscription_id])
            for threshold in await store.waiting(tx, org_id, subscription_ids)
            if threshold.subscription_id in running and _is_reached(threshold, running[threshold.subscription_id])
        ]
    told = 0
    for threshold, upcoming in found:
        async with transaction(engine) as tx:
            at = clock.now(org_id)
            if await store.note_fired(tx, threshold, upcoming.bill.period.index, at):
                reached = _reached(replace(threshold, fired_at=at), upcoming)
                await outbox.enqueue(tx, [threshold_reached(reached, at)])
                told += 1
    return told


async def _running(tx: Transaction, org_id: UUID, subscription_ids: list[UUID]) -> Mapping[UUID, Upcoming]:
    living = await lives.read_living(tx, org_id, subscription_ids)
    composed = await compose(tx, org_id, [(each, each.life.segments) for each in living])
    return {each.subscription_id: each for each in composed}


def _is_reached(threshold: Threshold, upcoming: Upcoming) -> bool:
    index = upcoming.bill.period.index
    if threshold.fired_index is not None and threshold.fired_index >= index:
        return False
    if threshold.amount_minor is not None:
        return upcoming.usage_minor >= threshold.amount_minor
    return threshold.quantity is not None and upcoming.quantity_of(threshold.metric or "") >= threshold.quantity


def _reached(threshold: Threshold, upcoming: Upcoming) -> Reached:
    quantity = upcoming.quantity_of(threshold.metric) if threshold.metric is not None else None
    plan, period = upcoming.bill.plan, upcoming.bill.period
    return Reached(threshold, upcoming.customer_id, period, plan.currency, quantity, upcoming.usage_minor)
