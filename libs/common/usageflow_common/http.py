"""The HTTP edge of every service: problem+json, request ids, bodies with limits, who is asking, health, metrics and a graceful end."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response

from usageflow_common.operations import Answer
from usageflow_common.tokens import Caller, TokenVerifier

Check = Callable[[], Awaitable[bool]]
CONTROL_BODY_BYTES_MAX = 256 * 1024


def create_app(
    *,
    title: str,
    checks: Mapping[str, Check],
    lifespan: Callable[[FastAPI], AbstractAsyncContextManager[Mapping[str, Any] | None]] | None = None,
    verifier: TokenVerifier | None = None,
) -> FastAPI:
    """A FastAPI application with this house's edge: /health, /ready (by `checks`), /metrics, errors as problem+json, ids on every answer.

    The lifespan may yield a mapping: its members are `request.state.<name>`. Without `verifier` no route can name a caller.
    """
    raise NotImplementedError


class ExactRoute(APIRoute):
    """A route whose JSON body is read exactly: numbers as int or Decimal, duplicate keys, NaN and NUL refused (400). Use `APIRouter(route_class=ExactRoute)`."""


def authenticated(request: Request) -> Caller:
    """The caller of a verified token; Unauthenticated otherwise. For plain routes; FastAPI routes use `caller_with`."""
    raise NotImplementedError


def caller_with(*scopes: str) -> Callable[[Request], Caller]:
    """A dependency: the caller, who holds all `scopes`; InsufficientScope otherwise."""
    raise NotImplementedError


async def read_body(request: Request, limit_bytes: int) -> bytes:
    """The body, unpacked (gzip, zstd); BodyTooLarge when it is, or would unpack to, more than the limit; never more than that in memory."""
    raise NotImplementedError


def answer_response(answer: Answer) -> Response:
    """An operation's answer as a response: status, body, Location, ETag, `Idempotent-Replayed`."""
    raise NotImplementedError


def json_response(body: object, *, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """msgspec-encoded JSON, `Cache-Control: no-store`."""
    raise NotImplementedError


def expected_version(request: Request) -> int | None:
    """The version that If-Match names, None without the header; PreconditionFailed when it cannot be one of ours."""
    raise NotImplementedError
