"""Puts the edge together: one function that every composition root calls."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute, iter_route_contexts
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp

from usageflow_common.errors import UsageflowError
from usageflow_common.http.edge import Edge
from usageflow_common.http.exact import ExactRoute
from usageflow_common.http.health import Check, health_routes
from usageflow_common.http.openapi import PROBLEM_RESPONSE, Described, describe
from usageflow_common.http.problems import foreseen, internal_error, problem_response
from usageflow_common.supervision import Supervisor
from usageflow_common.tokens import TokenVerifier

Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[Mapping[str, Any] | None]]


def create_app(
    *,
    title: str,
    checks: Mapping[str, Check],
    lifespan: Lifespan | None = None,
    verifier: TokenVerifier | None = None,
    described: Described | None = None,
    front: Callable[[ASGIApp], ASGIApp] | None = None,
    names_checks: bool = True,
) -> FastAPI:
    """A FastAPI application with this house's edge: /health, /ready (by `checks`), /metrics, errors as problem+json, ids on every answer.

    The lifespan may yield a mapping: its members are `request.state.<name>`. Without `verifier` no route can name a caller.
    `described` is what the service's document says beside what FastAPI knows.
    `front` makes an ASGI application that every request meets before the framework. A public /ready does not name its checks.
    """
    state: dict[str, Any] = {}
    app = FastAPI(
        title=title,
        lifespan=_supervised(lifespan, state),
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        # FastAPI's own, which asks OpenTelemetry for its providers at every request: nothing here sets one.
        telemetry={"tracing": False, "metrics": False, "logs": False},
        responses=PROBLEM_RESPONSE,
        exception_handlers={
            UsageflowError: _answer_problem,
            RequestValidationError: _answer_problem,
            HTTPException: _answer_problem,
        },
    )
    app.router.route_class = ExactRoute
    app.state.verifier = verifier
    app.state.draining = False
    app.state.supervisor = Supervisor()
    if front is not None:
        app.add_middleware(front)
    app.add_middleware(Edge, state=state)
    app.router.routes.extend(health_routes(checks, names_checks=names_checks))
    app.openapi = lambda: describe(app, described or Described())  # type: ignore[method-assign]  # FastAPI's documented way
    return app


def _supervised(
    lifespan: Lifespan | None, state: dict[str, Any]
) -> Callable[[FastAPI], AbstractAsyncContextManager[Mapping[str, Any]]]:
    """The service's lifespan around the process's tasks: they end before what they use is closed."""

    @asynccontextmanager
    async def run(app: FastAPI) -> AsyncIterator[Mapping[str, Any]]:
        _refuse_inexact_routes(app)
        supervisor: Supervisor = app.state.supervisor
        async with (lifespan or _nothing)(app) as yielded:
            state.update(yielded or {})
            try:
                supervisor.start_waiting()
                yield state
            finally:
                await supervisor.stop()

    return run


@asynccontextmanager
async def _nothing(_app: FastAPI) -> AsyncIterator[None]:
    yield None


def _refuse_inexact_routes(app: FastAPI) -> None:
    """Every control route reads exactly; an author who forgets it learns it at the first start."""
    for context in iter_route_contexts(app.routes):
        route = context.original_route
        if isinstance(route, APIRoute) and not isinstance(route, ExactRoute):
            raise TypeError(f"{route.path}: use APIRouter(route_class=ExactRoute)")


async def _answer_problem(request: Request, error: Exception) -> Response:
    return problem_response(foreseen(error) or internal_error(), request.scope)
