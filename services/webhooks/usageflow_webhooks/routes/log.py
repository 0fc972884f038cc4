"""The log: facts, dispatches and attempts."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from usageflow_common.http import ExactRoute, answer_response, json_response
from usageflow_common.ids import Prefix
from usageflow_common.wire import Instant
from usageflow_webhooks.answers import DeliveryList, DeliveryModel, DispatchList, WebhookEventList, WebhookEventModel
from usageflow_webhooks.routes.edge import Cursor, Limit, Reader, Writer, any_id, any_of, any_status, keyed, parts_of
from usageflow_webhooks.schemas import DeliveryId, DispatchId, DispatchModel, EventId, NoFields
from usageflow_webhooks.service import reading, sending
from usageflow_webhooks.store.deliveries import DeliveryFilter
from usageflow_webhooks.store.events import EventFilter
from usageflow_webhooks.store.queue import DispatchFilter

router = APIRouter(route_class=ExactRoute, tags=["webhooks"])
_NOTHING = NoFields()

_Text = Annotated[str | None, Query(max_length=4096)]
_EndpointIds = Annotated[str | None, Query(alias="endpointId", max_length=4096)]
_From = Annotated[Instant | None, Query(alias="createdFrom")]
_To = Annotated[Instant | None, Query(alias="createdTo")]


@router.get("/events", response_model=WebhookEventList)
async def list_events(
    request: Request,
    caller: Reader,
    *,
    type_: Annotated[_Text, Query(alias="type")] = None,
    customer_id: Annotated[_Text, Query(alias="customerId")] = None,
    created_from: _From = None,
    created_to: _To = None,
    after_sequence: Annotated[int | None, Query(alias="afterSequence", ge=0, le=2**53 - 1)] = None,
    sort: Literal["sequence", "-sequence", "createdAt", "-createdAt"] = "-sequence",
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    """Facts with their payload. Numbers are given in the order of creation, so both sorts are the same."""
    chosen = EventFilter(
        any_of("type", type_), any_of("customerId", customer_id), created_from, created_to, after_sequence
    )
    ascending = not sort.startswith("-")
    filters = {
        "type": type_,
        "customerId": customer_id,
        "createdFrom": created_from,
        "createdTo": created_to,
        "afterSequence": after_sequence,
        "ascending": ascending,
    }
    parts = parts_of(request)
    return json_response(
        await reading.list_events(
            parts, caller.org_id, chosen, reading.Wanted("events", limit, cursor, filters), ascending=ascending
        )
    )


@router.get("/events/{event_id}", response_model=WebhookEventModel)
async def get_event(request: Request, caller: Reader, event_id: EventId) -> Response:
    """One fact."""
    return json_response(await reading.get_event(parts_of(request), caller.org_id, event_id))


@router.get("/dispatches", response_model=DispatchList)
async def list_dispatches(
    request: Request,
    caller: Reader,
    *,
    endpoint_id: _EndpointIds = None,
    event_id: Annotated[_Text, Query(alias="eventId")] = None,
    event_type: Annotated[_Text, Query(alias="eventType")] = None,
    status: _Text = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    """Newest first."""
    chosen = DispatchFilter(
        any_id("endpointId", Prefix.ENDPOINT, endpoint_id),
        any_id("eventId", Prefix.WEBHOOK_EVENT, event_id),
        any_of("eventType", event_type),
        any_of("status", status),
    )
    filters = {"endpointId": endpoint_id, "eventId": event_id, "eventType": event_type, "status": status}
    return json_response(
        await reading.list_dispatches(
            parts_of(request), caller.org_id, chosen, reading.Wanted("dispatches", limit, cursor, filters)
        )
    )


@router.get("/dispatches/{dispatch_id}", response_model=DispatchModel)
async def get_dispatch(request: Request, caller: Reader, dispatch_id: DispatchId) -> Response:
    """One dispatch."""
    return json_response(await reading.get_dispatch(parts_of(request), caller.org_id, dispatch_id))


@router.post("/dispatches/{dispatch_id}/replay", status_code=202, response_model=DispatchModel)
async def replay(request: Request, caller: Writer, dispatch_id: DispatchId, _body: NoFields = _NOTHING) -> Response:
    """Try again now: the same webhook-id, the same body."""
    return answer_response(await sending.replay(parts_of(request), keyed(caller), dispatch_id))


@router.get("/deliveries", response_model=DeliveryList)
async def list_deliveries(
    request: Request,
    caller: Reader,
    *,
    endpoint_id: _EndpointIds = None,
    dispatch_id: Annotated[_Text, Query(alias="dispatchId")] = None,
    outcome: _Text = None,
    status_code: Annotated[_Text, Query(alias="statusCode")] = None,
    created_from: _From = None,
    created_to: _To = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    """Attempts, newest first, without bodies."""
    chosen = DeliveryFilter(
        any_id("endpointId", Prefix.ENDPOINT, endpoint_id),
        any_id("dispatchId", Prefix.DISPATCH, dispatch_id),
        any_of("outcome", outcome),
        any_status("statusCode", status_code),
        created_from,
        created_to,
    )
    filters = {
        "endpointId": endpoint_id,
        "dispatchId": dispatch_id,
        "outcome": outcome,
        "statusCode": status_code,
        "createdFrom": created_from,
        "createdTo": created_to,
    }
    return json_response(
        await reading.list_deliveries(
            parts_of(request), caller.org_id, chosen, reading.Wanted("deliveries", limit, cursor, filters)
        )
    )


@router.get("/deliveries/{delivery_id}", response_model=DeliveryModel)
async def get_delivery(request: Request, caller: Reader, delivery_id: DeliveryId) -> Response:
    """One attempt, with what was sent and what came back."""
    return json_response(await reading.get_delivery(parts_of(request), caller.org_id, delivery_id))
