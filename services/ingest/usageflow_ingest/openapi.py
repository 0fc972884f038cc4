"""What the tracking routes say of themselves in the service's document: they are plain routes, which FastAPI does not know."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from usageflow_common.http.openapi import Described


def _named(schema: str) -> dict[str, Any]:
    """A schema of its own in the document: generated clients call its class by this name."""
    return {"$ref": f"#/components/schemas/{schema}"}


_TEXT: Final = {"type": "string"}
_METRIC: Final = {"type": "string", "pattern": "^[A-Za-z][A-Za-z0-9_.-]{0,63}$"}
_CUSTOMER_ID: Final = {"type": "string", "pattern": "^[A-Za-z0-9][A-Za-z0-9._:@+|-]{0,127}$"}
_INSTANT: Final = {"type": "string", "format": "date-time"}
_SCALAR: Final = {"type": ["string", "number", "boolean", "null"], "maxLength": 512}
_PROPERTY_NAME: Final = {"pattern": "^[A-Za-z0-9_.-]{1,64}$"}
_EVENT: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["metric", "customerId"],
    "additionalProperties": False,
    "properties": {
        "metric": _METRIC,
        "amount": {"anyOf": [{"type": "number"}, _TEXT], "default": 1},
        "customerId": _CUSTOMER_ID,
        "timestamp": _INSTANT,
        "idempotencyKey": {"type": "string", "minLength": 1, "maxLength": 255},
        "properties": {
            "type": "object",
            "maxProperties": 50,
            "propertyNames": _PROPERTY_NAME,
            "additionalProperties": _SCALAR,
        },
    },
}
_CLOUD_EVENT: Final[dict[str, Any]] = {
    "type": "object",
    "description": "A CloudEvent; source#id is the idempotency key, what data holds beside the amount are the properties.",
    "required": ["specversion", "id", "source", "type", "subject"],
    "properties": {
        "specversion": {"const": "1.0"},
        "id": {"type": "string", "minLength": 1},
        "source": {"type": "string", "minLength": 1, "format": "uri-reference"},
        "type": _METRIC,
        "subject": _CUSTOMER_ID,
        "time": _INSTANT,
        "datacontenttype": {"type": "string", "default": "application/json"},
        "data": {
            "type": "object",
            "properties": {"amount": {"anyOf": [{"type": "number"}, _TEXT], "default": 1}},
            "maxProperties": 51,
            "propertyNames": _PROPERTY_NAME,
            "additionalProperties": _SCALAR,
        },
    },
}
_RECEIPT: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["status", "eventId", "idempotencyKey"],
    "properties": {
        "status": {"const": "accepted"},
        "eventId": {"type": "string", "format": "uuid"},
        "idempotencyKey": _TEXT,
    },
}
_REJECTED: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["index", "code", "detail"],
    "properties": {"index": {"type": "integer"}, "code": _TEXT, "detail": _TEXT},
}
_BATCH_RECEIPT: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["status", "idempotencyKey", "accepted", "rejectedCount", "rejected"],
    "properties": {
        "status": {"const": "accepted"},
        "idempotencyKey": _TEXT,
        "accepted": {"type": "integer"},
        "rejectedCount": {"type": "integer"},
        "rejected": {"type": "array", "maxItems": 1000, "items": _named("RejectedInBatch")},
    },
}
_KEY_HEADER: Final[dict[str, Any]] = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "schema": {"type": "string", "minLength": 1, "maxLength": 255},
}


def _json(schema: dict[str, Any]) -> dict[str, Any]:
    return {"application/json": {"schema": schema}}


def _operation(
    name: str,
    summary: str,
    content: dict[str, Any],
    receipt: dict[str, Any],
    *,
    scope: str = "track:write",
    path: Sequence[dict[str, Any]] = (),
) -> dict[str, Any]:
    return {
        "operationId": name,
        "summary": summary,
        "tags": ["events"],
        "x-required-scope": scope,
        "parameters": [*path, _KEY_HEADER],
        "requestBody": {"required": True, "content": content},
        "responses": {"202": {"description": "All in-sync replicas have it", "content": _json(receipt)}},
    }


_BATCH: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["events"],
    "additionalProperties": False,
    "properties": {"events": {"type": "array", "minItems": 1, "maxItems": 10_000, "items": _named("SentEvent")}},
}

_CLOUD_BATCH: Final = {"type": "array", "minItems": 1, "maxItems": 10_000, "items": _named("CloudEvent")}
_SINGLE: Final[dict[str, Any]] = {
    **_json(_named("SentEvent")),
    "application/cloudevents+json": {"schema": _named("CloudEvent")},
}
_BATCHES: Final[dict[str, Any]] = {
    **_json(_named("EventBatch")),
    "application/x-ndjson": {"schema": _TEXT},
    "application/cloudevents-batch+json": {"schema": _named("CloudEventBatch")},
}
_BACKFILL_ID: Final[dict[str, Any]] = {
    "name": "backfillId",
    "in": "path",
    "required": True,
    "schema": {"type": "string", "pattern": "^bf_[0-9a-f]{32}$"},
}

_OPERATIONS: Final = {
    "/api/track": {"post": _operation("track", "Send one event", _SINGLE, _named("EventReceipt"))},
    "/api/track/batch": {"post": _operation("track_batch", "Send many events", _BATCHES, _named("BatchReceipt"))},
    "/api/backfills/{backfillId}/events": {
        "post": _operation(
            "track_backfill",
            "Send events of a backfill, with times in its range",
            _BATCHES,
            _named("BatchReceipt"),
            scope="events:write",
            path=[_BACKFILL_ID],
        )
    },
}

TRACKING: Final = Described(
    operations=_OPERATIONS,
    schemas={
        "SentEvent": _EVENT,
        "CloudEvent": _CLOUD_EVENT,
        "EventBatch": _BATCH,
        "CloudEventBatch": _CLOUD_BATCH,
        "EventReceipt": _RECEIPT,
        "BatchReceipt": _BATCH_RECEIPT,
        "RejectedInBatch": _REJECTED,
    },
)
