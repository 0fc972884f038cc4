"""GET /api/events/{eventId}."""

from __future__ import annotations

from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Path
from starlette.responses import Response

from usageflow_aggregator.routes.callers import EventsReader, Parts
from usageflow_aggregator.schemas import EventAnswer, event_body
from usageflow_aggregator.service.event_search import find_event
from usageflow_common.http import ExactRoute, json_response

router: Final = APIRouter(route_class=ExactRoute)


@router.get("/api/events/{eventId}", response_model=EventAnswer)
async def get_event(event_id: Annotated[UUID, Path(alias="eventId")], caller: EventsReader, parts: Parts) -> Response:
    """One counted event; 404 until it is counted."""
    found = await find_event(parts.engine, caller.org_id, event_id)
    return json_response(event_body(found.event, found.corrections))
