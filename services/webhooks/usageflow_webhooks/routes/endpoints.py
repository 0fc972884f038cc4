"""Endpoints and their secrets."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Body
from starlette.requests import Request
from starlette.responses import Response

from usageflow_common.http import ExactRoute, SeenVersion, answer_response, json_response, resource_response
from usageflow_webhooks.answers import EndpointList, EventTypeList, PingedModel
from usageflow_webhooks.routes.edge import Cursor, Limit, Reader, Writer, keyed, parts_of
from usageflow_webhooks.schemas import (
    EnableRequest,
    EndpointCreate,
    EndpointId,
    EndpointModel,
    EndpointPatch,
    NoFields,
    ReplayModel,
    ReplayRequest,
    event_types_body,
)
from usageflow_webhooks.service import endpoints, reading, replaying, sending

router = APIRouter(route_class=ExactRoute, tags=["webhooks"])
_NOTHING = NoFields()


@router.get("/event-types", response_model=EventTypeList)
async def event_types(_caller: Reader) -> Response:
    """The kinds of facts that endpoints can choose."""
    return json_response(event_types_body())


@router.get("/endpoints", response_model=EndpointList)
async def list_endpoints(request: Request, caller: Reader, limit: Limit = 50, cursor: Cursor = None) -> Response:
    """Newest first, with their health."""
    return json_response(
        await reading.list_endpoints(parts_of(request), caller.org_id, reading.Wanted("endpoints", limit, cursor))
    )


@router.post("/endpoints", status_code=201, response_model=EndpointModel)
async def create_endpoint(request: Request, caller: Writer, wish: EndpointCreate) -> Response:
    """A new endpoint. The answer shows its secret."""
    return answer_response(await endpoints.create_endpoint(parts_of(request), keyed(caller), wish))


@router.get("/endpoints/{endpoint_id}", response_model=EndpointModel)
async def get_endpoint(request: Request, caller: Reader, endpoint_id: EndpointId) -> Response:
    """One endpoint, with its health."""
    body, version = await reading.get_endpoint(parts_of(request), caller.org_id, endpoint_id)
    return resource_response(body, version)


@router.patch("/endpoints/{endpoint_id}", response_model=EndpointModel)
async def change_endpoint(
    request: Request, caller: Writer, seen: SeenVersion, endpoint_id: EndpointId, patch: EndpointPatch
) -> Response:
    """Change what the patch names."""
    return answer_response(await endpoints.change_endpoint(parts_of(request), caller, endpoint_id, patch, seen))


@router.delete("/endpoints/{endpoint_id}", status_code=204)
async def delete_endpoint(request: Request, caller: Writer, seen: SeenVersion, endpoint_id: EndpointId) -> Response:
    """Stop it for good. Its log stays readable."""
    return answer_response(await endpoints.delete_endpoint(parts_of(request), caller, endpoint_id, seen))


@router.post("/endpoints/{endpoint_id}/enable", response_model=EndpointModel)
async def enable_endpoint(
    request: Request,
    caller: Writer,
    seen: SeenVersion,
    endpoint_id: EndpointId,
    wish: Annotated[EnableRequest | None, Body()] = None,
) -> Response:
    """Send again, and what was parked too, unless it is to be discarded."""
    discard = wish is not None and wish.parked == "discard"
    return answer_response(
        await endpoints.enable_endpoint(parts_of(request), keyed(caller), endpoint_id, seen, discard=discard)
    )


@router.post("/endpoints/{endpoint_id}/disable", response_model=EndpointModel)
async def disable_endpoint(
    request: Request, caller: Writer, seen: SeenVersion, endpoint_id: EndpointId, _body: NoFields = _NOTHING
) -> Response:
    """Send nothing; what comes is parked."""
    return answer_response(await endpoints.disable_endpoint(parts_of(request), keyed(caller), endpoint_id, seen))


@router.post("/endpoints/{endpoint_id}/ping", response_model=PingedModel)
async def ping(request: Request, caller: Writer, endpoint_id: EndpointId, _body: NoFields = _NOTHING) -> Response:
    """Send a ping; the answer is its dispatch with the attempts."""
    return answer_response(await sending.ping(parts_of(request), keyed(caller), endpoint_id))


@router.post("/endpoints/{endpoint_id}/replay", status_code=202, response_model=ReplayModel)
async def replay(request: Request, caller: Writer, endpoint_id: EndpointId, wish: ReplayRequest) -> Response:
    """Send again what it missed, what failed, or everything of a range: the same ids, the same bytes."""
    return answer_response(await replaying.replay_range(parts_of(request), keyed(caller), endpoint_id, wish))


@router.get("/endpoints/{endpoint_id}/secret", response_model=EndpointModel)
async def reveal_secret(request: Request, caller: Writer, endpoint_id: EndpointId) -> Response:
    """The endpoint with its signing secret. Audited."""
    return json_response(await endpoints.reveal_secret(parts_of(request), caller, endpoint_id))


@router.post("/endpoints/{endpoint_id}/rotate-secret", response_model=EndpointModel)
async def rotate_secret(
    request: Request, caller: Writer, seen: SeenVersion, endpoint_id: EndpointId, _body: NoFields = _NOTHING
) -> Response:
    """A new signing secret. The old one signs too for 24 hours."""
    return answer_response(await endpoints.rotate_secret(parts_of(request), keyed(caller), endpoint_id, seen))
