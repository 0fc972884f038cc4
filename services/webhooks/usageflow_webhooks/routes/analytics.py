"""/api/analytics/deliveries."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from usageflow_common.http import ExactRoute, json_response
from usageflow_common.http.windows import RangeAnswer, RangeQuery
from usageflow_common.ids import Prefix
from usageflow_common.wire import Instant, ResponseModel, public
from usageflow_webhooks.routes.edge import Reader, parts_of
from usageflow_webhooks.service import reading

router = APIRouter(route_class=ExactRoute, tags=["analytics"])


class DeliveriesQuery(RangeQuery):
    """Attempts by when they ended; of one endpoint, or of all."""

    endpoint_id: Annotated[UUID, public(Prefix.ENDPOINT)] | None = None


class Deliveries(ResponseModel):
    """A window with its attempts: how many succeeded and failed, and how long half of them, and all but a twentieth, took at most."""

    start: Instant
    end: Instant
    succeeded: int
    failed: int
    p50_ms: int
    p95_ms: int


class DeliveriesList(RangeAnswer):
    """By window; one without an attempt has no row."""

    data: list[Deliveries]


@router.get("/api/analytics/deliveries", response_model=DeliveriesList)
async def count_deliveries(request: Request, caller: Reader, query: Annotated[DeliveriesQuery, Query()]) -> Response:
    """Success and latency of deliveries over time."""
    windows = query.windows()
    found = await reading.count_deliveries(parts_of(request), caller.org_id, windows, query.endpoint_id)
    data = [
        Deliveries(
            start=windows[each.place].start_at,
            end=windows[each.place].end_at,
            succeeded=each.succeeded,
            failed=each.failed,
            p50_ms=each.p50_ms,
            p95_ms=each.p95_ms,
        )
        for each in found
    ]
    return json_response(DeliveriesList(**query.answered(), data=data))
