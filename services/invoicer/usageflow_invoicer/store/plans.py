"""Plans and their published versions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from usageflow_common.database import Transaction
from usageflow_common.wire import PageRequest
from usageflow_invoicer.domain.plans import Charge, PlanVersion
from usageflow_invoicer.domain.pricing.per_unit import PerUnit
from usageflow_invoicer.tables import plan_metrics, plan_versions, plans


@dataclass(frozen=True, slots=True)
class Plan:
    """A plan with its present state; `draft` is the definition as it was sent."""

    org_id: UUID
    plan_id: UUID
    code: str
    name: str
    description: str | None
    currency: str
    latest_version: int | None
    draft: Mapping[str, Any] | None
    metadata: Mapping[str, str]
    created_at: datetime
    version: int


@dataclass(frozen=True, slots=True)
class Published:
    """A version and when it was published."""

    version: PlanVersion
    published_at: datetime


async def insert_plan(tx: Transaction, plan: Plan) -> None:
    """Raises an IntegrityError on uq_plans_code."""
    await tx.execute(sa.insert(plans).values(_plan_values(plan)))


async def lock_plan(tx: Transaction, org_id: UUID, plan_id: UUID) -> Plan | None:
    """The plan, until the end of the transaction."""
    return await _one(tx, _by_id(org_id, plan_id).with_for_update())


async def read_plan(tx: Transaction, org_id: UUID, plan_id: UUID) -> Plan | None:
    """One plan."""
    return await _one(tx, _by_id(org_id, plan_id))


async def update_plan(tx: Transaction, plan: Plan) -> None:
    """Store the new state of a locked plan."""
    p = plans.c
    await tx.execute(
        sa.update(plans).where(p.org_id == plan.org_id, p.plan_id == plan.plan_id).values(_plan_values(plan))
    )


async def list_plans(tx: Transaction, org_id: UUID, page: PageRequest, *, code: str | None) -> list[Plan]:
    """Newest first."""
    p = plans.c
    statement = sa.select(plans).where(p.org_id == org_id).order_by(p.created_at.desc(), p.plan_id.desc())
    if code is not None:
        statement = statement.where(p.code == code)
    if page.after is not None:
        last = (datetime.fromisoformat(page.after[0]), UUID(page.after[1]))
        statement = statement.where(sa.tuple_(p.created_at, p.plan_id) < sa.tuple_(*map(sa.literal, last)))
    return [_plan(row) for row in await tx.execute(statement.limit(page.limit))]


async def insert_version(tx: Transaction, org_id: UUID, version: PlanVersion, published_at: datetime) -> None:
    """A published version with its charges: immutable from here on."""
    await tx.execute(
        sa.insert(plan_versions).values(
            org_id=org_id,
            plan_id=version.plan_id,
            number=version.number,
            interval=version.interval,
            interval_count=version.interval_count,
            base_price=version.base_price,
            billing="arrears",
            trial_days=0,
            published_at=published_at,
        )
    )
    rows = [
        {
            "org_id": org_id,
            "plan_id": version.plan_id,
            "number": version.number,
            "position": position,
            "charge_id": charge.charge_id,
            "metric_id": charge.metric_id,
            "metric": charge.metric,
            "aggregation": charge.aggregation,
            "name": charge.name,
            "model": charge.model,
            "unit_price": charge.pricing.unit_price,
            "included_units": charge.pricing.included_units,
            "minimum_minor": charge.pricing.minimum_minor,
            "maximum_minor": charge.pricing.maximum_minor,
        }
        for position, charge in enumerate(version.charges)
    ]
    if rows:
        await tx.execute(sa.insert(plan_metrics), rows)


async def read_versions(
    tx: Transaction, org_id: UUID, names: Iterable[tuple[UUID, int]]
) -> dict[tuple[UUID, int], Published]:
    """Published versions by (plan, number)."""
    wanted = sorted(set(names))
    if not wanted:
        return {}
    v, m = plan_versions.c, plan_metrics.c
    charges: dict[tuple[UUID, int], list[Charge]] = {}
    rows = await tx.execute(
        sa.select(plan_metrics)
        .where(m.org_id == org_id, sa.tuple_(m.plan_id, m.number).in_(wanted))
        .order_by(m.plan_id, m.number, m.position)
    )
    for row in rows:
        charges.setdefault((row.plan_id, row.number), []).append(_charge(row))
    found = await tx.execute(
        sa.select(plan_versions, plans.c.code, plans.c.name, plans.c.currency)
        .join(plans, sa.and_(plans.c.org_id == v.org_id, plans.c.plan_id == v.plan_id))
        .where(v.org_id == org_id, sa.tuple_(v.plan_id, v.number).in_(wanted))
    )
    return {
        (row.plan_id, row.number): Published(
            PlanVersion(
                row.plan_id,
                row.code,
                row.name,
                row.currency,
                row.number,
                row.interval,
                row.interval_count,
                row.base_price,
                tuple(charges.get((row.plan_id, row.number), ())),
            ),
            row.published_at,
        )
        for row in found
    }


def _by_id(org_id: UUID, plan_id: UUID) -> sa.Select[Any]:
    return sa.select(plans).where(plans.c.org_id == org_id, plans.c.plan_id == plan_id)


async def _one(tx: Transaction, statement: sa.Select[Any]) -> Plan | None:
    row = (await tx.execute(statement)).first()
    return _plan(row) if row else None


def _plan(row: sa.Row[Any]) -> Plan:
    return Plan(
        row.org_id,
        row.plan_id,
        row.code,
        row.name,
        row.description,
        row.currency,
        row.latest_version,
        row.draft,
        row.metadata,
        row.created_at,
        row.version,
    )


def _plan_values(plan: Plan) -> dict[str, Any]:
    return {
        "org_id": plan.org_id,
        "plan_id": plan.plan_id,
        "code": plan.code,
        "name": plan.name,
        "description": plan.description,
        "currency": plan.currency,
        "latest_version": plan.latest_version,
        "draft": None if plan.draft is None else dict(plan.draft),
        "metadata": dict(plan.metadata),
        "created_at": plan.created_at,
        "version": plan.version,
    }


def _charge(row: sa.Row[Any]) -> Charge:
    pricing = PerUnit(row.unit_price, row.included_units, row.minimum_minor, row.maximum_minor)
    return Charge(row.charge_id, row.metric_id, row.metric, row.aggregation, row.name, row.model, pricing)
