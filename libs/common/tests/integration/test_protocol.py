"""What uvicorn leaves open is closed: heads without end, offers of other protocols, requests that cannot be read."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
import uvicorn
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from usageflow_common.http import create_app
from usageflow_common.http import protocol as bounded
from usageflow_common.http.protocol import BoundedProtocol
from usageflow_common.testing.eventually import eventually

Port = int


@pytest_asyncio.fixture
async def released() -> asyncio.Event:
    return asyncio.Event()


@pytest_asyncio.fixture
async def port(released: asyncio.Event) -> AsyncIterator[Port]:
    async def echo(request: Request) -> Response:
        return Response(await request.body(), headers={"offers": request.headers.get("upgrade", "none")})

    async def wait(_request: Request) -> Response:
        await released.wait()
        return Response("waited")

    async def until_lost(request: Request) -> Response:
        request.scope["extensions"][bounded.LOSS]["watch"](released.set)
        await released.wait()
        return Response("nobody reads this")

    app = create_app(title="probe", checks={})
    app.router.routes += [Route("/echo", echo, methods=["POST"]), Route("/wait", wait)]
    app.router.routes.append(Route("/until-lost", until_lost))
    config = uvicorn.Config(app, port=0, http=BoundedProtocol, ws="none", log_config=None, timeout_keep_alive=1)
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server._serve())
    try:
        await eventually(lambda: server.started)
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        server.should_exit = True
        await serving


async def answers(port: Port, *pieces: bytes) -> bytes:
    """Everything that comes back until the connection ends."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
        async with asyncio.timeout(5):
            return await reader.read()
    finally:
        writer.close()


def problem_of(answer: bytes) -> dict[str, str]:
    head, _, body = answer.partition(b"\r\n\r\n")
    assert b"content-type: application/problem+json" in head
    problem: dict[str, str] = json.loads(body)
    assert f"x-request-id: {problem['requestId']}".encode() in head
    return problem


@pytest.mark.parametrize(
    "sent",
    [
        b"\x16\x03\x01\x02\x00",
        b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabc",
        b"GET /\xe9 HTTP/1.1\r\nHost: x\r\n\r\n",
        b"CONNECT x:443 HTTP/1.1\r\nHost: x\r\n\r\n",
    ],
)
async def test_what_cannot_be_read_is_a_problem(port: Port, sent: bytes) -> None:
    answer = await answers(port, sent)
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert problem_of(answer)["code"] == "malformed_request"


async def test_a_head_over_the_limit_is_refused(port: Port) -> None:
    answer = await answers(port, b"GET /wait HTTP/1.1\r\nHost: x\r\nX-Long: " + b"y" * 65_536 + b"\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert "at most 65536 bytes" in problem_of(answer)["detail"]


async def test_a_head_that_never_ends_is_cut_off_at_the_limit(port: Port) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET /wait HTTP/1.1\r\nHost: x\r\nX-Long: ")
    sent = 0
    try:
        while sent < 64 * 2**20:
            writer.write(b"y" * 65_536)
            sent += 65_536
            await writer.drain()
    except ConnectionError:
        pass
    finally:
        writer.close()
    assert sent < 16 * 2**20
    del reader


async def test_a_head_that_does_not_end_in_time_ends_the_connection(
    port: Port, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bounded, "HEAD_SECONDS_MAX", 0.2)
    assert await answers(port, b"GET /wait HTTP/1.1\r\nHost") == b""


async def test_a_connection_that_says_nothing_ends(port: Port) -> None:
    assert await answers(port) == b""


@pytest.mark.parametrize(
    "offer",
    [
        b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQC\r\n",
        b"Connection: Upgrade\r\nUpgrade: websocket\r\n",
    ],
)
@pytest.mark.parametrize(
    "framing", [b"Content-Length: 5\r\n\r\nhello", b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"]
)
async def test_a_body_beside_an_offer_of_another_protocol_is_not_lost(port: Port, offer: bytes, framing: bytes) -> None:
    whole = b"POST /echo HTTP/1.1\r\nHost: x\r\n" + offer + framing
    following = b"POST /echo HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 3\r\n\r\nbye"
    for cut in (len(whole), whole.index(b"\r\n\r\n") + 4, 40):
        answer = await answers(port, whole[:cut], whole[cut:] + following)
        assert answer.count(b"HTTP/1.1 200 OK") == 2
        assert b"offers: none" in answer
        assert answer.index(b"hello") < answer.index(b"bye")


async def test_garbage_behind_a_request_does_not_take_its_answers_place(port: Port, released: asyncio.Event) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET /wait HTTP/1.1\r\nHost: x\r\n\r\n")
    await asyncio.sleep(0.1)
    writer.write(b"\x00garbage\r\n\r\n")
    await asyncio.sleep(0.1)
    released.set()
    answer = await reader.read()
    writer.close()
    assert answer.startswith(b"HTTP/1.1 200 OK")
    assert answer.endswith(b"waited")


async def test_a_broken_body_is_a_problem(port: Port) -> None:
    answer = await answers(
        port, b"POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nzz\r\n"
    )
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert problem_of(answer)["code"] == "malformed_request"


async def test_whoever_asks_is_told_when_the_client_leaves(port: Port, released: asyncio.Event) -> None:
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET /until-lost HTTP/1.1\r\nHost: probe\r\n\r\n")
    await writer.drain()
    await asyncio.sleep(0.05)
    assert not released.is_set()

    writer.close()
    async with asyncio.timeout(5):
        await released.wait()
