"""The outermost layer of every request: its id, its time, its cache headers, and what becomes of an exception."""

from __future__ import annotations

import asyncio
import functools
import re
import time
from collections.abc import Mapping
from typing import Any, Final

import structlog
from prometheus_client import Counter, Histogram
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from usageflow_common.errors import Unavailable
from usageflow_common.http.problems import foreseen, internal_error, means_away, problem_response
from usageflow_common.ids import new_request_id
from usageflow_common.logs import get_logger
from usageflow_common.metrics import REQUEST_SECONDS, REQUESTS

_REQUEST_ID: Final = re.compile(rb"[A-Za-z0-9_-]{8,64}")

_log = get_logger(__name__)


class Edge:
    """Pure ASGI middleware. `state` is what the lifespan yields, for servers and transports that do not pass it on."""

    def __init__(self, app: ASGIApp, *, state: Mapping[str, Any]) -> None:
        self._app = app
        self._state = state

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        exchange = _Exchange(scope, send, self._state)
        bound = structlog.contextvars.bind_contextvars(request_id=exchange.request_id)
        try:
            await self._app(scope, receive, exchange.send)
        except ClientDisconnect:
            _log.info("client_left", path=scope["path"])
        except asyncio.CancelledError:
            if exchange.status is not None or not scope["app"].state.draining:
                raise
            # The drain is over and this request is not: the server would answer a bare 500 for it.
            _log.warning("request_cut_off", path=scope["path"])
            await problem_response(_stopping(), scope)(scope, receive, exchange.send)
        except Exception as error:
            if exchange.status is not None:
                # the head is out: only a broken connection can still tell the caller
                _log.exception("response_broke_off", path=scope["path"])
                raise
            await self._answer_failure(error, scope, receive, exchange)
        finally:
            structlog.contextvars.reset_contextvars(**bound)
            _count(scope, exchange.status, time.perf_counter() - started)

    async def _answer_failure(self, error: Exception, scope: Scope, receive: Receive, exchange: _Exchange) -> None:
        failure = foreseen(error)
        if failure is None:
            _log.error("request_failed", path=scope["path"], method=scope["method"], exc_info=error)
            failure = internal_error()
        elif means_away(error):
            _log.warning("part_away", path=scope["path"], exc_info=error)
        await problem_response(failure, scope)(scope, receive, exchange.send)


def _stopping() -> Unavailable:
    return Unavailable("The service is being restarted. The outcome is unknown: retry with the same key.")


class _Exchange:
    """One request's id, and the head of its response on the way out."""

    def __init__(self, scope: Scope, send: Send, state: Mapping[str, Any]) -> None:
        offered, self._known_tag = b"", b""
        for name, value in scope["headers"]:
            if name == b"x-request-id":
                offered = value
            elif name == b"if-none-match":
                self._known_tag = value
        accepted = _REQUEST_ID.fullmatch(offered) is not None
        self.request_id = offered.decode("ascii") if accepted else new_request_id()
        self.status: int | None = None
        self._reading = scope["method"] in {"GET", "HEAD"}
        self._silent = False
        self._send = send
        scope["state"] = {**state, **scope.get("state", {}), "request_id": self.request_id}

    async def send(self, message: Message) -> None:
        """Pass on, with the headers that every answer carries."""
        if message["type"] == "http.response.start":
            message = self._head(message)
        elif self._silent:
            message = {"type": message["type"], "body": b"", "more_body": message.get("more_body", False)}
        await self._send(message)

    def _head(self, message: Message) -> Message:
        headers: list[tuple[bytes, bytes]] = list(message.get("headers", ()))
        given = {name.lower(): value for name, value in headers}
        tag = given.get(b"etag")
        if b"cache-control" not in given:
            headers.append((b"cache-control", b"no-store" if tag is None else b"private, no-cache"))
        headers.append((b"x-request-id", self.request_id.encode("ascii")))
        self.status = message["status"]
        if self._reading and self.status == 200 and tag is not None and self._matches(tag):
            self.status, self._silent = 304, True
            headers = [(n, v) for n, v in headers if n.lower() not in {b"content-length", b"content-type"}]
        return {**message, "status": self.status, "headers": headers}

    def _matches(self, tag: bytes) -> bool:
        known = {part.strip().removeprefix(b"W/") for part in self._known_tag.split(b",")}
        return tag in known or b"*" in known


def _count(scope: Scope, status: int | None, seconds: float) -> None:
    """By route template: a path that no route knows must not become a label."""
    route = getattr(scope.get("route"), "path", "unmatched")
    method = scope["method"] if scope["method"] in _METHODS else "other"
    requests, durations = _metrics_of(method, route, status or 499)
    requests.inc()
    durations.observe(seconds)


@functools.lru_cache(maxsize=4096)
def _metrics_of(method: str, route: str, status: int) -> tuple[Counter, Histogram]:
    """Remembered, since finding a labelled metric takes longer than counting."""
    return REQUESTS.labels(method, route, str(status)), REQUEST_SECONDS.labels(method, route)


_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
