"""/api/backfills, and what the gateway asks of one before it lets events through."""

from __future__ import annotations

from typing import Annotated, Final, TypeAlias
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query, Request
from starlette.responses import Response

from usageflow_aggregator.routes.callers import EventsReader, EventsWriter, Parts
from usageflow_aggregator.schemas.backfills import (
    BackfillPage,
    BackfillQuery,
    BackfillRequest,
    BackfillView,
    RevertRequest,
)
from usageflow_aggregator.service.backfills import Backfills, Opening
from usageflow_common.clock import instant_text
from usageflow_common.errors import InvalidCursor
from usageflow_common.http import ExactRoute, SeenVersion, answer_response, json_response, resource_response
from usageflow_common.ids import Prefix
from usageflow_common.wire import PageRequest, public

router: Final = APIRouter(route_class=ExactRoute)


def _backfills(request: Request) -> Backfills:
    backfills: Backfills = request.state.backfills
    return backfills


Service: TypeAlias = Annotated[Backfills, Depends(_backfills)]
BackfillId: TypeAlias = Annotated[UUID, public(Prefix.BACKFILL), Path(alias="backfillId")]


@router.post("/api/backfills", status_code=201, response_model=BackfillView)
async def open_backfill(body: BackfillRequest, caller: EventsWriter, service: Service) -> Response:
    """Open one: its events may have times in [from, to), at most 400 days ago."""
    return answer_response(await service.open(caller, Opening(body.name, body.from_, body.to, body.reason)))


@router.get("/api/backfills")
async def list_backfills(
    query: Annotated[BackfillQuery, Query()], caller: EventsReader, service: Service, parts: Parts
) -> BackfillPage:
    """The newest first."""
    filters = query.model_dump(exclude={"cursor", "limit"}, mode="json")
    page = parts.cursors.read(query.cursor, query.limit, filters)
    statuses = tuple(query.status.split(",")) if query.status else ()
    found = await service.list(caller.org_id, _before(page), statuses, page.limit)
    last = [str(found[-1].backfill_id)] if found else None
    return BackfillPage(
        data=[BackfillView.of(backfill) for backfill in found],
        next_cursor=parts.cursors.next(found, page, last, filters),
    )


@router.get("/api/backfills/{backfillId}", response_model=BackfillView)
async def get_backfill(backfill_id: BackfillId, caller: EventsReader, service: Service) -> Response:
    """One backfill, with how many of its events were counted and taken back."""
    backfill = await service.find(caller.org_id, backfill_id)
    return resource_response(BackfillView.of(backfill), backfill.version)


@router.post("/api/backfills/{backfillId}/close", response_model=BackfillView)
async def close_backfill(
    backfill_id: BackfillId, caller: EventsWriter, service: Service, seen: SeenVersion
) -> Response:
    """It takes no more events, a second later at most."""
    return answer_response(await service.close(caller, backfill_id, seen))


@router.post("/api/backfills/{backfillId}/revert", status_code=202, response_model=BackfillView)
async def revert_backfill(
    backfill_id: BackfillId,
    caller: EventsWriter,
    service: Service,
    seen: SeenVersion,
    body: RevertRequest | None = None,
) -> Response:
    """None of its events count any more, also those that are still on their way."""
    reason = (body.reason if body is not None else None) or "The backfill was reverted."
    return answer_response(await service.revert(caller, backfill_id, reason, seen))


@router.get("/internal/backfills/{backfill_id}", include_in_schema=False)
async def get_open_backfill(backfill_id: UUID, caller: EventsWriter, service: Service) -> Response:
    """The range of an open backfill; 404, or 409 when it takes no more events."""
    backfill = await service.find_open(caller.org_id, backfill_id)
    return json_response(
        {"id": str(backfill_id), "from": instant_text(backfill.from_at), "to": instant_text(backfill.to_at)}
    )


def _before(page: PageRequest) -> UUID | None:
    if page.after is None:
        return None
    try:
        [backfill_id] = page.after
        return UUID(backfill_id)
    except ValueError as error:
        raise InvalidCursor("The cursor is not one of this list.") from error
