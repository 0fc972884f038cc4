"""/api/metrics."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from usageflow_common.http import (
    ExactRoute,
    SeenVersion,
    answer_response,
    caller_with,
    json_response,
    resource_response,
)
from usageflow_common.ids import Prefix
from usageflow_common.records import MetricFilter
from usageflow_common.tokens import Caller
from usageflow_common.wire import public
from usageflow_ingest.routes.pages import any_of, position_before, position_of
from usageflow_ingest.schemas import MetricInput, MetricPage, MetricPatch, MetricQuery, MetricView
from usageflow_ingest.service.metrics import Definition
from usageflow_ingest.store.metrics import MetricSearch

router = APIRouter(route_class=ExactRoute, tags=["metrics"])

Reader = Annotated[Caller, Depends(caller_with("metrics:read"))]
Writer = Annotated[Caller, Depends(caller_with("metrics:write"))]
MetricId = Annotated[UUID, public(Prefix.METRIC)]


@router.post("/api/metrics", status_code=201, response_model=MetricView)
async def create_metric(request: Request, caller: Writer, metric: MetricInput) -> Response:
    """Make a metric. Answered when every service can know it."""
    definition = Definition(
        code=metric.code,
        name=metric.name,
        description=metric.description,
        unit=metric.unit,
        event_name=metric.event_name or metric.code,
        aggregation=metric.aggregation,
        value_property=metric.value_property,
        filters=tuple(
            MetricFilter(property=one.property, operator=one.operator, value=one.value) for one in metric.filters or ()
        ),
        group_by=tuple(metric.group_by or ()),
        metadata=metric.metadata or {},
    )
    return answer_response(await request.state.metrics.create(caller, definition))


@router.get("/api/metrics", response_model=MetricPage)
async def list_metrics(request: Request, caller: Reader, query: Annotated[MetricQuery, Query()]) -> Response:
    """The newest first."""
    filters = query.filters()
    page = request.state.cursors.read(query.cursor, query.limit, filters)
    asked = MetricSearch(any_of(query.status), any_of(query.event_name), any_of(query.code))
    found = await request.state.metrics.list(caller.org_id, asked, position_before(page), page.limit)
    last = position_of(found[-1].created_at, found[-1].metric_id) if found else None
    following = request.state.cursors.next(found, page, last, filters)
    return json_response(MetricPage(data=[MetricView.of(metric) for metric in found], next_cursor=following))


@router.get("/api/metrics/{metricId}", response_model=MetricView)
async def get_metric(request: Request, caller: Reader, metricId: MetricId) -> Response:  # noqa: N803 - the parameter's public name
    """One metric."""
    metric = await request.state.metrics.find(caller.org_id, metricId)
    return resource_response(MetricView.of(metric), metric.version)


@router.patch("/api/metrics/{metricId}", response_model=MetricView)
async def change_metric(
    request: Request,
    caller: Writer,
    metricId: MetricId,  # noqa: N803 - as above
    patch: MetricPatch,
    seen: SeenVersion,
) -> Response:
    """Change the words around it; what it counts is fixed for ever."""
    return answer_response(await request.state.metrics.change_words(caller, metricId, patch, seen))


@router.post("/api/metrics/{metricId}/archive", response_model=MetricView)
async def archive_metric(request: Request, caller: Writer, metricId: MetricId, seen: SeenVersion) -> Response:  # noqa: N803 - as above
    """From now on its events are refused; what was counted stays."""
    return answer_response(await request.state.metrics.change_status(caller, metricId, "archived", seen))


@router.post("/api/metrics/{metricId}/unarchive", response_model=MetricView)
async def unarchive_metric(request: Request, caller: Writer, metricId: MetricId, seen: SeenVersion) -> Response:  # noqa: N803 - as above
    """Its events count again."""
    return answer_response(await request.state.metrics.change_status(caller, metricId, "active", seen))
