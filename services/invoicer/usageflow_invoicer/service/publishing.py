"""Publish, archive and unarchive plans."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncEngine

from usageflow_common.database import Transaction
from usageflow_common.errors import StateConflict
from usageflow_common.operations import Answer
from usageflow_common.tokens import Caller
from usageflow_invoicer.schemas.plans import DefinitionInput
from usageflow_invoicer.service.plans import Metrics, PlanChange, change_plan, published_version
from usageflow_invoicer.store import plans as store
from usageflow_invoicer.store.plans import Plan


async def publish_plan(
    engine: AsyncEngine, caller: Caller, wanted: PlanChange, metrics: Metrics, now: datetime
) -> Answer:
    """The draft becomes the next version. StateConflict without a draft, and on an archived plan."""

    async def publish(tx: Transaction, plan: Plan) -> Plan:
        if plan.draft is None:
            raise StateConflict("The plan has no draft.", plan.status)
        if plan.archived:
            raise StateConflict("The plan is archived.", plan.status)
        version = published_version(plan, DefinitionInput.model_validate(plan.draft), metrics)
        await store.insert_version(tx, plan.org_id, version, now)
        return replace(plan, draft=None, latest_version=version.number)

    return await change_plan(engine, caller, wanted, publish)


async def archive_plan(engine: AsyncEngine, caller: Caller, wanted: PlanChange) -> Answer:
    """No new subscriptions from now on; those that there are go on."""
    return await _archive(engine, caller, wanted, archived=True)


async def unarchive_plan(engine: AsyncEngine, caller: Caller, wanted: PlanChange) -> Answer:
    """It takes subscriptions again."""
    return await _archive(engine, caller, wanted, archived=False)


async def _archive(engine: AsyncEngine, caller: Caller, wanted: PlanChange, *, archived: bool) -> Answer:
    async def archive(_tx: Transaction, plan: Plan) -> Plan:
        if plan.archived == archived:
            raise StateConflict(f"The plan is {plan.status} already.", plan.status)
        return replace(plan, archived=archived)

    return await change_plan(engine, caller, wanted, archive)
