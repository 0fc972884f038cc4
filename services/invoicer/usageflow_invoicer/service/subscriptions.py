"""Subscribe customers to plans."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine

from usageflow_common import operations, outbox
from usageflow_common.clock import instant_text, window_start
from usageflow_common.database import Transaction, transaction
from usageflow_common.errors import Conflict, FieldError, NotFound, PreconditionFailed, StateConflict, ValidationFailed
from usageflow_common.ids import Prefix, new_id, public_id
from usageflow_common.operations import Answer, Change
from usageflow_common.tokens import Caller
from usageflow_common.wire import PageRequest
from usageflow_invoicer.domain.lifecycle import Life, PlanTerms, Start, Terms, begin, trial_end
from usageflow_invoicer.domain.plans import PlanVersion
from usageflow_invoicer.domain.segments import PlanRef
from usageflow_invoicer.schemas.subscriptions import SubscriptionCreate, SubscriptionPatch, subscription_body
from usageflow_invoicer.service.facts import subscription_created, subscription_facts
from usageflow_invoicer.service.lives import Moment, live_on
from usageflow_invoicer.store import applied, customers, lives, plans, sums
from usageflow_invoicer.store import subscriptions as store
from usageflow_invoicer.store.customers import Customer
from usageflow_invoicer.store.lives import Lived
from usageflow_invoicer.store.subscriptions import Subscription, SubscriptionFilter

START_AGE_MAX: Final = timedelta(days=35)
ANCHOR_DISTANCE_MAX: Final = timedelta(days=366)


async def create_subscription(
    engine: AsyncEngine, caller: Caller, wanted: SubscriptionCreate, moment: Moment
) -> Answer:
    """A subscription with its first periods, filled with the usage that the customer has already."""
    async with transaction(engine) as tx:
        if done := await operations.claim(tx, caller):
            return done  # before the start is looked at: by the time of a replay it may be too old
        start_at = window_start(_start_of(wanted, moment.now))
        # 1. No state is applied until we commit; the customer's lock makes two subscriptions of one customer come one by one.
        await applied.freeze_positions(tx)
        customer = await customers.lock_customer(tx, caller.org_id, wanted.customer_id)
        if customer is None:
            raise reference_not_found("/customerId", "There is no such customer")
        version = await read_version(tx, caller.org_id, wanted.plan_id, wanted.plan_version)
        await require_uncharged(tx, customer, version, since=start_at)
        # 2. The subscription and its first parts, with the usage that lies in them.
        subscription, life = _begin(wanted, customer, version, start_at, moment.now)
        subscription_id = subscription.subscription_id
        await store.insert_subscription(tx, subscription, life.newest.period.end_at)
        lived = Lived(subscription_id, customer.customer_id, (), (), life.segments)
        await lives.store_lived(tx, caller.org_id, [lived], {life.newest.plan: version})
        await sums.fill_periods(tx, caller.org_id, [segment.period_id for segment in life.segments])
        await outbox.enqueue(tx, [subscription_created(subscription)])
        # 3. One that began long ago may be in a later period by now.
        await live_on(tx, caller.org_id, [subscription_id], moment)
        made = await store.read_subscription(tx, caller.org_id, subscription_id) or subscription
        shown = _shown(made)
        public = public_id(Prefix.SUBSCRIPTION, subscription_id)
        answer = Answer(201, shown, location=f"/api/subscriptions/{public}", etag=str(made.version))
        change = Change("subscription.created", "subscription", public, after=shown)
        return await operations.finish(tx, caller, answer, change)


async def edit_subscription(
    engine: AsyncEngine,
    caller: Caller,
    subscription_id: UUID,
    patch: SubscriptionPatch,
    *,
    expected: int | None,
    wall: datetime,
) -> Answer:
    """Change its metadata. PreconditionFailed on another version."""
    async with transaction(engine) as tx:
        if done := await operations.claim(tx, caller):
            return done
        await store.lock_subscription(tx, caller.org_id, subscription_id)
        before = await store.read_subscription(tx, caller.org_id, subscription_id)
        if before is None:
            raise NotFound
        if expected not in (None, before.version):
            raise PreconditionFailed("The subscription has another version.")
        if "metadata" in patch.model_fields_set:
            await store.put_metadata(tx, caller.org_id, subscription_id, patch.metadata or {})
        after = await store.read_subscription(tx, caller.org_id, subscription_id) or before
        await outbox.enqueue(tx, subscription_facts(before, after, wall) if after.status != "canceled" else [])
        public = public_id(Prefix.SUBSCRIPTION, subscription_id)
        change = Change("subscription.updated", "subscription", public, before=_shown(before), after=_shown(after))
        return await operations.finish(tx, caller, Answer(200, _shown(after), etag=str(after.version)), change)


async def get_subscription(engine: AsyncEngine, caller: Caller, subscription_id: UUID) -> Subscription:
    """One of the caller's organization."""
    async with transaction(engine, "REPEATABLE READ", read_only=True) as tx:
        subscription = await store.read_subscription(tx, caller.org_id, subscription_id)
    if subscription is None:
        raise NotFound
    return subscription


async def list_subscriptions(
    engine: AsyncEngine, caller: Caller, page: PageRequest, wanted: SubscriptionFilter
) -> list[Subscription]:
    """Newest first."""
    async with transaction(engine, "REPEATABLE READ", read_only=True) as tx:
        return await store.list_subscriptions(tx, caller.org_id, page, wanted)


async def any_lives(engine: AsyncEngine, caller: Caller) -> bool:
    """Whether any subscription goes on."""
    async with transaction(engine, read_only=True) as tx:
        return await store.lives(tx, caller.org_id)


async def read_version(tx: Transaction, org_id: UUID, plan_id: UUID, number: int | None) -> PlanVersion:
    """The version of a plan, the latest one unless one is named. ValidationFailed names what there is not."""
    plan = await plans.read_plan(tx, org_id, plan_id)
    if plan is None:
        raise reference_not_found("/planId", "There is no such plan")
    if plan.archived:
        raise StateConflict("The plan is archived: it takes no new subscriptions.", plan.status)
    wanted = number or plan.latest_version
    if wanted is None:
        raise reference_not_found("/planId", "The plan has no published version")
    versions = await plans.read_versions(tx, org_id, [(plan.plan_id, wanted)])
    if not versions:
        raise reference_not_found("/planVersion", "There is no such version")
    return versions[plan.plan_id, wanted].version


async def require_uncharged(
    tx: Transaction, customer: Customer, version: PlanVersion, *, since: datetime, besides: UUID | None = None
) -> None:
    """Two charges of one metric would bill the same usage twice: Conflict. The caller holds the customer's lock."""
    metric_ids = [charge.metric_id for charge in version.charges]
    charged = await store.charged_metrics(
        tx, customer.org_id, customer.customer_id, metric_ids, since=since, besides=besides
    )
    if charged:
        since_text = instant_text(since)
        detail = f"Another subscription of this customer charges {', '.join(charged)} at or after {since_text}."
        raise Conflict(detail, code="metric_already_charged")


def plan_terms(version: PlanVersion) -> PlanTerms:
    """What a subscription takes from the version."""
    return PlanTerms(PlanRef(version.plan_id, version.number), version.interval, version.interval_count)


def reference_not_found(field: str, detail: str) -> ValidationFailed:
    """The body names something that does not exist here."""
    return ValidationFailed(
        "The request names something that does not exist here.",
        code="reference_not_found",
        errors=[FieldError(field, "invalid_value", detail)],
    )


def _start_of(wanted: SubscriptionCreate, now: datetime) -> datetime:
    start_at = wanted.start_at or now
    if start_at > now:
        raise ValidationFailed.of(FieldError("/startAt", "out_of_range", "Must not lie ahead"))
    if start_at < now - START_AGE_MAX:
        raise ValidationFailed.of(FieldError("/startAt", "out_of_range", f"At most {START_AGE_MAX.days} days back"))
    if wanted.anchor_at is not None and abs(wanted.anchor_at - start_at) > ANCHOR_DISTANCE_MAX:
        detail = f"At most {ANCHOR_DISTANCE_MAX.days} days from the start"
        raise ValidationFailed.of(FieldError("/anchorAt", "out_of_range", detail))
    return start_at


def _begin(
    wanted: SubscriptionCreate, customer: Customer, version: PlanVersion, start_at: datetime, now: datetime
) -> tuple[Subscription, Life]:
    time_zone = wanted.time_zone or customer.time_zone
    days = version.trial_days if wanted.trial_days is None else wanted.trial_days
    trial_end_at = trial_end(start_at, days, time_zone) if days else None
    anchor_at = window_start(wanted.anchor_at) if wanted.anchor_at else start_at
    terms = Terms(plan_terms(version), anchor_at, time_zone)
    start = Start(start_at, trial_end_at, version.billing == "advance", anchored=wanted.anchor_at is not None)
    life = begin(terms, start, new_id)
    subscription = Subscription(
        customer.org_id,
        new_id(),
        customer.customer_id,
        version.plan_id,
        version.code,
        version.number,
        "trialing" if trial_end_at else "active",
        time_zone,
        start_at,
        life.terms.anchor_at,
        trial_end_at,
        None,
        None,
        wanted.metadata or {},
        now,
        1,
        life.newest.period,
    )
    return subscription, life


def _shown(subscription: Subscription) -> dict[str, Any]:
    return subscription_body(subscription).model_dump(mode="json", by_alias=True)
