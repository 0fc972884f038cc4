"""Failures as `application/problem+json` (RFC 9457), in one place. What was not foreseen says nothing about its cause."""

from __future__ import annotations

from typing import Final

import msgspec
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import Scope

from usageflow_common.database import is_unavailable
from usageflow_common.errors import (
    BodyTooLarge,
    MalformedRequest,
    MethodNotAllowed,
    NotFound,
    Unavailable,
    UnsupportedMediaType,
    UsageflowError,
)
from usageflow_common.http.validation import failure_of_validation
from usageflow_common.kafka import SendFailed

_OF_STATUS: Final[dict[int, type[UsageflowError]]] = {
    405: MethodNotAllowed,
    413: BodyTooLarge,
    415: UnsupportedMediaType,
}


def foreseen(error: BaseException) -> UsageflowError | None:
    """The failure that a caller may see for this exception; None for a defect of our own."""
    match error:
        case UsageflowError():
            return error
        case RequestValidationError():
            return failure_of_validation(error)
        case HTTPException(status_code=404):
            return NotFound("There is no such route.")
        case HTTPException() if error.status_code < 500:
            kind = _OF_STATUS.get(error.status_code, MalformedRequest)
            return kind(f"{kind.title}.", headers=error.headers)
    return Unavailable("A part of the service is away; try again.") if means_away(error) else None


def means_away(error: BaseException) -> bool:
    """Whether the exception says that PostgreSQL, Kafka or a service cannot be reached just now."""
    return isinstance(error, SendFailed) or is_unavailable(error)


def internal_error() -> UsageflowError:
    """What a caller learns of a defect: that there is one."""
    return UsageflowError("The request could not be finished. Its outcome is unknown: retry with the same key.")


def problem_of(error: UsageflowError, *, instance: str, request_id: str) -> dict[str, object]:
    """The members of the problem."""
    problem: dict[str, object] = {
        "type": f"urn:usageflow:problem:{error.code}",
        "title": error.title,
        "status": error.status,
        "code": error.code,
        "detail": error.detail,
        "instance": instance,
        "requestId": request_id,
    }
    if error.errors:
        problem["errors"] = [{"field": e.field, "code": e.code, "detail": e.detail} for e in error.errors]
    return problem | error.extensions


def problem_response(error: UsageflowError, scope: Scope) -> Response:
    """The response; `scope` tells the path and the request's id.

    A route that names events by `request.state.idempotency_key` has it named in every problem: the same key must be sent again.
    """
    state = scope["state"]
    problem = problem_of(error, instance=scope["path"], request_id=state["request_id"])
    if "idempotency_key" in state:
        problem["idempotencyKey"] = state["idempotency_key"]
    return Response(
        msgspec.json.encode(problem),
        status_code=error.status,
        headers=error.headers,
        media_type="application/problem+json",
    )
