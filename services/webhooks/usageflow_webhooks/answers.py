"""What the routes of lists and of the log answer, as told to readers of the API; `schemas` writes the bodies themselves."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from usageflow_common.wire import Instant, ResponseModel
from usageflow_webhooks.domain.outcomes import ErrorCode
from usageflow_webhooks.schemas import DeliveryId, DispatchId, DispatchModel, EndpointId, EndpointModel, EventId


class EndpointList(ResponseModel):
    """Newest first."""

    data: list[EndpointModel]
    next_cursor: str | None


class DispatchList(ResponseModel):
    """Newest first."""

    data: list[DispatchModel]
    next_cursor: str | None


class TimingsModel(ResponseModel):
    """When the parts of an attempt were over, in milliseconds; null where it did not come so far."""

    dns_ms: int | None
    connect_ms: int | None
    tls_ms: int | None
    first_byte_ms: int | None


class SentModel(ResponseModel):
    """What was sent, without its signature. Lists omit the body."""

    headers: dict[str, str]
    body: str | None = None


class ReceivedModel(ResponseModel):
    """What came back: of the body at most 16 KiB, and `truncated` when there was more. Lists omit the body."""

    headers: dict[str, str]
    truncated: bool
    body: str | None = None


class DeliveryModel(ResponseModel):
    """An attempt as logged. `response` is null where nothing was answered; `errorDetail` says `errorCode` in plain words."""

    id: DeliveryId
    dispatch_id: DispatchId
    endpoint_id: EndpointId
    attempt: int
    outcome: Literal["succeeded", "failed"]
    error_code: ErrorCode | None
    error_detail: str | None
    status_code: int | None
    duration_ms: int
    timings: TimingsModel
    url: str
    remote_address: str | None
    request: SentModel
    response: ReceivedModel | None
    created_at: Instant


class DeliveryList(ResponseModel):
    """Newest first, without bodies."""

    data: list[DeliveryModel]
    next_cursor: str | None


class PingedModel(DispatchModel):
    """The dispatch of a ping, with its attempts."""

    deliveries: list[DeliveryModel]


class WebhookEventModel(ResponseModel):
    """A fact; `data` is what receivers get."""

    id: EventId
    sequence: int
    type: str
    customer_id: str | None
    timestamp: Instant
    data: dict[str, Any]
    created_at: Instant


class WebhookEventList(ResponseModel):
    """By sequence."""

    data: list[WebhookEventModel]
    next_cursor: str | None


class EventTypeModel(ResponseModel):
    """A kind of fact, and the JSON Schema of its `data`."""

    name: str
    description: str
    schema_: Annotated[dict[str, Any], Field(alias="schema")]


class EventTypeList(ResponseModel):
    """All of them, on one page."""

    data: list[EventTypeModel]
    next_cursor: None
