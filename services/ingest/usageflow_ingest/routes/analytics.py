"""/api/analytics/rejections."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Final
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from usageflow_common.civil import Span, midnight
from usageflow_common.http import ExactRoute, caller_with, json_response
from usageflow_common.http.windows import RangeAnswer, RangeQuery
from usageflow_common.tokens import Caller
from usageflow_common.wire import Instant, QueryModel, ResponseModel, TimeZone

router = APIRouter(route_class=ExactRoute, tags=["analytics"])

_END: Final = datetime(9999, 1, 1, tzinfo=UTC)
Reader = Annotated[Caller, Depends(caller_with("events:read"))]


class RejectionsQuery(RangeQuery):
    """By the time of receipt. Refused events are kept for 35 days."""


class Rejections(ResponseModel):
    """How many events were refused in a window with a code."""

    start: Instant
    end: Instant
    code: str
    count: int


class RejectionList(RangeAnswer):
    """By window and code; where nothing was refused there is no row."""

    data: list[Rejections]


@router.get("/api/analytics/rejections", response_model=RejectionList)
async def count_rejections(request: Request, caller: Reader, query: Annotated[RejectionsQuery, Query()]) -> Response:
    """Refused events over time, by code."""
    windows = query.windows()
    found = await request.state.rejected_events.count(caller.org_id, windows)
    data = [
        Rejections(start=windows[place].start_at, end=windows[place].end_at, code=code, count=count)
        for place, code, count in found
    ]
    return json_response(RejectionList(**query.answered(), data=data))


class RejectedSince(ResponseModel):
    """The part of ingest in the summary."""

    rejected: int


class SummaryQuery(QueryModel):
    """Whose day it is."""

    time_zone: TimeZone


@router.get("/internal/summary", include_in_schema=False)
async def get_summary(request: Request, caller: Reader, query: Annotated[SummaryQuery, Query()]) -> RejectedSince:
    """How many events were refused since the organization's day began: by its own clock, as its events are counted."""
    clock, zone = request.state.clock, ZoneInfo(query.time_zone)
    began_at = midnight(clock.now(caller.org_id).astimezone(zone).date(), zone)
    # Receipt follows wall time.
    received_from = began_at - clock.offset_of(caller.org_id)
    found = await request.state.rejected_events.count(caller.org_id, [Span(received_from, _END)])
    return RejectedSince(rejected=sum(count for _, _, count in found))
