"""/api/plans."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Query
from starlette.responses import Response

from usageflow_common.clock import instant_text
from usageflow_common.errors import NotFound
from usageflow_common.http import (
    ExactRoute,
    KnownVersion,
    SeenVersion,
    answer_response,
    json_response,
    resource_response,
)
from usageflow_common.ids import Prefix, new_id
from usageflow_common.records import MetricRecord
from usageflow_common.tokens import Caller
from usageflow_common.wire import Currency
from usageflow_invoicer.routes.parts import (
    Invoicer,
    Parts,
    PlanReader,
    PlanUsageReader,
    PlanWriter,
    id_in_path,
    page_of,
)
from usageflow_invoicer.schemas.backtests import BacktestBody, BacktestInput, BacktestRow, totals
from usageflow_invoicer.schemas.lists import ListQuery
from usageflow_invoicer.schemas.plans import (
    Code,
    DefinitionInput,
    PlanBody,
    PlanCreate,
    PlanList,
    PlanPatch,
    VersionBody,
    VersionList,
    plan_body,
    version_body,
)
from usageflow_invoicer.schemas.simulations import SimulationBody, SimulationInput
from usageflow_invoicer.service import backtests, publishing, simulation
from usageflow_invoicer.service import plans as service
from usageflow_invoicer.service.plans import PlanChange
from usageflow_invoicer.store.plans import Plan, PlanFilter, PlanStatus

router: Final = APIRouter(route_class=ExactRoute)
_NUMBER_DIGITS_MAX: Final = 9


class PlanQuery(ListQuery):
    """Filters of the list."""

    code: Code | None = None
    status: PlanStatus | None = None
    currency: Currency | None = None


@router.get("/api/plans", response_model=PlanList)
async def list_plans(caller: PlanReader, parts: Parts, query: Annotated[PlanQuery, Query()]) -> Response:
    """Plans, newest first, each with its latest version."""
    page, filters = page_of(parts, query)
    wanted = PlanFilter(query.code, query.status, query.currency)
    rows = await service.list_plans(parts.engine, caller, page, wanted)
    position = (instant_text(rows[-1][0].created_at), str(rows[-1][0].plan_id)) if rows else None
    cursor = parts.cursors.next(rows, page, position, filters)
    return json_response(PlanList(data=[plan_body(*row) for row in rows], next_cursor=cursor))


@router.post("/api/plans", status_code=201, response_model=PlanBody)
async def create_plan(body: PlanCreate, caller: PlanWriter, parts: Parts) -> Response:
    """A new plan, published at once or as a draft."""
    plan = Plan(
        caller.org_id,
        new_id(),
        body.code,
        body.name,
        body.description,
        body.currency,
        None,
        body.draft.model_dump(mode="json", by_alias=True),
        body.metadata or {},
        parts.clock.wall(),
        1,
    )
    metrics = await _metrics(parts, caller, body.draft)
    answer = await service.create_plan(parts.engine, caller, plan, body.draft, metrics, publish=body.publish)
    return answer_response(answer)


@router.post("/api/plans/simulate", response_model=SimulationBody)
async def simulate(body: SimulationInput, caller: PlanReader, parts: Parts) -> Response:
    """What usage would cost by a version, a draft or any definition; nothing is stored."""
    return json_response(await simulation.simulate(parts.engine, caller, parts.metrics, body))


@router.post("/api/plans/backtest", response_model=BacktestBody)
async def backtest(body: BacktestInput, caller: PlanUsageReader, parts: Parts) -> Response:
    """What a price would have billed for the real usage of invoiced periods, beside what was billed."""
    filters = body.model_dump(mode="json", by_alias=True, exclude={"limit", "cursor"})
    page = parts.cursors.read(body.cursor, body.limit, filters)
    after = page.after[0] if page.after else None
    rows, currency = await backtests.backtest(parts.engine, caller, parts.metrics, body, after)
    cursor = parts.cursors.next(rows, page, (rows[-1].customer_id,) if rows else None, filters)
    data = [
        BacktestRow(
            customer_id=row.customer_id,
            **totals(row.billed_minor, row.simulated_minor, currency).model_dump(),
        )
        for row in rows
    ]
    billed, simulated = sum(row.billed_minor for row in rows), sum(row.simulated_minor for row in rows)
    return json_response(BacktestBody(data=data, totals=totals(billed, simulated, currency), next_cursor=cursor))


@router.get("/api/plans/{plan_id}", response_model=PlanBody)
async def get_plan(plan_id: str, caller: PlanReader, parts: Parts) -> Response:
    """One plan with its latest version."""
    plan, current = await service.get_plan(parts.engine, caller, id_in_path(Prefix.PLAN, plan_id))
    return resource_response(plan_body(plan, current), plan.version)


@router.patch("/api/plans/{plan_id}", response_model=PlanBody)
async def edit_plan(plan_id: str, body: PlanPatch, caller: PlanWriter, parts: Parts, seen: SeenVersion) -> Response:
    """Change what stands around the definitions: name, description, metadata."""
    wanted = _change(plan_id, "updated", seen)
    return answer_response(await service.edit_plan(parts.engine, caller, wanted, body))


@router.put("/api/plans/{plan_id}/draft", response_model=PlanBody)
async def put_draft(
    plan_id: str, body: DefinitionInput, caller: PlanWriter, parts: Parts, seen: KnownVersion
) -> Response:
    """Replace the draft; If-Match names the version of the plan that the caller has seen."""
    wanted = _change(plan_id, "draft_replaced", seen)
    metrics = await _metrics(parts, caller, body)
    return answer_response(await service.put_draft(parts.engine, caller, wanted, body, metrics))


@router.delete("/api/plans/{plan_id}/draft", status_code=204, response_model=None)
async def drop_draft(plan_id: str, caller: PlanWriter, parts: Parts, seen: KnownVersion) -> Response:
    """Drop the draft; If-Match names the version of the plan that the caller has seen."""
    wanted = _change(plan_id, "draft_dropped", seen, status=204)
    return answer_response(await service.drop_draft(parts.engine, caller, wanted))


@router.post("/api/plans/{plan_id}/publish", response_model=PlanBody)
async def publish_plan(plan_id: str, caller: PlanWriter, parts: Parts, seen: SeenVersion) -> Response:
    """The draft becomes the next version."""
    wanted = _change(plan_id, "published", seen)
    plan, _ = await service.get_plan(parts.engine, caller, wanted.plan_id)
    metrics = {} if plan.draft is None else await _metrics(parts, caller, DefinitionInput.model_validate(plan.draft))
    return answer_response(await publishing.publish_plan(parts.engine, caller, wanted, metrics, parts.clock.wall()))


@router.post("/api/plans/{plan_id}/archive", response_model=PlanBody)
async def archive_plan(plan_id: str, caller: PlanWriter, parts: Parts, seen: SeenVersion) -> Response:
    """No new subscriptions from now on; those that there are go on."""
    return answer_response(await publishing.archive_plan(parts.engine, caller, _change(plan_id, "archived", seen)))


@router.post("/api/plans/{plan_id}/unarchive", response_model=PlanBody)
async def unarchive_plan(plan_id: str, caller: PlanWriter, parts: Parts, seen: SeenVersion) -> Response:
    """It takes subscriptions again."""
    wanted = _change(plan_id, "unarchived", seen)
    return answer_response(await publishing.unarchive_plan(parts.engine, caller, wanted))


@router.get("/api/plans/{plan_id}/versions", response_model=VersionList)
async def list_versions(
    plan_id: str, caller: PlanReader, parts: Parts, query: Annotated[ListQuery, Query()]
) -> Response:
    """Published versions, the newest first."""
    filters = {"planId": plan_id}
    page = parts.cursors.read(query.cursor, query.limit, filters)
    rows = await service.list_versions(parts.engine, caller, id_in_path(Prefix.PLAN, plan_id), page)
    position = (str(rows[-1].version.number),) if rows else None
    cursor = parts.cursors.next(rows, page, position, filters)
    return json_response(VersionList(data=[version_body(row) for row in rows], next_cursor=cursor))


@router.get("/api/plans/{plan_id}/versions/{number}", response_model=VersionBody)
async def get_version(plan_id: str, number: str, caller: PlanReader, parts: Parts) -> Response:
    """One published version: it never changes."""
    if not (number.isascii() and number.isdecimal() and len(number) <= _NUMBER_DIGITS_MAX):
        raise NotFound
    found = await service.get_version(parts.engine, caller, id_in_path(Prefix.PLAN, plan_id), int(number))
    return json_response(version_body(found))


def _change(plan_id: str, word: str, seen: int | None, status: int = 200) -> PlanChange:
    return PlanChange(id_in_path(Prefix.PLAN, plan_id), word, seen, status)


async def _metrics(parts: Invoicer, caller: Caller, definition: DefinitionInput) -> dict[str, MetricRecord]:
    codes = [charge.metric for charge in definition.charges]
    return await parts.metrics.find(caller.org_id, codes) if codes else {}
