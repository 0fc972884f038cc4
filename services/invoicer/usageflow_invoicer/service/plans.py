"""Create, publish and find plans. A published version never changes; subscriptions keep theirs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from usageflow_common import operations
from usageflow_common.database import constraint_of, transaction
from usageflow_common.errors import Conflict, FieldError, NotFound, StateConflict, ValidationFailed
from usageflow_common.ids import Prefix, new_id, public_id
from usageflow_common.metering import AGGREGATIONS, Aggregation
from usageflow_common.operations import Answer, Change
from usageflow_common.records import MetricRecord
from usageflow_common.tokens import Caller
from usageflow_common.wire import MoneyInput, PageRequest
from usageflow_invoicer.domain.plans import Charge, PlanVersion
from usageflow_invoicer.domain.pricing.per_unit import PerUnit
from usageflow_invoicer.schemas.plans import ChargeInput, DefinitionInput, plan_body
from usageflow_invoicer.store import plans as store
from usageflow_invoicer.store.plans import Plan, Published

_AGGREGATIONS: Final[Mapping[str, Aggregation]] = {each: each for each in AGGREGATIONS}


async def create_plan(
    engine: AsyncEngine,
    caller: Caller,
    plan: Plan,
    definition: DefinitionInput,
    metrics: Mapping[str, MetricRecord],
    *,
    publish: bool,
) -> Answer:
    """A plan with a draft, or with version 1 at once. Conflict when the code is taken."""
    charges = _charges(definition, plan.currency, metrics)
    try:
        async with transaction(engine) as tx:
            if done := await operations.claim(tx, caller):
                return done
            if not publish:
                await store.insert_plan(tx, plan)
                return await operations.finish(tx, caller, _answer(plan, None, 201), _change("created", plan, None))
            published = _publish(plan, definition, charges, plan.created_at)
            plan = replace(plan, draft=None, latest_version=1)
            await store.insert_plan(tx, plan)
            await store.insert_version(tx, plan.org_id, published.version, published.published_at)
            return await operations.finish(
                tx, caller, _answer(plan, published, 201), _change("created", plan, published)
            )
    except IntegrityError as error:
        if constraint_of(error) == "uq_plans_code":
            raise Conflict(f"The plan {plan.code} exists already.") from error
        raise


async def publish_plan(
    engine: AsyncEngine, caller: Caller, plan_id: UUID, metrics: Mapping[str, MetricRecord], now: datetime
) -> Answer:
    """The draft becomes the next version. StateConflict without a draft."""
    async with transaction(engine) as tx:
        if done := await operations.claim(tx, caller):
            return done
        plan = await store.lock_plan(tx, caller.org_id, plan_id)
        if plan is None:
            raise NotFound
        if plan.draft is None:
            raise StateConflict("The plan has no draft.", "active")
        definition = DefinitionInput.model_validate(plan.draft)
        published = _publish(plan, definition, _charges(definition, plan.currency, metrics), now)
        after = replace(plan, draft=None, latest_version=published.version.number, version=plan.version + 1)
        await store.insert_version(tx, plan.org_id, published.version, now)
        await store.update_plan(tx, after)
        return await operations.finish(
            tx, caller, _answer(after, published, 200), _change("published", after, published)
        )


async def draft_metrics(engine: AsyncEngine, caller: Caller, plan_id: UUID) -> list[str]:
    """Codes of the metrics that a plan's draft charges; to be looked up before publish_plan."""
    plan, _ = await get_plan(engine, caller, plan_id)
    return [charge["metric"] for charge in (plan.draft or {}).get("charges", ())]


async def get_plan(engine: AsyncEngine, caller: Caller, plan_id: UUID) -> tuple[Plan, Published | None]:
    """A plan and its latest version."""
    async with transaction(engine, "REPEATABLE READ", read_only=True) as tx:
        plan = await store.read_plan(tx, caller.org_id, plan_id)
        if plan is None:
            raise NotFound
        versions = await store.read_versions(tx, caller.org_id, _latest([plan]))
    return plan, versions.get((plan.plan_id, plan.latest_version or 0))


async def list_plans(
    engine: AsyncEngine, caller: Caller, page: PageRequest, *, code: str | None
) -> list[tuple[Plan, Published | None]]:
    """Newest first, each with its latest version."""
    async with transaction(engine, "REPEATABLE READ", read_only=True) as tx:
        plans = await store.list_plans(tx, caller.org_id, page, code=code)
        versions = await store.read_versions(tx, caller.org_id, _latest(plans))
    return [(plan, versions.get((plan.plan_id, plan.latest_version or 0))) for plan in plans]


def _latest(plans: Sequence[Plan]) -> list[tuple[UUID, int]]:
    return [(plan.plan_id, plan.latest_version) for plan in plans if plan.latest_version is not None]


def _publish(plan: Plan, definition: DefinitionInput, charges: tuple[Charge, ...], at: datetime) -> Published:
    version = PlanVersion(
        plan.plan_id,
        plan.code,
        plan.name,
        plan.currency,
        (plan.latest_version or 0) + 1,
        definition.interval,
        definition.interval_count,
        definition.base_price,
        charges,
    )
    return Published(version, at)


def _charges(definition: DefinitionInput, currency: str, metrics: Mapping[str, MetricRecord]) -> tuple[Charge, ...]:
    """The charges with their metrics. ValidationFailed names each field that is not right."""
    errors: list[FieldError] = []
    charges: list[Charge] = []
    seen: set[str] = set()
    for index, charge in enumerate(definition.charges):
        place = f"/draft/charges/{index}"
        metric = metrics.get(charge.metric)
        errors.extend(_bound_errors(charge, currency, place))
        if charge.metric in seen:
            errors.append(FieldError(f"{place}/metric", "duplicate", "One charge per metric"))
        elif metric is None:
            errors.append(FieldError(f"{place}/metric", "invalid_value", "There is no such metric"))
        elif (aggregation := _AGGREGATIONS.get(metric.aggregation)) is None:
            errors.append(FieldError(f"{place}/metric", "invalid_value", f"{metric.aggregation} is not known here"))
        else:
            charges.append(_charge(charge, metric, aggregation))
        seen.add(charge.metric)
    if errors:
        raise ValidationFailed.of(*errors)
    return tuple(charges)


def _charge(charge: ChargeInput, metric: MetricRecord, aggregation: Aggregation) -> Charge:
    minimum, maximum = charge.minimum_amount, charge.maximum_amount
    pricing = PerUnit(
        charge.unit_price,
        charge.included_units,
        minimum.amount_minor if minimum else None,
        maximum.amount_minor if maximum else None,
    )
    return Charge(
        new_id(), metric.metric_id, metric.code, aggregation, charge.name or metric.code, charge.model, pricing
    )


def _bound_errors(charge: ChargeInput, currency: str, place: str) -> list[FieldError]:
    bounds: dict[str, MoneyInput | None] = {
        "minimumAmount": charge.minimum_amount,
        "maximumAmount": charge.maximum_amount,
    }
    errors = []
    for name, bound in bounds.items():
        if bound is not None and bound.currency != currency:
            errors.append(FieldError(f"{place}/{name}/currency", "invalid_value", f"The plan is in {currency}"))
        if bound is not None and bound.amount_minor < 0:
            errors.append(FieldError(f"{place}/{name}/amountMinor", "out_of_range", "Must not be negative"))
    low, high = charge.minimum_amount, charge.maximum_amount
    if low and high and low.amount_minor > high.amount_minor:
        errors.append(FieldError(f"{place}/maximumAmount", "out_of_range", "Below the minimum"))
    return errors


def _answer(plan: Plan, published: Published | None, status: int) -> Answer:
    location = f"/api/plans/{public_id(Prefix.PLAN, plan.plan_id)}" if status == 201 else None
    return Answer(status, _shown(plan, published), location=location, etag=str(plan.version))


def _change(what: str, plan: Plan, published: Published | None) -> Change:
    return Change(f"plan.{what}", "plan", public_id(Prefix.PLAN, plan.plan_id), after=_shown(plan, published))


def _shown(plan: Plan, published: Published | None) -> dict[str, Any]:
    return plan_body(plan, published).model_dump(mode="json", by_alias=True)
