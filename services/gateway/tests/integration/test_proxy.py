"""What goes through the gateway, what does not, and what a service gets to see."""

import asyncio
import hashlib
import json

import aiohttp
import pytest
from starlette.requests import ClientDisconnect
from starlette.responses import Response, StreamingResponse

from usageflow_common.clock import Clock
from usageflow_common.idempotency_keys import read_key
from usageflow_common.ids import operation_id
from usageflow_common.testing import eventually
from usageflow_common.tokens import TokenVerifier
from usageflow_gateway.service import organizations as organization_service

KEYED = {"Idempotency-Key": "create-1", "Content-Type": "application/json"}


@pytest.fixture
def caller_seen(gateway, token_keys):
    """The caller of the last request, as the service `audience` verifies it."""

    def read(audience):
        token = gateway.service.received[-1].headers["authorization"].removeprefix("Bearer ")
        return TokenVerifier(token_keys.public_keys, audience).verify(token)

    return read


async def test_a_command_reaches_its_service_with_caller_operation_and_fingerprint(gateway, caller_seen):
    body = b'{"code": "API_CALL"}'
    headers = {**KEYED, "X-Request-Id": "request-0001", "User-Agent": "tests/1"}
    status, answered, _ = await gateway.send("POST", "/api/metrics?dry=1", headers=headers, data=body)
    assert status == 200
    assert answered["X-Request-Id"] == "request-0001"
    received = gateway.service.received[-1]
    assert (received.method, received.target, received.body) == ("POST", "/api/metrics?dry=1", body)
    assert received.headers["idempotency-key"] == "create-1"
    assert received.headers["x-request-id"] == "request-0001"
    caller = caller_seen("ingest")
    assert caller.org_id == gateway.org_id
    assert caller.actor.type == "api_key"
    assert caller.role == "OWNER"
    assert caller.request_id == "request-0001"
    assert (caller.ip, caller.user_agent) == ("127.0.0.1", "tests/1")
    assert caller.operation_id == operation_id(gateway.org_id, "POST", "/api/metrics", "create-1")
    text = b"POST\n/api/metrics?dry=1\napplication/json\n" + body
    assert caller.fingerprint == hashlib.sha256(text).hexdigest()


async def test_a_read_has_no_operation(gateway, caller_seen):
    headers = {"Idempotency-Key": "ignored"}
    status, answered, body = await gateway.send("GET", "/api/usage?metric=API_CALL&from=a%20b", headers=headers)
    assert (status, body) == (200, b'{"seen":true}')
    assert answered["ETag"] == '"7"'
    assert "X-Private" not in answered
    assert gateway.service.received[-1].target == "/api/usage?metric=API_CALL&from=a%20b"
    assert "idempotency-key" not in gateway.service.received[-1].headers
    assert caller_seen("aggregator").operation_id is None


async def test_a_put_honours_a_key_and_does_not_need_one(gateway, caller_seen):
    await gateway.send("PUT", "/api/customers/u%40x", json={})
    assert caller_seen("invoicer").operation_id is None
    assert gateway.service.received[-1].target == "/api/customers/u@x"
    await gateway.send("PUT", "/api/customers/u@x", json={}, headers=KEYED)
    expected = operation_id(gateway.org_id, "PUT", "/api/customers/u@x", "create-1")
    assert caller_seen("invoicer").operation_id == expected


async def test_nothing_that_a_client_forges_reaches_a_service(gateway):
    forged = {
        "Cookie": "uf_session=x",
        "X-UsageFlow-Org": "forged",
        "X-Forwarded-For": "6.6.6.6",
        "X-Actor": "forged",
        "Proxy-Authorization": "Basic x",
        "traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
    }
    await gateway.send("GET", "/api/metrics", headers=forged)
    headers = gateway.service.received[-1].headers
    assert gateway.secret not in str(headers)
    assert set(headers) <= {"host", "authorization", "accept", "accept-encoding", "x-request-id", "traceparent"}
    assert headers["traceparent"] == forged["traceparent"]


@pytest.mark.parametrize(
    "path",
    [
        "/internal/track",
        "/api/../internal/track",
        "//internal/track",
        "/api/%2e%2e/internal/track",
        "/api%2f..%2finternal/track",
        "/api//metrics",
        "/api/metrics/",
        "/api/customers/a%2fb",
        "/api/customers/..%2f..%2finternal",
        "/metrics/../internal/track",
    ],
)
async def test_no_spelling_of_a_path_reaches_what_is_not_in_the_table(gateway, path):
    host, port = gateway.url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    head = f"GET {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {gateway.secret}\r\nConnection: close\r\n\r\n"
    writer.write(head.encode())
    answer = await reader.read()
    writer.close()
    await writer.wait_closed()
    assert answer.startswith(b"HTTP/1.1 404 ")
    assert b"application/problem+json" in answer
    assert gateway.service.received == []


async def test_a_wrong_method_is_told_the_right_ones(gateway):
    status, headers, body = await gateway.send("DELETE", "/api/metrics")
    assert (status, headers["Allow"], json.loads(body)["code"]) == (405, "GET, POST", "method_not_allowed")
    status, headers, _ = await gateway.send("DELETE", "/api/organization")
    assert (status, headers["Allow"]) == (405, "GET, PATCH")


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({}, "idempotency_key_required"),
        ({"Idempotency-Key": ""}, "idempotency_key_invalid"),
        ({"Idempotency-Key": "x" * 256}, "idempotency_key_invalid"),
    ],
)
async def test_a_command_needs_a_key(gateway, headers, code):
    status, _, body = await gateway.send("POST", "/api/plans", json={}, headers=headers)
    assert (status, json.loads(body)["code"]) == (400, code)
    assert gateway.service.received == []


async def test_a_quoted_key_is_the_same_key(gateway):
    await gateway.send("POST", "/api/plans", json={}, headers={"Idempotency-Key": '"create-1"'})
    assert gateway.service.received[-1].headers["idempotency-key"] == "create-1"


async def test_a_control_body_over_the_limit_is_refused(gateway):
    async def chunks():
        for _ in range(5):
            yield b"x" * 65_536

    for body in (b"x" * (256 * 1024 + 1), chunks()):
        status, _, answered = await gateway.send("POST", "/api/plans", data=body, headers=KEYED)
        assert (status, json.loads(answered)["code"]) == (413, "body_too_large")
    assert gateway.service.received == []


async def test_a_service_that_is_away_is_a_503(open_gateway):
    async with open_gateway(aggregator_url="http://127.0.0.1:1", ingest_url="http://127.0.0.1:1") as gateway:
        status, headers, body = await gateway.send("GET", "/api/usage?metric=A")
        problem = json.loads(body)
        assert (status, problem["code"], headers["Retry-After"]) == (503, "unavailable", "1")
        for path in ("/api/track", "/api/track/batch"):
            status, headers, body = await gateway.send("POST", path, json={}, headers={"Idempotency-Key": "call-1"})
            assert (status, headers["Retry-After"]) == (503, "1")
            assert json.loads(body)["idempotencyKey"] == "call-1"
        status, _, body = await gateway.send("POST", "/api/track", json={})
        assert status == 503
        assert json.loads(body)["idempotencyKey"]


async def test_a_service_that_is_silent_is_a_504(open_gateway):
    async with open_gateway(forward_seconds=1) as gateway:
        released = asyncio.Event()

        async def wait(_request):
            await released.wait()

        gateway.service.answer = wait
        status, _, body = await gateway.send("GET", "/api/usage")
        assert (status, json.loads(body)["code"]) == (504, "timeout")
        status, _, body = await gateway.send("POST", "/api/track", json={}, headers={"Idempotency-Key": "k"})
        assert (status, json.loads(body)["idempotencyKey"]) == (504, "k")
        released.set()


async def test_a_service_that_refuses_the_gateway_is_not_the_callers_fault(gateway):
    async def refuse(_request):
        return Response(status_code=401)

    gateway.service.answer = refuse
    status, headers, _ = await gateway.send("GET", "/api/usage")
    assert status == 503
    assert "WWW-Authenticate" not in headers


async def test_a_client_that_leaves_cancels_its_request(gateway):
    arrived = asyncio.Event()

    async def until_left(request):
        await request.body()
        arrived.set()
        while (await request.receive())["type"] != "http.disconnect":
            pass
        raise ClientDisconnect

    gateway.service.answer = until_left
    asking = asyncio.create_task(gateway.send("GET", "/api/usage"))
    await arrived.wait()
    asking.cancel()
    await asyncio.gather(asking, return_exceptions=True)
    await eventually(lambda: gateway.service.left == 1)


async def test_a_response_streams_and_a_broken_one_breaks_off(gateway):
    more = asyncio.Event()

    async def pieces():
        yield b"first"
        await more.wait()
        yield b"second"
        raise ConnectionResetError("the service dies here")

    async def stream(_request):
        return StreamingResponse(pieces())

    gateway.service.answer = stream
    credentials = {"Authorization": f"Bearer {gateway.secret}"}
    async with gateway.http.get(f"{gateway.url}/api/usage", headers=credentials) as response:
        assert await response.content.readany() == b"first"
        more.set()
        with pytest.raises(aiohttp.ClientError):
            await response.read()


async def test_streams_that_last_leave_room_for_everybody_else(open_gateway):
    async with open_gateway(connections_per_service=1) as gateway:
        held, released = asyncio.Event(), asyncio.Event()

        async def hold_streams(request):
            if request.url.path == "/api/track/batch":
                held.set()
                await released.wait()

        gateway.service.answer = hold_streams
        ndjson = {"Content-Type": "application/x-ndjson"}
        stream = asyncio.create_task(gateway.send("POST", "/api/track/batch", data=b"{}", headers=ndjson))
        await held.wait()
        assert (await gateway.send("GET", "/api/usage"))[0] == 200
        assert (await gateway.send("POST", "/api/track", json={}))[0] == 202
        status, headers, body = await gateway.send("POST", "/api/track/batch", json={}, headers=KEYED)
        assert (status, json.loads(body)["code"], headers["Retry-After"]) == (503, "overloaded", "1")
        released.set()
        assert (await stream)[0] == 200


@pytest.mark.parametrize("path", ["/api/track/batch", "/api/billing-runs"])
async def test_an_organization_that_holds_its_share_of_connections_does_not_stop_another(open_gateway, path):
    async with open_gateway(connections_per_service=4) as gateway:
        other = await organization_service.create_organization(
            gateway.database.engine, Clock(), name="Other", mode="live", owner_email=None
        )
        neighbour = await gateway.key(org_id=other.organization.org_id)
        arrived, released = 0, asyncio.Event()

        async def hold_first(request):
            nonlocal arrived
            arrived += 1
            if arrived == 1:
                await released.wait()

        gateway.service.answer = hold_first
        sending = [asyncio.create_task(gateway.send("POST", path, json={}, headers=KEYED)) for _ in range(4)]
        await eventually(lambda: arrived == 1)
        status, _, _ = await gateway.send("POST", path, json={}, headers=KEYED, secret=neighbour.secret)
        assert (status, arrived) == (200, 2)
        released.set()
        assert {status for status, _, _ in await asyncio.gather(*sending)} == {200}


@pytest.mark.parametrize("key", [" a ", "   ", '"a"', "a\\", 'say "hi"'])
async def test_every_key_reaches_the_service_as_the_client_meant_it(gateway, key):
    quoted = '"' + key.replace("\\", "\\\\").replace('"', '\\"') + '"'
    for path in ("/api/plans", "/api/track/batch"):
        await gateway.send("POST", path, json={}, headers={"Idempotency-Key": quoted})
        assert read_key([gateway.service.received[-1].headers["idempotency-key"]]) == key
