"""/api/rejected-events."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from usageflow_common.http import ExactRoute, caller_with, json_response
from usageflow_common.ids import Prefix
from usageflow_common.tokens import Caller
from usageflow_common.wire import public
from usageflow_ingest.routes.pages import any_of, position_before, position_of
from usageflow_ingest.schemas import RejectedEventPage, RejectedEventQuery, RejectedEventView
from usageflow_ingest.store.rejected_events import RejectedFilter

router = APIRouter(route_class=ExactRoute, tags=["rejected events"])

Reader = Annotated[Caller, Depends(caller_with("events:read"))]


@router.get("/api/rejected-events", response_model=RejectedEventPage)
async def list_rejected_events(
    request: Request, caller: Reader, query: Annotated[RejectedEventQuery, Query()]
) -> Response:
    """The newest first."""
    filters = query.filters()
    page = request.state.cursors.read(query.cursor, query.limit, filters)
    asked = RejectedFilter(
        any_of(query.code), any_of(query.customer_id), any_of(query.metric), query.received_from, query.received_to
    )
    found = await request.state.rejected_events.list(caller.org_id, asked, position_before(page), page.limit)
    last = position_of(found[-1].received_at, found[-1].rejected_event_id) if found else None
    following = request.state.cursors.next(found, page, last, filters)
    return json_response(
        RejectedEventPage(data=[RejectedEventView.of(event) for event in found], next_cursor=following)
    )


@router.get("/api/rejected-events/{rejectedEventId}", response_model=RejectedEventView)
async def get_rejected_event(
    request: Request,
    caller: Reader,
    rejectedEventId: Annotated[UUID, public(Prefix.REJECTED_EVENT)],  # noqa: N803 - the parameter's public name
) -> Response:
    """One refused event."""
    return json_response(RejectedEventView.of(await request.state.rejected_events.find(caller.org_id, rejectedEventId)))
