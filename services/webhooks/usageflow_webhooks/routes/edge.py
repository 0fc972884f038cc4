"""What the routes share: callers by scope, page parameters, filters that take several values, and entity tags."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query
from starlette.requests import Request

from usageflow_common.errors import FieldError, IdempotencyKeyRequired, ValidationFailed
from usageflow_common.http import caller_with
from usageflow_common.ids import Prefix, parse_public_id
from usageflow_common.tokens import Caller
from usageflow_webhooks.service.context import Webhooks

Reader = Annotated[Caller, Depends(caller_with("webhooks:read"))]
Writer = Annotated[Caller, Depends(caller_with("webhooks:write"))]
Limit = Annotated[int, Query(ge=1, le=200)]
Cursor = Annotated[str | None, Query()]
_VALUES_MAX = 50


def parts_of(request: Request) -> Webhooks:
    """The process's parts."""
    parts: Webhooks = request.state.webhooks
    return parts


def keyed(caller: Caller) -> Caller:
    """The caller of a route that needs an Idempotency-Key."""
    if caller.operation_id is None:
        raise IdempotencyKeyRequired("Send an Idempotency-Key, and the same one when you retry.")
    return caller


def any_of(name: str, text: str | None) -> tuple[str, ...] | None:
    """The values of a filter, separated by commas; None when it is not given."""
    if text is None:
        return None
    values = tuple(dict.fromkeys(text.split(",")))
    if len(values) > _VALUES_MAX or not all(values):
        raise _invalid(name, f"1 to {_VALUES_MAX} values, separated by commas")
    return values


def any_id(name: str, prefix: Prefix, text: str | None) -> tuple[UUID, ...] | None:
    """As `any_of`, for public ids."""
    values = any_of(name, text)
    if values is None:
        return None
    ids = tuple(found for value in values if (found := parse_public_id(prefix, value)) is not None)
    if len(ids) != len(values):
        raise _invalid(name, f"Must be an id that starts with {prefix}_")
    return ids


def any_status(name: str, text: str | None) -> tuple[int, ...] | None:
    """As `any_of`, for HTTP statuses."""
    values = any_of(name, text)
    if values is None:
        return None
    if not all(len(value) == 3 and value.isascii() and value.isdigit() for value in values):
        raise _invalid(name, "Must be an HTTP status")
    return tuple(int(value) for value in values)


def _invalid(name: str, detail: str) -> ValidationFailed:
    return ValidationFailed.of(FieldError(f"query.{name}", "invalid_value", detail))
