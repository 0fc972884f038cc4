"""Liveness, readiness and metrics: three routes on every process's own port, never proxied."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from usageflow_common.http.answers import json_response
from usageflow_common.logs import get_logger

Check = Callable[[], Awaitable[bool]]
CHECK_SECONDS_MAX: Final = 2

_log = get_logger(__name__)


def health_routes(checks: Mapping[str, Check], *, names_checks: bool = True) -> list[Route]:
    """/health (the process lives), /ready (all checks pass, and no signal has come), /metrics (Prometheus text).

    Where strangers can ask, /ready only says whether, not what is down.
    """

    async def health(_request: Request) -> Response:
        return json_response({"status": "ok"})

    async def ready(request: Request) -> Response:
        names = list(checks)
        passed = await asyncio.gather(*(_passes(name, checks[name]) for name in names))
        report = {name: "ok" if good else "down" for name, good in zip(names, passed, strict=True)}
        if request.app.state.draining:
            report["process"] = "draining"
        good = all(state == "ok" for state in report.values())
        shown = {"checks": report} if names_checks else {"status": "ok" if good else "down"}
        return json_response(shown, status=200 if good else 503)

    async def metrics(_request: Request) -> Response:
        return Response(generate_latest(), headers={"Content-Type": CONTENT_TYPE_LATEST})

    return [Route("/health", health), Route("/ready", ready), Route("/metrics", metrics)]


async def _passes(name: str, check: Check) -> bool:
    """A check that raises or hangs has failed."""
    try:
        async with asyncio.timeout(CHECK_SECONDS_MAX):
            return await check()
    except Exception as error:  # noqa: BLE001 - whatever a check raises, the part it looks at is not well
        _log.warning("check_failed", check=name, error=type(error).__name__)
        return False
