"""POST /api/events/{eventId}/void and …/amend."""

from __future__ import annotations

from typing import Annotated, Final, TypeAlias
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Request
from starlette.responses import Response

from usageflow_aggregator.domain.amending import Refused, read_amendment
from usageflow_aggregator.routes.callers import EventsWriter
from usageflow_aggregator.schemas.corrections import AmendRequest, CorrectedEventAnswer, VoidRequest
from usageflow_aggregator.schemas.events import exact_json
from usageflow_aggregator.service.corrections import Amending, Corrections, Voiding
from usageflow_common.errors import ValidationFailed
from usageflow_common.http import ExactRoute, SeenVersion, answer_response
from usageflow_common.operations import Answer

router: Final = APIRouter(route_class=ExactRoute)


def _corrections(request: Request) -> Corrections:
    corrections: Corrections = request.state.corrections
    return corrections


Service: TypeAlias = Annotated[Corrections, Depends(_corrections)]
EventId: TypeAlias = Annotated[UUID, Path(alias="eventId")]


@router.post("/api/events/{eventId}/void", status_code=202, response_model=CorrectedEventAnswer)
async def void_event(
    event_id: EventId, body: VoidRequest, caller: EventsWriter, service: Service, seen: SeenVersion
) -> Response:
    """It counts no more, for ever, and its key stays used. Applied when the correction is counted, usually within a second."""
    asked = Voiding(body.reason, body.force, body.customer_id)
    return _response(await service.void(caller, event_id, asked, seen))


@router.post("/api/events/{eventId}/amend", status_code=202, response_model=CorrectedEventAnswer)
async def amend_event(
    event_id: EventId, body: AmendRequest, caller: EventsWriter, service: Service, seen: SeenVersion
) -> Response:
    """It counts with other values; metric and customer stay. If-Match names the revision that the caller has seen."""
    values = read_amendment(body.amount, body.properties, body.timestamp)
    if isinstance(values, Refused):
        raise ValidationFailed(values.detail, code=values.code)
    return _response(await service.amend(caller, event_id, Amending(values, body.reason), seen))


def _response(answer: Answer) -> Response:
    """Numbers in properties keep all their digits, and stay numbers."""
    body = dict(answer.body or {})
    if "properties" in body:
        body["properties"] = exact_json(body["properties"])
    return answer_response(Answer(answer.status, body, answer.location, answer.etag, replayed=answer.replayed))
