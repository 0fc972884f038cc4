"""Request bodies: unpacked, bounded after unpacking, and never trusted to be what their headers say."""

from __future__ import annotations

import asyncio
import gzip
import os
import zlib
from collections.abc import AsyncIterator

import cramjam
import httpx
import pytest
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from usageflow_common.http import bodies, body_chunks, create_app, json_response, read_body

PACKERS = {"identity": bytes, "gzip": gzip.compress, "zstd": lambda raw: bytes(cramjam.zstd.compress(raw))}


async def read(request: Request) -> Response:
    return json_response({"length": len(await read_body(request, 1000))})


async def stream(request: Request) -> Response:
    lengths = [len(chunk) async for chunk in body_chunks(request)]
    return json_response({"length": sum(lengths), "largest": max(lengths, default=0)})


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    app = create_app(title="bodies", checks={})
    app.router.routes.append(Route("/read", read, methods=["POST"]))
    app.router.routes.append(Route("/stream", stream, methods=["POST"]))
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://bodies") as client,
    ):
        yield client


@pytest.mark.parametrize("encoding", ["identity", "gzip", "zstd"])
async def test_the_limit_holds_for_the_unpacked_body(client: httpx.AsyncClient, encoding: str) -> None:
    pack = PACKERS[encoding]
    for size, status in ((0, 200), (1000, 200), (1001, 413), (50_000_000 if encoding != "identity" else 5000, 413)):
        answer = await client.post("/read", content=pack(b"a" * size), headers={"Content-Encoding": encoding})
        assert answer.status_code == status
        if status == 200:
            assert answer.json() == {"length": size}


async def test_a_broken_or_unknown_packing_is_refused(client: httpx.AsyncClient) -> None:
    cut = gzip.compress(b"a" * 500)[:-9]
    assert (await client.post("/read", content=cut, headers={"Content-Encoding": "gzip"})).status_code == 400
    assert (await client.post("/read", content=b"nope", headers={"Content-Encoding": "gzip"})).status_code == 400
    assert (await client.post("/read", content=b"nope", headers={"Content-Encoding": "zstd"})).status_code == 400
    deflated = zlib.compress(b"a")
    assert (await client.post("/read", content=deflated, headers={"Content-Encoding": "deflate"})).status_code == 415


async def test_gzip_members_may_follow_each_other(client: httpx.AsyncClient) -> None:
    packed = gzip.compress(b"a" * 300) + gzip.compress(b"b" * 300)
    answer = await client.post("/read", content=packed, headers={"Content-Encoding": "gzip"})
    assert answer.json()["length"] == 600


@pytest.mark.parametrize("encoding", ["identity", "gzip", "zstd"])
async def test_a_stream_of_any_length_is_unpacked_as_it_arrives(client: httpx.AsyncClient, encoding: str) -> None:
    raw = b'{"a":1}\n' * 200_000
    pack = PACKERS[encoding]
    answer = await client.post("/stream", content=pack(raw), headers={"Content-Encoding": encoding})
    assert answer.json()["length"] == len(raw)


async def test_a_bomb_is_unpacked_in_small_pieces(client: httpx.AsyncClient) -> None:
    answer = await client.post(
        "/stream", content=gzip.compress(b"0" * 20_000_000), headers={"Content-Encoding": "gzip"}
    )
    assert answer.json() == {"length": 20_000_000, "largest": 64 * 1024}


async def test_a_stream_that_drips_makes_no_progress(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bodies, "PROGRESS_SECONDS_MAX", 1.5)

    async def pieces(length: int) -> AsyncIterator[bytes]:
        for _ in range(10):
            yield b"a" * length
            await asyncio.sleep(0.2)

    assert (await client.post("/stream", content=pieces(1))).status_code == 504
    assert (await client.post("/stream", content=pieces(1_024))).json()["length"] == 10 * 1_024


async def test_a_streamed_zstd_body_is_bounded_like_a_batch(client: httpx.AsyncClient) -> None:
    bomb = PACKERS["zstd"](b"0" * (8 * 2**20 + 1))
    answer = await client.post("/stream", content=bomb, headers={"Content-Encoding": "zstd"})
    assert answer.status_code == 413


async def test_content_length_is_not_believed(client: httpx.AsyncClient) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(3):
            yield os.urandom(500)

    understated = await client.post("/read", content=chunks(), headers={"Content-Length": "10"})
    assert understated.status_code == 413
    overstated = await client.post("/read", content=b"", headers={"Content-Length": "5000"})
    assert overstated.status_code == 413


async def test_a_bomb_lets_others_have_their_turn(client: httpx.AsyncClient) -> None:
    turns = 0

    async def count() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    others = asyncio.create_task(count())
    bomb = gzip.compress(bytes(32 * 2**20))
    answer = await client.post("/stream", content=bomb, headers={"Content-Encoding": "gzip"})
    others.cancel()
    assert answer.json()["length"] == 32 * 2**20
    assert turns >= 32 * 2**20 // 2**16
