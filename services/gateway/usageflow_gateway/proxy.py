"""One request to a service and its response back, as a stream both ways, while the client is there and progress is made.

A request is sent once: what a service did before it fell silent is unknown, and only the client's own key makes a repetition safe.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Coroutine
from typing import Any, Final, TypeVar

import aiohttp
from starlette.requests import ClientDisconnect, Request
from starlette.types import Send

from usageflow_common.errors import DeadlineExceeded, Unavailable
from usageflow_common.http.protocol import LOSS
from usageflow_common.logs import get_logger
from usageflow_gateway.client import NOT_SENT, Outbound, ServiceClient
from usageflow_gateway.domain.headers import Header, response_headers
from usageflow_gateway.upload import client_left

R = TypeVar("R")

_PIECE_BYTES: Final = 64 * 1024

_log = get_logger(__name__)


class ResponseBrokeOff(Exception):
    """The head is with the client and the rest is lost: only a broken connection can say so."""


class Deadline:
    """A limit on silence: each sign of progress moves it."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._timeout = asyncio.timeout(seconds)
        self._running = False

    async def __aenter__(self) -> Deadline:
        await self._timeout.__aenter__()
        self._running = True
        return self

    async def __aexit__(self, *raised: Any) -> None:
        self._running = False
        await self._timeout.__aexit__(*raised)

    def progressed(self) -> None:
        """From now on, `seconds` again; without effect once the time is over, or the work done."""
        if self._running and not self._timeout.expired():
            self._timeout.reschedule(asyncio.get_running_loop().time() + self._seconds)


async def forward(
    client: ServiceClient, outbound: Outbound, send: Send, deadline: Deadline, extra: tuple[Header, ...] = ()
) -> None:
    """Send the request and stream the response to the client, `extra` headers added.

    Unavailable when the service cannot be reached or breaks off before its answer, DeadlineExceeded when it is silent too long.
    """
    started = False
    try:
        async with deadline, client.request(outbound) as response:
            if response.status == 401:
                # Its caller is us: the client's own credentials were good.
                _log.error("service_refused_token", service=outbound.service)
                raise Unavailable("A service did not accept the gateway.")
            started = True
            await _relay(response, send, deadline, extra)
    except NOT_SENT as error:
        raise Unavailable(f"The {outbound.service} service cannot be reached.") from error
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        if started:
            raise ResponseBrokeOff from error
        if isinstance(error, TimeoutError):
            raise DeadlineExceeded(f"The {outbound.service} service did not answer in time.") from error
        raise Unavailable(f"The {outbound.service} service broke off.") from error


async def _relay(response: aiohttp.ClientResponse, send: Send, deadline: Deadline, extra: tuple[Header, ...]) -> None:
    headers = response_headers(response.raw_headers)
    await send({"type": "http.response.start", "status": response.status, "headers": [*headers, *extra]})
    async for piece in response.content.iter_chunked(_PIECE_BYTES):
        deadline.progressed()
        await send({"type": "http.response.body", "body": piece, "more_body": True})
    await send({"type": "http.response.body", "body": b"", "more_body": False})


async def while_connected(work: Coroutine[Any, Any, None], client_left: Awaitable[None]) -> None:
    """Do the work unless the client leaves first, which cancels it (ClientDisconnect)."""
    working = asyncio.create_task(work)
    watching = asyncio.ensure_future(client_left)
    try:
        await asyncio.wait({working, watching}, return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            raise ClientDisconnect
        working.result()
    finally:
        for task in (working, watching):
            task.cancel()
        await asyncio.gather(working, watching, return_exceptions=True)


async def unless_client_leaves(result: asyncio.Future[R], request: Request) -> R:
    """The result of what others work at, unless the client leaves first, which cancels it (ClientDisconnect)."""
    loss = request.scope.get("extensions", {}).get(LOSS)
    if loss is None:
        return await _unless_over(result, client_left(request.receive))
    loss["watch"](result.cancel)
    try:
        return await result
    except asyncio.CancelledError:
        if await request.is_disconnected():
            raise ClientDisconnect from None
        raise
    finally:
        loss["watch"](None)


async def _unless_over(result: asyncio.Future[R], over: Coroutine[Any, Any, None]) -> R:
    watching = asyncio.create_task(over)
    watching.add_done_callback(lambda _: result.cancel())
    try:
        return await result
    except asyncio.CancelledError:
        if watching.done():
            raise ClientDisconnect from None
        raise
    finally:
        watching.cancel()
