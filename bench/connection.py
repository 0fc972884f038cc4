"""One kept connection of the load generator: bytes out, a status back. As little as possible, since it shares the cores with what it measures."""

from __future__ import annotations

import asyncio
from typing import Final

import httptools

_HOST: Final = "127.0.0.1"


class ConnectionBroke(Exception):
    """The server closed the connection while an answer was awaited."""


class Connection(asyncio.Protocol):
    """One request at a time. Made by `connect`."""

    def __init__(self) -> None:
        self._parser = httptools.HttpResponseParser(self)
        self._transport: asyncio.Transport | None = None
        self._answered: asyncio.Future[int] | None = None

    async def send(self, request: bytes) -> int:
        """Write the request; the status once its answer is there to the last byte."""
        if self._transport is None:
            raise ConnectionBroke
        self._answered = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return await self._answered

    def close(self) -> None:
        """Close."""
        if self._transport is not None:
            self._transport.close()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # it is one of TCP
        """Connected."""
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Bytes of an answer."""
        self._parser.feed_data(data)

    def connection_lost(self, exc: Exception | None) -> None:
        """Whoever waits for an answer gets none."""
        self._transport = None
        if self._answered is not None and not self._answered.done():
            self._answered.set_exception(exc or ConnectionBroke())

    def on_message_complete(self) -> None:
        """Called by the parser at the end of an answer."""
        if self._answered is not None and not self._answered.done():
            self._answered.set_result(self._parser.get_status_code())


async def connect(port: int) -> Connection:
    """A connection to a server on this machine."""
    _, connection = await asyncio.get_running_loop().create_connection(Connection, _HOST, port)
    return connection


def post_request(path: str, body: bytes, api_key: str) -> bytes:
    """A POST of JSON, head and body in one piece."""
    head = (
        f"POST {path} HTTP/1.1\r\nHost: {_HOST}\r\nAuthorization: Bearer {api_key}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode("ascii") + body
