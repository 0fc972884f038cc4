"""The public JSON of webhooks: what requests may hold, and what answers look like."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from importlib import resources
from typing import Annotated, Any, Final, Literal
from uuid import UUID

import msgspec
from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from usageflow_common.clock import instant_text
from usageflow_common.ids import Prefix, public_id
from usageflow_common.wire import Instant, RequestModel, ResponseModel, public
from usageflow_webhooks.domain.dispatches import Dispatch, DispatchStatus
from usageflow_webhooks.domain.endpoints import CONCURRENCY_MAX, RATE_MAX, DisabledReason, Endpoint, Health
from usageflow_webhooks.domain.event_types import ENDPOINT_DISABLED, EVENT_TYPES, EVERYTHING, NAMES, PING
from usageflow_webhooks.domain.headers import HEADERS_MAX, MASK, refusal_of
from usageflow_webhooks.domain.outcomes import EXPLANATIONS, TIMINGS, ErrorCode
from usageflow_webhooks.domain.replays import Only
from usageflow_webhooks.store.deliveries import Delivery
from usageflow_webhooks.store.events import StoredEvent

EndpointId = Annotated[UUID, public(Prefix.ENDPOINT)]
EventId = Annotated[UUID, public(Prefix.WEBHOOK_EVENT)]
DispatchId = Annotated[UUID, public(Prefix.DISPATCH)]
DeliveryId = Annotated[UUID, public(Prefix.DELIVERY)]


def _known_type(name: str) -> str:
    if name not in NAMES and name != EVERYTHING:
        raise PydanticCustomError("invalid_value", "Must be one of the event types, or *")
    return name


def _each_once(names: list[str]) -> list[str]:
    if len(set(names)) != len(names):
        raise PydanticCustomError("duplicate", "Each event type once")
    return names


EventTypes = Annotated[
    list[Annotated[str, AfterValidator(_known_type)]], Field(min_length=1, max_length=50), AfterValidator(_each_once)
]
Description = Annotated[str, Field(max_length=500)]


def _sendable(headers: dict[str, str]) -> dict[str, str]:
    for name, value in headers.items():
        refusal = refusal_of(name, value)
        if refusal is not None:
            raise PydanticCustomError("invalid_value", "{name}: {refusal}", {"name": name[:64], "refusal": refusal})
    if len({name.lower() for name in headers}) != len(headers):
        raise PydanticCustomError("duplicate", "Each header once")
    return headers


Headers = Annotated[dict[str, str], Field(max_length=HEADERS_MAX), AfterValidator(_sendable)]
RatePerSecond = Annotated[int, Field(ge=1, le=RATE_MAX)]
Concurrency = Annotated[int, Field(ge=1, le=CONCURRENCY_MAX)]


class EndpointCreate(RequestModel):
    """A new endpoint."""

    url: str
    event_types: EventTypes
    description: Description | None = None
    headers: Headers | None = None
    rate_per_second: RatePerSecond | None = None
    concurrency: Concurrency | None = None


class EndpointPatch(RequestModel):
    """A merge patch: what is absent stays. Null clears the description, the headers and the rate, and brings back the default concurrency."""

    url: str = ""
    event_types: EventTypes = Field(default_factory=list)
    description: Description | None = None
    headers: Headers | None = None
    rate_per_second: RatePerSecond | None = None
    concurrency: Concurrency | None = None


class EnableRequest(RequestModel):
    """What becomes of the dispatches that were parked."""

    parked: Literal["send", "discard"] = "send"


class ReplayRequest(RequestModel):
    """Facts from `since` up to, without, `until` (now, unless it is given): at most 31 days."""

    since: Instant
    until: Instant | None = None
    only: Only


class ReplayModel(ResponseModel):
    """How many dispatches are sent again. `nextSince`: there were more; ask again from here."""

    dispatches: int
    next_since: Instant | None


class NoFields(RequestModel):
    """A body without members."""


class HealthModel(ResponseModel):
    """Attempts of the last 24 hours, dispatches that wait for the endpoint to be enabled, and since when nothing gets through."""

    succeeded_24h: Annotated[int, Field(alias="succeeded24h")]
    failed_24h: Annotated[int, Field(alias="failed24h")]
    parked: int
    failing_since: Instant | None


class EndpointModel(ResponseModel):
    """An endpoint. `secret` is only there when it is created, rotated or revealed; values of `headers` are masked."""

    id: EndpointId
    url: str
    description: str | None
    event_types: list[str]
    status: Literal["enabled", "disabled"]
    disabled_reason: DisabledReason | None
    headers: dict[str, str]
    rate_per_second: int | None
    concurrency: int
    health: HealthModel
    secret_rotated_at: Instant
    created_at: Instant
    version: int
    secret: str | None = None


class SwitchedOffModel(ResponseModel):
    """An endpoint as told to others when it was switched off: without its health, which is a matter of the moment."""

    id: EndpointId
    url: str
    description: str | None
    event_types: list[str]
    status: str
    disabled_reason: str | None
    headers: dict[str, str]
    rate_per_second: int | None
    concurrency: int
    secret_rotated_at: Instant
    created_at: Instant
    version: int


class EndpointDisabled(ResponseModel):
    """Another endpoint was switched off."""

    endpoint: SwitchedOffModel
    reason: DisabledReason
    failing_since: Instant | None
    last_delivery_id: DeliveryId | None


class Ping(ResponseModel):
    """A test, sent on request."""

    endpoint_id: EndpointId


PAYLOADS: Final[Mapping[str, type[ResponseModel]]] = {ENDPOINT_DISABLED: EndpointDisabled, PING: Ping}
"""What the facts of this service tell, by their types."""


class DispatchModel(ResponseModel):
    """One fact for one endpoint, and where it stands."""

    id: DispatchId
    event_id: EventId
    event_type: str
    endpoint_id: EndpointId
    status: DispatchStatus
    attempts: int
    next_attempt_at: Instant | None
    created_at: Instant
    completed_at: Instant | None


def endpoint_body(endpoint: Endpoint, health: Health, secret: str | None = None) -> dict[str, Any]:
    """An endpoint as shown; with its secret only where that is asked for."""
    model = EndpointModel(
        id=endpoint.endpoint_id,
        url=endpoint.url,
        description=endpoint.description,
        event_types=list(endpoint.event_types),
        status=endpoint.status,
        disabled_reason=endpoint.disabled_reason,
        headers=dict.fromkeys(endpoint.header_names, MASK),
        rate_per_second=endpoint.rate_per_second,
        concurrency=endpoint.concurrency,
        health=HealthModel(
            succeeded_24h=health.succeeded_24h,
            failed_24h=health.failed_24h,
            parked=health.parked,
            failing_since=health.failing_since,
        ),
        secret_rotated_at=endpoint.secret_rotated_at,
        created_at=endpoint.created_at,
        version=endpoint.version,
        secret=secret,
    )
    return model.model_dump(mode="json", by_alias=True, exclude=set() if secret else {"secret"})


def payload(data: ResponseModel) -> bytes:
    """The `data` of a fact of this service, as bytes."""
    return msgspec.json.encode(data.model_dump(mode="json", by_alias=True))


def switched_off_body(endpoint: Endpoint) -> SwitchedOffModel:
    """An endpoint as told to others."""
    return SwitchedOffModel.model_validate(endpoint_body(endpoint, Health()))


def dispatch_body(dispatch: Dispatch, deliveries: Sequence[Delivery] | None = None) -> dict[str, Any]:
    """A dispatch as shown; with its attempts where a route answers them too."""
    model = DispatchModel(
        id=dispatch.dispatch_id,
        event_id=dispatch.event_id,
        event_type=dispatch.event_type,
        endpoint_id=dispatch.endpoint_id,
        status=dispatch.status,
        attempts=dispatch.attempts,
        next_attempt_at=dispatch.due_at,
        created_at=dispatch.created_at,
        completed_at=dispatch.completed_at,
    )
    body = model.model_dump(mode="json", by_alias=True)
    if deliveries is not None:
        body["deliveries"] = [delivery_body(delivery) for delivery in deliveries]
    return body


def replay_body(dispatches: int, next_since: datetime | None) -> dict[str, Any]:
    """What a replay of many answers."""
    return ReplayModel(dispatches=dispatches, next_since=next_since).model_dump(mode="json", by_alias=True)


def delivery_body(delivery: Delivery) -> dict[str, Any]:
    """An attempt as logged. Lists omit the bodies."""
    request: dict[str, Any] = {"headers": delivery.request_headers}
    response: dict[str, Any] | None = None
    if delivery.status_code is not None:
        response = {"headers": delivery.response_headers, "truncated": delivery.response_truncated}
    if delivery.request_body is not None:
        request["body"] = delivery.request_body.decode()
        if response is not None:
            response["body"] = delivery.response_body.decode("utf-8", "replace")
    return {
        "id": public_id(Prefix.DELIVERY, delivery.delivery_id),
        "dispatchId": public_id(Prefix.DISPATCH, delivery.dispatch_id),
        "endpointId": public_id(Prefix.ENDPOINT, delivery.endpoint_id),
        "attempt": delivery.attempt,
        "outcome": delivery.outcome,
        "errorCode": delivery.error_code,
        "errorDetail": EXPLANATIONS[ErrorCode(delivery.error_code)] if delivery.error_code else None,
        "statusCode": delivery.status_code,
        "durationMs": delivery.duration_ms,
        "timings": {name: delivery.timings.get(name) for name in TIMINGS},
        "url": delivery.url,
        "remoteAddress": delivery.remote_address,
        "request": request,
        "response": response,
        "createdAt": instant_text(delivery.created_at),
    }


class _Payload(msgspec.Struct):
    data: msgspec.Raw


def event_body(event: StoredEvent) -> dict[str, Any]:
    """A fact as shown. `data` is spliced in as receivers get it."""
    return {
        "id": public_id(Prefix.WEBHOOK_EVENT, event.event_id),
        "sequence": event.sequence,
        "type": event.type,
        "customerId": event.customer_id,
        "timestamp": instant_text(event.occurred_at),
        "data": msgspec.json.decode(event.body, type=_Payload).data,
        "createdAt": instant_text(event.created_at),
    }


def event_types_body() -> Mapping[str, Any]:
    """All kinds of facts, as a list of one page."""
    schemas = _payload_schemas()
    kinds = [{"name": kind.name, "description": kind.description, "schema": schemas[kind.name]} for kind in EVENT_TYPES]
    return {"data": kinds, "nextCursor": None}


@cache
def _payload_schemas() -> Mapping[str, msgspec.Raw]:
    """The JSON Schema of the `data` of every type, of all services: a part of this package, written by `make events`."""
    written = resources.files("usageflow_webhooks").joinpath("payloads.json").read_bytes()
    return msgspec.json.decode(written, type=dict[str, msgspec.Raw])
