"""Raw sockets that send slowly, never read, or are too many: each ends in the time it has, and nobody else waits for it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from ipaddress import ip_network

import pytest
import uvicorn
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from usageflow_common.connections import ConnectionLimits, Connections, within_open_files
from usageflow_common.http import create_app
from usageflow_common.http import protocol as bounded
from usageflow_common.http.protocol import BoundedProtocol
from usageflow_common.testing.eventually import eventually

ANSWER_BYTES = 64 * 2**20
KEEP_ALIVE_SECONDS = 1


class Server:
    """One that answers at once, or with more than any buffer holds."""

    def __init__(self) -> None:
        self.port = 0
        self.pieces_ended = 0

    async def quick(self, _request: Request) -> Response:
        return Response("quick")

    async def endless(self, _request: Request) -> Response:
        async def pieces() -> AsyncIterator[bytes]:
            try:
                for _ in range(ANSWER_BYTES // 65_536):
                    yield b"x" * 65_536
            finally:
                self.pieces_ended += 1

        return StreamingResponse(pieces())

    async def whole(self, _request: Request) -> Response:
        return Response(b"x" * ANSWER_BYTES, headers={"Connection": "close"})


@asynccontextmanager
async def serving(limits: ConnectionLimits) -> AsyncIterator[Server]:
    server = Server()
    app = create_app(title="probe", checks={})
    app.router.routes += [
        Route("/quick", server.quick, methods=["GET", "POST"]),
        Route("/endless", server.endless),
        Route("/whole", server.whole),
    ]
    protocol = partial(BoundedProtocol, connections=Connections(limits))
    config = uvicorn.Config(
        app, port=0, http=protocol, ws="none", log_config=None, timeout_keep_alive=KEEP_ALIVE_SECONDS
    )
    running = uvicorn.Server(config)
    task = asyncio.create_task(running._serve())
    try:
        await eventually(lambda: running.started)
        server.port = running.servers[0].sockets[0].getsockname()[1]
        yield server
    finally:
        running.should_exit = True
        await task


@pytest.fixture(scope="module")
async def server() -> AsyncIterator[Server]:
    async with serving(ConnectionLimits()) as running:
        yield running


@asynccontextmanager
async def connected(
    server: Server, limit: int = 2**16
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port, limit=limit)
    try:
        yield reader, writer
    finally:
        writer.transport.abort()


async def seconds_until_ended(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, piece: Callable[[], bytes]
) -> float:
    """Sends a piece every 50 ms until the server has had enough."""
    started = time.monotonic()

    async def send() -> None:
        with contextlib.suppress(ConnectionError):
            while not writer.is_closing():
                writer.write(piece())
                await writer.drain()
                await asyncio.sleep(0.05)

    sending = asyncio.create_task(send())
    with contextlib.suppress(ConnectionError):
        async with asyncio.timeout(20):
            await reader.read()
    sending.cancel()
    return time.monotonic() - started


async def answer_of(server: Server) -> bytes:
    async with connected(server) as (reader, writer):
        writer.write(b"GET /quick HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        async with asyncio.timeout(10):
            return await reader.read()


async def test_a_head_that_comes_byte_by_byte_ends_with_its_time(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bounded, "HEAD_SECONDS_MAX", 0.4)
    head = iter(b"GET /quick HTTP/1.1\r\nHost: x\r\nX-Long: " + b"y" * 1_000)
    async with connected(server) as (reader, writer):
        assert 0.3 < await seconds_until_ended(reader, writer, lambda: bytes([next(head)])) < 10


async def test_empty_lines_before_a_head_do_not_keep_a_connection(server: Server) -> None:
    async with connected(server) as (reader, writer):
        assert await seconds_until_ended(reader, writer, lambda: b"\r\n") < 10


async def test_the_rest_of_a_body_that_nobody_waits_for_has_its_time(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bounded, "REST_SECONDS_MAX", 0.4)
    async with connected(server) as (reader, writer):
        writer.write(b"POST /quick HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n")
        assert (await reader.readuntil(b"quick")).startswith(b"HTTP/1.1 200 OK")
        assert 0.3 < await seconds_until_ended(reader, writer, lambda: b"y") < 10
    async with connected(server) as (reader, writer):
        writer.write(b"POST /quick HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\n")
        await reader.readuntil(b"quick")
        writer.write(b"rest")
        await asyncio.sleep(0.6)  # longer than the rest had, shorter than a connection is kept
        writer.write(b"GET /quick HTTP/1.1\r\nHost: x\r\n\r\n")
        assert (await reader.readuntil(b"quick")).startswith(b"HTTP/1.1 200 OK")


async def test_who_never_reads_loses_the_connection_and_nobody_waits_for_them(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bounded, "FETCH_SECONDS_MAX", 0.4)
    before = server.pieces_ended
    async with connected(server, limit=1) as (_, writer):
        writer.write(b"GET /endless HTTP/1.1\r\nHost: x\r\n\r\n")
        assert (await answer_of(server)).endswith(b"quick")
        await eventually(lambda: server.pieces_ended > before, 10)


async def test_an_answer_that_is_done_does_not_wait_for_ever_to_be_fetched(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bounded, "FETCH_SECONDS_MAX", 0.4)
    async with connected(server, limit=1) as (reader, writer):
        writer.write(b"GET /whole HTTP/1.1\r\nHost: x\r\n\r\n")
        await asyncio.sleep(1.5)
        received = 0
        with contextlib.suppress(ConnectionError):
            async with asyncio.timeout(20):
                while piece := await reader.read(2**20):
                    received += len(piece)
        assert received < ANSWER_BYTES


async def test_who_reads_slowly_and_steadily_gets_everything(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounded, "FETCH_SECONDS_MAX", 1)
    received = 0
    async with connected(server) as (reader, writer):
        writer.write(b"GET /whole HTTP/1.1\r\nHost: x\r\n\r\n")
        async with asyncio.timeout(30):
            while piece := await reader.read(2**20):
                received += len(piece)
                if received < 2**20:
                    await asyncio.sleep(0.1)
    assert received > ANSWER_BYTES


async def test_one_too_many_is_told_so_until_another_leaves() -> None:
    async with serving(ConnectionLimits(2)) as server, contextlib.AsyncExitStack() as stack:
        for _ in range(2):
            await stack.enter_async_context(connected(server))
        async with connected(server) as (reader, _):
            head, _, body = (await reader.read()).partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 503 Service Unavailable\r\n")
        assert b"\r\nretry-after: 1\r\n" in head
        assert json.loads(body)["code"] == "overloaded"
        await stack.aclose()

        async def welcome() -> bool:
            return (await answer_of(server)).endswith(b"quick")

        await eventually(welcome, 10)


async def test_one_address_takes_no_more_than_its_share() -> None:
    async with serving(ConnectionLimits(100, most_per_address=1)) as server, connected(server):
        assert b"Too many connections from this address." in await answer_of(server)
    proxies = [ip_network("127.0.0.0/8")]
    async with serving(ConnectionLimits(100, most_per_address=1, uncounted=proxies)) as server, connected(server):
        assert (await answer_of(server)).endswith(b"quick")


def test_no_more_connections_are_kept_than_files_can_be_opened() -> None:
    kept = within_open_files(ConnectionLimits(10**9, 7))
    assert kept.most_per_address == 7
    assert 1 <= kept.most <= 10**9
    assert within_open_files(ConnectionLimits(3)).most == 3
