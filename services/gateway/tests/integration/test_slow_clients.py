"""Clients that send slowly or do not read, by raw sockets through the whole gateway; the others are answered meanwhile."""

import asyncio
import contextlib
import json
import time

from starlette.responses import Response

from usageflow_common.http import bodies
from usageflow_common.http import protocol as bounded
from usageflow_common.testing import eventually

SLOW = 0.1
"""Seconds between two bytes."""

PATHS = ["/api/track", "/api/metrics", "/api/auth/sign-in"]


async def dripped(gateway, head, body_length=1_000):
    """The answer to a request whose body comes byte by byte, and the seconds until it was there."""
    address = gateway.url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(address[0], int(address[1]))
    head += f"Host: x\r\nContent-Type: application/json\r\nContent-Length: {body_length}\r\n\r\n"
    began = time.monotonic()
    writer.write(head.encode())

    async def drip():
        with contextlib.suppress(ConnectionError):
            for _ in range(body_length):
                writer.write(b" ")
                await writer.drain()
                await asyncio.sleep(SLOW)

    dripping = asyncio.create_task(drip())
    try:
        async with asyncio.timeout(20):
            answered = await reader.readuntil(b"\r\n\r\n")
            length = int(answered.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
            return answered, json.loads(await reader.readexactly(length)), time.monotonic() - began
    finally:
        dripping.cancel()
        writer.transport.abort()


def head_of(gateway, path):
    authorization = "" if "auth" in path else f"Authorization: Bearer {gateway.secret}\r\n"
    return f"POST {path} HTTP/1.1\r\nIdempotency-Key: k\r\n{authorization}"


async def test_a_body_that_comes_byte_by_byte_has_its_time(open_gateway, monkeypatch):
    monkeypatch.setattr(bodies, "BODY_SECONDS_MAX", 1)
    async with open_gateway(forward_seconds=1) as gateway:
        ended = await asyncio.gather(*(dripped(gateway, head_of(gateway, path)) for path in PATHS))
    for answered, problem, seconds in ended:
        assert (answered[:13], problem["code"]) == (b"HTTP/1.1 504 ", "timeout")
        assert seconds >= 1


async def test_nobody_waits_for_whoever_is_slow(gateway):
    slow = [asyncio.create_task(dripped(gateway, head_of(gateway, path))) for path in PATHS * 40]
    await asyncio.sleep(0.3)
    for _ in range(5):
        assert (await gateway.send("GET", "/api/usage"))[0] == 200
        assert (await gateway.send("POST", "/api/track", json={}))[0] == 202
    assert not any(each.done() for each in slow)
    for each in slow:
        each.cancel()
    await asyncio.gather(*slow, return_exceptions=True)


async def test_whoever_has_no_key_need_not_finish_their_body(gateway):
    answered, problem, _ = await dripped(gateway, "POST /api/track HTTP/1.1\r\n", body_length=100)
    assert (answered[:12], problem["code"]) == (b"HTTP/1.1 401", "unauthenticated")


async def test_a_client_that_never_reads_ends_the_request_to_its_service(gateway, monkeypatch):
    monkeypatch.setattr(bounded, "FETCH_SECONDS_MAX", 0.5)

    async def large(_request):
        return Response(b"x" * (64 * 2**20)) if not gateway.service.received else None

    gateway.service.answer = large
    address = gateway.url.removeprefix("http://").split(":")
    _, writer = await asyncio.open_connection(address[0], int(address[1]), limit=1)
    writer.write(f"GET /api/usage HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {gateway.secret}\r\n\r\n".encode())
    ended = bounded.CONNECTIONS_ENDED.labels("slow_reader")
    before = ended._value.get()
    try:
        await eventually(lambda: ended._value.get() > before, 20)
    finally:
        writer.transport.abort()
    gateway.service.answer = None
    assert (await gateway.send("GET", "/api/usage"))[0] == 200
