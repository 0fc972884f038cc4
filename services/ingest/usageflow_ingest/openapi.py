"""What the tracking routes say of themselves in the service's document: they are plain routes, which FastAPI does not know."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from usageflow_common.http.openapi import Operations

_TEXT: Final = {"type": "string"}
_EVENT: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["metric", "customerId"],
    "additionalProperties": False,
    "properties": {
        "metric": {"type": "string", "pattern": "^[A-Za-z][A-Za-z0-9_.-]{0,63}$"},
        "amount": {"anyOf": [{"type": "number"}, _TEXT], "default": 1},
        "customerId": {"type": "string", "pattern": "^[A-Za-z0-9][A-Za-z0-9._:@+|-]{0,127}$"},
        "timestamp": {"type": "string", "format": "date-time"},
        "idempotencyKey": {"type": "string", "minLength": 1, "maxLength": 255},
        "properties": {"type": "object", "maxProperties": 50},
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
        "rejected": {"type": "array", "maxItems": 1000, "items": _REJECTED},
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
    "properties": {"events": {"type": "array", "minItems": 1, "maxItems": 10_000, "items": _EVENT}},
}

_BATCHES: Final[dict[str, Any]] = {**_json(_BATCH), "application/x-ndjson": {"schema": _TEXT}}
_BACKFILL_ID: Final[dict[str, Any]] = {
    "name": "backfillId",
    "in": "path",
    "required": True,
    "schema": {"type": "string", "pattern": "^bf_[0-9a-f]{32}$"},
}

TRACKING_OPERATIONS: Final[Operations] = {
    "/api/track": {"post": _operation("track", "Send one event", _json(_EVENT), _RECEIPT)},
    "/api/track/batch": {"post": _operation("track_batch", "Send many events", _BATCHES, _BATCH_RECEIPT)},
    "/api/backfills/{backfillId}/events": {
        "post": _operation(
            "track_backfill",
            "Send events of a backfill, with times in its range",
            _BATCHES,
            _BATCH_RECEIPT,
            scope="events:write",
            path=[_BACKFILL_ID],
        )
    },
}
