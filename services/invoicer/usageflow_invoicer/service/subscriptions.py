"""Subscribe customers to plans."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine

from usageflow_common import operations, outbox
from usageflow_common.clock import window_start
from usageflow_common.database import Transaction, transaction
from usageflow_common.errors import Conflict, FieldError, NotFound, StateConflict, ValidationFailed
from usageflow_common.ids import Prefix, new_id, public_id
from usageflow_common.operations import Answer, Change
from usageflow_common.tokens import Caller
from usageflow_common.wire import PageRequest
from usageflow_invoicer.domain.periods import Rhythm
from usageflow_invoicer.domain.plans import PlanVersion
from usageflow_invoicer.schemas.subscriptions import SubscriptionCreate, subscription_body
from usageflow_invoicer.service.facts import subscription_created
from usageflow_invoicer.service.periods import make_periods
from usageflow_invoicer.store import applied, customers, plans
from usageflow_invoicer.store import subscriptions as store
from usageflow_invoicer.store.customers import Customer
from usageflow_invoicer.store.periods import NewPeriod
from usageflow_invoicer.store.subscriptions import Subscription

START_AGE_MAX: Final = timedelta(days=35)


@dataclass(frozen=True, slots=True)
class SubscriptionFilter:
    """What a list is narrowed to."""

    customer_id: str | None
    plan_id: UUID | None


async def create_subscription(engine: AsyncEngine, caller: Caller, wanted: SubscriptionCreate, now: datetime) -> Answer:
    """A subscription with its first period, filled with the usage that the customer has already."""
    async with transaction(engine) as tx:
        if done := await operations.claim(tx, caller):
            return done  # before the start is looked at: by the time of a replay it may be too old
        start_at = window_start(_start_of(wanted, now))
        # 1. No state is applied until we commit; the customer's lock makes two subscriptions of one customer come one by one.
        await applied.freeze_positions(tx)
        customer = await customers.lock_customer(tx, caller.org_id, wanted.customer_id)
        if customer is None:
            raise _reference_not_found("/customerId", "There is no such customer")
        version = await _read_version(tx, caller.org_id, wanted)
        # 2. Two live charges of one metric would bill the same usage twice.
        metric_ids = [charge.metric_id for charge in version.charges]
        charged = await store.charged_metrics(tx, caller.org_id, wanted.customer_id, metric_ids)
        if charged:
            detail = f"Another live subscription of this customer charges {', '.join(charged)}."
            raise Conflict(detail, code="metric_already_charged")
        # 3. The subscription and its first period, with the usage that lies in it.
        subscription = _subscription(wanted, customer, version, start_at, now)
        await store.insert_subscription(tx, subscription)
        first = NewPeriod(new_id(), subscription.subscription_id, subscription.customer_id, subscription.current_period)
        await make_periods(tx, caller.org_id, [(first, version)])
        await outbox.enqueue(tx, [subscription_created(subscription)])
        return await _finish(tx, caller, subscription)


async def get_subscription(engine: AsyncEngine, caller: Caller, subscription_id: UUID) -> Subscription:
    """One of the caller's organization."""
    async with transaction(engine, read_only=True) as tx:
        subscription = await store.read_subscription(tx, caller.org_id, subscription_id)
    if subscription is None:
        raise NotFound
    return subscription


async def list_subscriptions(
    engine: AsyncEngine, caller: Caller, page: PageRequest, wanted: SubscriptionFilter
) -> list[Subscription]:
    """Newest first."""
    async with transaction(engine, read_only=True) as tx:
        return await store.list_subscriptions(
            tx, caller.org_id, page, customer_id=wanted.customer_id, plan_id=wanted.plan_id
        )


def _start_of(wanted: SubscriptionCreate, now: datetime) -> datetime:
    start_at = wanted.start_at or now
    if start_at > now:
        raise ValidationFailed.of(FieldError("/startAt", "out_of_range", "Must not lie ahead"))
    if start_at < now - START_AGE_MAX:
        raise ValidationFailed.of(FieldError("/startAt", "out_of_range", f"At most {START_AGE_MAX.days} days back"))
    return start_at


async def _read_version(tx: Transaction, org_id: UUID, wanted: SubscriptionCreate) -> PlanVersion:
    plan = await plans.read_plan(tx, org_id, wanted.plan_id)
    if plan is None:
        raise _reference_not_found("/planId", "There is no such plan")
    if plan.archived:
        raise StateConflict("The plan is archived: it takes no new subscriptions.", plan.status)
    number = wanted.plan_version or plan.latest_version
    if number is None:
        raise _reference_not_found("/planId", "The plan has no published version")
    versions = await plans.read_versions(tx, org_id, [(plan.plan_id, number)])
    if not versions:
        raise _reference_not_found("/planVersion", "There is no such version")
    return versions[plan.plan_id, number].version


def _subscription(
    wanted: SubscriptionCreate, customer: Customer, version: PlanVersion, start_at: datetime, now: datetime
) -> Subscription:
    time_zone = wanted.time_zone or customer.time_zone
    rhythm = Rhythm(start_at, time_zone, version.interval, version.interval_count)
    return Subscription(
        customer.org_id,
        new_id(),
        customer.customer_id,
        version.plan_id,
        version.code,
        version.number,
        "active",
        time_zone,
        start_at,
        start_at,
        wanted.metadata or {},
        now,
        1,
        rhythm.period(0),
    )


async def _finish(tx: Transaction, caller: Caller, subscription: Subscription) -> Answer:
    shown: dict[str, Any] = subscription_body(subscription).model_dump(mode="json", by_alias=True)
    public = public_id(Prefix.SUBSCRIPTION, subscription.subscription_id)
    answer = Answer(201, shown, location=f"/api/subscriptions/{public}", etag="1")
    return await operations.finish(
        tx, caller, answer, Change("subscription.created", "subscription", public, after=shown)
    )


def _reference_not_found(field: str, detail: str) -> ValidationFailed:
    return ValidationFailed(
        "The request names something that does not exist here.",
        code="reference_not_found",
        errors=[FieldError(field, "invalid_value", detail)],
    )
