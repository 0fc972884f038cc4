"""Create, edit and find plans. A published version never changes; subscriptions keep theirs."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from usageflow_common import operations
from usageflow_common.database import Transaction, constraint_of, transaction
from usageflow_common.errors import Conflict, NotFound, PreconditionFailed, StateConflict
from usageflow_common.ids import Prefix, public_id
from usageflow_common.operations import Answer, Change
from usageflow_common.records import MetricRecord
from usageflow_common.tokens import Caller
from usageflow_common.wire import PageRequest
from usageflow_invoicer.domain.plans import PlanVersion
from usageflow_invoicer.schemas.plans import DefinitionInput, PlanPatch, plan_body
from usageflow_invoicer.service.definitions import read_charges
from usageflow_invoicer.store import plans as store
from usageflow_invoicer.store.plans import Plan, PlanFilter, Published

Metrics: TypeAlias = Mapping[str, MetricRecord]
Step: TypeAlias = Callable[[Transaction, Plan], Awaitable[Plan]]


@dataclass(frozen=True, slots=True)
class PlanChange:
    """What is asked of a plan: the word for the audit log, and the version that If-Match names."""

    plan_id: UUID
    word: str
    expected: int | None
    status: int = 200


async def create_plan(
    engine: AsyncEngine,
    caller: Caller,
    plan: Plan,
    definition: DefinitionInput,
    metrics: Metrics,
    *,
    publish: bool,
) -> Answer:
    """A plan with a draft, or with version 1 at once. Conflict when the code is taken."""
    draft = published_version(plan, definition, metrics)
    try:
        async with transaction(engine) as tx:
            if done := await operations.claim(tx, caller):
                return done
            published = None
            if publish:
                plan = replace(plan, draft=None, latest_version=1)
                published = Published(draft, plan.created_at)
            await store.insert_plan(tx, plan)
            if published is not None:
                await store.insert_version(tx, plan.org_id, published.version, published.published_at)
            shown = _shown(plan, published)
            public = public_id(Prefix.PLAN, plan.plan_id)
            answer = Answer(201, shown, location=f"/api/plans/{public}", etag=str(plan.version))
            return await operations.finish(tx, caller, answer, Change("plan.created", "plan", public, after=shown))
    except IntegrityError as error:
        if constraint_of(error) == "uq_plans_code":
            raise Conflict(f"The plan {plan.code} exists already.") from error
        raise


async def edit_plan(engine: AsyncEngine, caller: Caller, wanted: PlanChange, patch: PlanPatch) -> Answer:
    """Change what stands around the definitions."""
    given = {name: getattr(patch, name) for name in patch.model_fields_set}
    if given.get("metadata", {}) is None:
        given["metadata"] = {}

    async def edit(_tx: Transaction, plan: Plan) -> Plan:
        return replace(plan, **given)

    return await change_plan(engine, caller, wanted, edit)


async def put_draft(
    engine: AsyncEngine, caller: Caller, wanted: PlanChange, definition: DefinitionInput, metrics: Metrics
) -> Answer:
    """Replace the draft. ValidationFailed names what is not right in it, as publishing would."""
    document = definition.model_dump(mode="json", by_alias=True)

    async def put(_tx: Transaction, plan: Plan) -> Plan:
        read_charges(definition, plan.currency, metrics, "")
        return replace(plan, draft=document)

    return await change_plan(engine, caller, wanted, put)


async def drop_draft(engine: AsyncEngine, caller: Caller, wanted: PlanChange) -> Answer:
    """The draft goes. StateConflict where there is none, or nothing else."""

    async def drop(_tx: Transaction, plan: Plan) -> Plan:
        if plan.draft is None:
            raise StateConflict("The plan has no draft.", plan.status)
        if plan.latest_version is None:
            raise StateConflict("Nothing of this plan is published: it is its draft.", plan.status)
        return replace(plan, draft=None)

    return await change_plan(engine, caller, wanted, drop)


async def change_plan(engine: AsyncEngine, caller: Caller, wanted: PlanChange, step: Step) -> Answer:
    """Lock the plan, let `step` make a new state of it, and answer with that. PreconditionFailed on another version."""
    async with transaction(engine) as tx:
        if done := await operations.claim(tx, caller):
            return done
        before = await store.lock_plan(tx, caller.org_id, wanted.plan_id)
        if before is None:
            raise NotFound
        if wanted.expected not in (None, before.version):
            raise PreconditionFailed("The plan has another version.")
        was = _shown(before, await _current(tx, before))
        after = replace(await step(tx, before), version=before.version + 1)
        await store.update_plan(tx, after)
        shown = _shown(after, await _current(tx, after))
        body = None if wanted.status == 204 else shown
        public = public_id(Prefix.PLAN, after.plan_id)
        change = Change(f"plan.{wanted.word}", "plan", public, before=was, after=shown)
        return await operations.finish(tx, caller, Answer(wanted.status, body, etag=str(after.version)), change)


def published_version(
    plan: Plan, definition: DefinitionInput, metrics: Metrics, pointer: str = "/draft"
) -> PlanVersion:
    """The version that comes next, as this definition makes it. ValidationFailed names each field that is not right."""
    return PlanVersion(
        plan.plan_id,
        plan.code,
        plan.name,
        plan.currency,
        (plan.latest_version or 0) + 1,
        definition.interval,
        definition.interval_count,
        definition.base_price,
        definition.billing,
        definition.trial_days,
        read_charges(definition, plan.currency, metrics, pointer),
    )


async def get_plan(engine: AsyncEngine, caller: Caller, plan_id: UUID) -> tuple[Plan, Published | None]:
    """A plan and its latest version."""
    async with transaction(engine, "REPEATABLE READ", read_only=True) as tx:
        plan = await store.read_plan(tx, caller.org_id, plan_id)
        if plan is None:
            raise NotFound
        return plan, await _current(tx, plan)


async def list_plans(
    engine: AsyncEngine, caller: Caller, page: PageRequest, wanted: PlanFilter
) -> list[tuple[Plan, Published | None]]:
    """Newest first, each with its latest version."""
    async with transaction(engine, "REPEATABLE READ", read_only=True) as tx:
        plans = await store.list_plans(tx, caller.org_id, page, wanted)
        versions = await store.read_versions(tx, caller.org_id, _latest(plans))
    return [(plan, versions.get((plan.plan_id, plan.latest_version or 0))) for plan in plans]


async def list_versions(engine: AsyncEngine, caller: Caller, plan_id: UUID, page: PageRequest) -> list[Published]:
    """Published versions, the newest first."""
    async with transaction(engine, "REPEATABLE READ", read_only=True) as tx:
        plan = await store.read_plan(tx, caller.org_id, plan_id)
        if plan is None:
            raise NotFound
        return await store.list_versions(tx, plan, page)


async def get_version(engine: AsyncEngine, caller: Caller, plan_id: UUID, number: int) -> Published:
    """One published version."""
    async with transaction(engine, read_only=True) as tx:
        versions = await store.read_versions(tx, caller.org_id, [(plan_id, number)])
    if not versions:
        raise NotFound
    return versions[plan_id, number]


async def _current(tx: Transaction, plan: Plan) -> Published | None:
    versions = await store.read_versions(tx, plan.org_id, _latest([plan]))
    return versions.get((plan.plan_id, plan.latest_version or 0))


def _latest(plans: Sequence[Plan]) -> list[tuple[UUID, int]]:
    return [(plan.plan_id, plan.latest_version) for plan in plans if plan.latest_version is not None]


def _shown(plan: Plan, published: Published | None) -> dict[str, Any]:
    return plan_body(plan, published).model_dump(mode="json", by_alias=True)
