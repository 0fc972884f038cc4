"""/api/analytics/deliveries."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from usageflow_common.civil import Span
from usageflow_common.http import ExactRoute, json_response
from usageflow_common.http.windows import RangeAnswer, RangeQuery
from usageflow_common.ids import Prefix
from usageflow_common.wire import ExactDecimal, Instant, ResponseModel, public
from usageflow_webhooks.routes.edge import Reader, parts_of
from usageflow_webhooks.service import reading

router = APIRouter(route_class=ExactRoute, tags=["analytics"])
_RATE_PLACES: Final = Decimal("0.0000000001")


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


class Deliveries24h(ResponseModel):
    """Attempts of the last 24 hours; `successRate` is null where there was none."""

    succeeded: int
    failed: int
    success_rate: ExactDecimal | None


@router.get("/internal/summary", include_in_schema=False)
async def get_summary(request: Request, caller: Reader) -> Deliveries24h:
    """The webhooks' part of the summary. (What the others are asked for, a time zone, does not matter here.)"""
    parts = parts_of(request)
    now = parts.clock.wall()
    found = await reading.count_deliveries(parts, caller.org_id, [Span(now - timedelta(hours=24), now)], None)
    succeeded, failed = sum(each.succeeded for each in found), sum(each.failed for each in found)
    rate = (Decimal(succeeded) / (succeeded + failed)).quantize(_RATE_PLACES) if succeeded + failed else None
    return Deliveries24h(succeeded=succeeded, failed=failed, success_rate=rate)
