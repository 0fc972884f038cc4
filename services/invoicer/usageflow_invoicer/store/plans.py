"""Plans and their published versions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import sqlalchemy as sa

from usageflow_common.database import Transaction
from usageflow_common.wire import PageRequest
from usageflow_invoicer.domain.plans import Charge, Matrix, PlanVersion
from usageflow_invoicer.domain.pricing.documents import pricing_document, pricing_from
from usageflow_invoicer.tables import plan_metrics, plan_versions, plans

PlanStatus = Literal["draft", "active", "archived"]


@dataclass(frozen=True, slots=True)
class PlanFilter:
    """What a list is narrowed to; None is everything."""

    code: str | None = None
    status: PlanStatus | None = None
    currency: str | None = None


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
    archived: bool = False

    @property
    def status(self) -> PlanStatus:
        """Archived ones take no new subscription; those without a published version are drafts."""
        if self.archived:
            return "archived"
        return "draft" if self.latest_version is None else "active"


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


async def list_plans(tx: Transaction, org_id: UUID, page: PageRequest, wanted: PlanFilter) -> list[Plan]:
    """Newest first."""
    p = plans.c
    statement = sa.select(plans).where(p.org_id == org_id).order_by(p.created_at.desc(), p.plan_id.desc())
    if wanted.code is not None:
        statement = statement.where(p.code == wanted.code)
    if wanted.currency is not None:
        statement = statement.where(p.currency == wanted.currency)
    match wanted.status:
        case "archived":
            statement = statement.where(p.archived)
        case "draft":
            statement = statement.where(~p.archived, p.latest_version.is_(None))
        case "active":
            statement = statement.where(~p.archived, p.latest_version.is_not(None))
        case None:
            pass
    if page.after is not None:
        last = (datetime.fromisoformat(page.after[0]), UUID(page.after[1]))
        statement = statement.where(sa.tuple_(p.created_at, p.plan_id) < sa.tuple_(*map(sa.literal, last)))
    return [_plan(row) for row in await tx.execute(statement.limit(page.limit))]


async def list_versions(tx: Transaction, plan: Plan, page: PageRequest) -> list[Published]:
    """Of one plan, the newest first. The cursor holds a number."""
    newest = plan.latest_version or 0
    if page.after is not None:
        newest = min(newest, int(page.after[0]) - 1)
    names = [(plan.plan_id, number) for number in range(newest, max(0, newest - page.limit), -1)]
    found = await read_versions(tx, plan.org_id, names)
    return [found[name] for name in names]


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
            billing=version.billing,
            trial_days=version.trial_days,
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
            "definition": _definition(charge),
            "matrix_property": charge.matrix.property if charge.matrix else None,
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
                row.billing,
                row.trial_days,
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
        row.archived,
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
        "archived": plan.archived,
    }


def _definition(charge: Charge) -> dict[str, Any]:
    document = pricing_document(charge.pricing)
    if charge.matrix is not None:
        document["values"] = {value: pricing_document(pricing) for value, pricing in charge.matrix.values.items()}
    return document


def _charge(row: sa.Row[Any]) -> Charge:
    matrix = None
    if row.matrix_property is not None:
        values = {value: pricing_from(row.model, document) for value, document in row.definition["values"].items()}
        matrix = Matrix(row.matrix_property, values)
    pricing = pricing_from(row.model, row.definition)
    return Charge(row.charge_id, row.metric_id, row.metric, row.aggregation, row.name, row.model, pricing, matrix)
