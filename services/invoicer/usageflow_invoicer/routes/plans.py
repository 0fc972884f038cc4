"""/api/plans."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Query
from starlette.responses import Response

from usageflow_common.clock import instant_text
from usageflow_common.http import ExactRoute, answer_response, json_response
from usageflow_common.ids import Prefix, new_id
from usageflow_invoicer.routes.parts import Parts, PlanReader, PlanWriter, id_in_path, page_of
from usageflow_invoicer.schemas.lists import ListQuery
from usageflow_invoicer.schemas.plans import Code, PlanBody, PlanCreate, PlanList, plan_body
from usageflow_invoicer.service import plans as service
from usageflow_invoicer.store.plans import Plan

router: Final = APIRouter(route_class=ExactRoute)


class PlanQuery(ListQuery):
    """Filters of the list."""

    code: Code | None = None


@router.get("/api/plans", response_model=PlanList)
async def list_plans(caller: PlanReader, parts: Parts, query: Annotated[PlanQuery, Query()]) -> Response:
    """Plans, newest first, each with its latest version."""
    page, filters = page_of(parts, query)
    rows = await service.list_plans(parts.engine, caller, page, code=query.code)
    position = (instant_text(rows[-1][0].created_at), str(rows[-1][0].plan_id)) if rows else None
    cursor = parts.cursors.next(rows, page, position, filters)
    return json_response(PlanList(data=[plan_body(*row) for row in rows], next_cursor=cursor))


@router.post("/api/plans", status_code=201, response_model=PlanBody)
async def create_plan(body: PlanCreate, caller: PlanWriter, parts: Parts) -> Response:
    """A new plan, published at once or as a draft."""
    codes = [charge.metric for charge in body.draft.charges]
    metrics = await parts.metrics.find(caller.org_id, codes) if codes else {}
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
    answer = await service.create_plan(parts.engine, caller, plan, body.draft, metrics, publish=body.publish)
    return answer_response(answer)


@router.get("/api/plans/{plan_id}", response_model=PlanBody)
async def get_plan(plan_id: str, caller: PlanReader, parts: Parts) -> Response:
    """One plan with its latest version."""
    plan, current = await service.get_plan(parts.engine, caller, id_in_path(Prefix.PLAN, plan_id))
    return json_response(plan_body(plan, current), headers={"ETag": f'"{plan.version}"'})


@router.post("/api/plans/{plan_id}/publish", response_model=PlanBody)
async def publish_plan(plan_id: str, caller: PlanWriter, parts: Parts) -> Response:
    """The draft becomes the next version."""
    found = id_in_path(Prefix.PLAN, plan_id)
    codes = await service.draft_metrics(parts.engine, caller, found)
    metrics = await parts.metrics.find(caller.org_id, codes) if codes else {}
    return answer_response(await service.publish_plan(parts.engine, caller, found, metrics, parts.clock.wall()))
