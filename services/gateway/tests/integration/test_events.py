"""Events on their way to ingest: single ones in micro-batches, many of them as a stream."""

import asyncio
import gzip
import io
import json
import re
import resource
import time

import pytest
from starlette.responses import Response

from usageflow_common.testing import eventually
from usageflow_common.tokens import TokenVerifier

EVENT = {"metric": "API_CALL", "customerId": "user_123"}


async def test_a_single_event_is_answered_by_ingest(gateway, token_keys):
    status, headers, body = await gateway.send("POST", "/api/track", json=EVENT, headers={"Idempotency-Key": "call-1"})
    assert (status, json.loads(body)["idempotencyKey"], headers["Idempotency-Key"]) == (202, "call-1", "call-1")
    received = gateway.service.received[-1]
    (item,) = json.loads(received.body)
    assert received.target == "/internal/track"
    assert item["contentType"] == "application/json"
    assert item["requestId"] == headers["X-Request-Id"]
    assert json.loads(item["body"]) == EVENT
    token = received.headers["authorization"].removeprefix("Bearer ")
    caller = TokenVerifier(token_keys.public_keys, "ingest").verify(token)
    assert caller.org_id == gateway.org_id
    assert (caller.operation_id, caller.fingerprint, caller.request_id, caller.ip) == (None, None, None, None)


async def test_a_key_is_made_and_returned_where_there_is_none(gateway):
    _, headers, body = await gateway.send("POST", "/api/track", json=EVENT)
    assert headers["Idempotency-Key"] == json.loads(body)["idempotencyKey"]
    _, headers, _ = await gateway.send("POST", "/api/track/batch", json={"events": [EVENT]})
    assert headers["Idempotency-Key"] == gateway.service.received[-1].headers["idempotency-key"]


async def test_one_token_serves_a_caller_for_many_events(gateway):
    for _ in range(3):
        await gateway.send("POST", "/api/track", json=EVENT)
    assert len({received.headers["authorization"] for received in gateway.service.received}) == 1


async def test_what_arrives_while_all_lanes_are_busy_becomes_one_batch(gateway):
    release = asyncio.Event()
    arrived = 0

    async def hold(_request):
        nonlocal arrived
        arrived += 1
        if arrived <= gateway.settings.event_lanes:
            await release.wait()

    gateway.service.answer = hold
    sending = []
    for lane in range(1, gateway.settings.event_lanes + 1):
        sending.append(asyncio.create_task(gateway.send("POST", "/api/track", json=EVENT)))
        await eventually(lambda busy=lane: arrived == busy)
    sending += [asyncio.create_task(gateway.send("POST", "/api/track", json=EVENT)) for _ in range(20)]
    await asyncio.sleep(0.3)
    release.set()
    answers = await asyncio.gather(*sending)
    assert {status for status, _, _ in answers} == {202}
    assert arrived < 10
    keys = [json.loads(body)["idempotencyKey"] for _, _, body in answers]
    assert keys == [headers["Idempotency-Key"] for _, headers, _ in answers]


async def test_events_of_two_callers_never_share_a_batch(gateway, token_keys):
    other = await gateway.key("track:write")
    sending = [
        gateway.send("POST", "/api/track", json=EVENT, secret=secret)
        for secret in (gateway.secret, other.secret)
        for _ in range(20)
    ]
    assert {status for status, _, _ in await asyncio.gather(*sending)} == {202}
    by_key = {}
    for received in gateway.service.received:
        token = received.headers["authorization"].removeprefix("Bearer ")
        caller = TokenVerifier(token_keys.public_keys, "ingest").verify(token)
        by_key[caller.actor.id] = by_key.get(caller.actor.id, 0) + len(json.loads(received.body))
    assert sorted(by_key.values()) == [20, 20]


async def test_a_refused_event_is_a_problem_and_its_neighbours_are_not(gateway):
    async def refuse_one(request):
        items = json.loads(await request.body())
        answers = [
            {"status": 422, "body": {"code": "unknown_metric"}}
            if "NOPE" in item["body"]
            else {"status": 202, "body": {"status": "accepted"}}
            for item in items
        ]
        return Response(json.dumps(answers), media_type="application/json")

    gateway.service.answer = refuse_one
    bodies = [{**EVENT, "metric": name} for name in ("API_CALL", "NOPE", "API_CALL")]
    answers = await asyncio.gather(*(gateway.send("POST", "/api/track", json=body) for body in bodies))
    assert [status for status, _, _ in answers] == [202, 422, 202]
    assert answers[1][1]["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("answered", [b"[]", b"not json", b'[{"status":202}]'])
async def test_an_answer_that_does_not_fit_the_batch_is_an_unknown_outcome(gateway, answered):
    async def nonsense(_request):
        return Response(answered)

    gateway.service.answer = nonsense
    status, _, body = await gateway.send("POST", "/api/track", json=EVENT, headers={"Idempotency-Key": "call-1"})
    assert (status, json.loads(body)["idempotencyKey"]) == (503, "call-1")


async def test_an_event_is_unpacked_and_bounded(gateway):
    packed = gzip.compress(json.dumps(EVENT).encode())
    status, _, _ = await gateway.send("POST", "/api/track", data=packed, headers={"Content-Encoding": "gzip"})
    assert status == 202
    assert json.loads(json.loads(gateway.service.received[-1].body)[0]["body"]) == EVENT
    bomb = gzip.compress(b" " * 2**20)
    for body, headers in ((b"x" * 16_385, {}), (bomb, {"Content-Encoding": "gzip"})):
        status, _, answered = await gateway.send("POST", "/api/track", data=body, headers=headers)
        assert (status, json.loads(answered)["code"]) == (413, "body_too_large")
    status, _, answered = await gateway.send("POST", "/api/track", data=b"\xff\xfe")
    assert (status, json.loads(answered)["code"]) == (400, "malformed_request")


async def test_a_batch_over_8_mib_is_refused_however_it_is_sent(gateway):
    async def chunks():
        for _ in range(9):
            yield b" " * 2**20

    for body in (io.BytesIO(b" " * (8 * 2**20 + 1)), chunks()):
        status, _, answered = await gateway.send(
            "POST", "/api/track/batch", data=body, headers={"Idempotency-Key": "b"}
        )
        problem = json.loads(answered)
        assert (status, problem["code"]) == (413, "body_too_large")
    assert gateway.service.received == []


async def test_ndjson_of_any_length_streams_through_in_bounded_memory(gateway):
    size = 0

    async def count(request):
        nonlocal size
        if request.url.path == "/api/track/batch":
            async for piece in request.stream():
                size += len(piece)
            return Response(b'{"status":"accepted"}', status_code=202)
        return None

    async def lines():
        line = json.dumps(EVENT).encode() + b"\n"
        block = line * (2**20 // len(line))
        for _ in range(200):
            yield block

    gateway.service.answer = count
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    headers = {"Content-Type": "application/x-ndjson", "Idempotency-Key": "batch-7"}
    status, answered, _ = await gateway.send("POST", "/api/track/batch", data=lines(), headers=headers)
    assert (status, answered["Idempotency-Key"]) == (202, "batch-7")
    assert size > 190 * 2**20
    grown_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown_kib < 64 * 1024


async def test_a_stream_without_progress_ends(open_gateway):
    async with open_gateway(stream_idle_seconds=2) as gateway:

        async def dripping():
            for _ in range(300):
                yield b"\n"
                await asyncio.sleep(0.1)

        async def steady():
            for _ in range(6):
                yield b"\n" * 1_024
                await asyncio.sleep(0.4)

        headers = {"Content-Type": "application/x-ndjson", "Idempotency-Key": "b"}
        status, _, body = await gateway.send("POST", "/api/track/batch", data=dripping(), headers=headers)
        assert (status, json.loads(body)["idempotencyKey"]) == (504, "b")
        status, _, _ = await gateway.send("POST", "/api/track/batch", data=steady(), headers=headers)
        assert status == 200


async def test_a_connection_that_ingest_closes_while_it_is_taken_costs_no_event(open_gateway):
    connections = 0

    async def close_first(reader, writer):
        nonlocal connections
        connections += 1
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(re.search(rb"content-length: (\d+)", head.lower())[1])
        items = json.loads(await reader.readexactly(length))
        if connections > 1:
            body = json.dumps([{"status": 202, "body": {}}] * len(items)).encode()
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
        writer.close()

    server = await asyncio.start_server(close_first, "127.0.0.1", 0)
    async with server, open_gateway(ingest_url=f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}") as gateway:
        status, _, _ = await gateway.send("POST", "/api/track", json=EVENT)
        assert (status, connections) == (202, 2)


async def test_a_batch_that_drips_in_has_the_time_of_a_request(open_gateway):
    async with open_gateway(forward_seconds=1) as gateway:

        async def dripping():
            for _ in range(20):
                yield b" "
                await asyncio.sleep(0.2)

        headers = {"Content-Type": "application/json", "Idempotency-Key": "b"}
        began = time.monotonic()
        status, _, body = await gateway.send("POST", "/api/track/batch", data=dripping(), headers=headers)
        assert (status, json.loads(body)["idempotencyKey"]) == (504, "b")
        assert time.monotonic() - began < 3


async def test_a_query_that_a_single_event_has_no_use_for_is_refused(gateway):
    status, _, body = await gateway.send("POST", "/api/track?dryRun=1", json=EVENT)
    problem = json.loads(body)
    assert (status, problem["errors"][0]["field"], problem["errors"][0]["code"]) == (
        422,
        "query.dryRun",
        "unknown_field",
    )
    assert gateway.service.received == []


async def test_a_content_type_that_goes_on_and_on_is_cut(gateway):
    headers = {"Content-Type": "application/json; x=" + "y" * 8_000}
    status, _, _ = await gateway.send("POST", "/api/track", data=json.dumps(EVENT), headers=headers)
    (item,) = json.loads(gateway.service.received[-1].body)
    assert (status, len(item["contentType"])) == (202, 255)


@pytest.mark.parametrize("path", ["/api/track", "/api/track/batch"])
async def test_every_problem_of_events_names_the_key_to_send_them_again_under(gateway, path):
    status, _, body = await gateway.send(
        "POST", path, data=io.BytesIO(b" " * (9 * 2**20)), headers={"Idempotency-Key": "k"}
    )
    assert (status, json.loads(body)["idempotencyKey"]) == (413, "k")


async def test_a_client_that_leaves_in_the_middle_of_a_stream_cancels_it(gateway):
    arrived = asyncio.Event()

    async def read_on(request):
        async for _ in request.stream():
            arrived.set()
        return Response(status_code=202)

    async def endless():
        while True:
            yield b"{}\n"
            await asyncio.sleep(0.01)

    gateway.service.answer = read_on
    headers = {"Content-Type": "application/x-ndjson"}
    sending = asyncio.create_task(gateway.send("POST", "/api/track/batch", data=endless(), headers=headers))
    await arrived.wait()
    sending.cancel()
    await asyncio.gather(sending, return_exceptions=True)
    await eventually(lambda: gateway.service.left == 1)


async def test_ingest_may_refuse_a_stream_before_its_end(gateway):
    async def refuse(_request):
        return Response(b'{"code":"unavailable"}', status_code=503, headers={"Retry-After": "3"})

    async def long():
        for _ in range(50):
            yield b"{}\n" * 20_000

    gateway.service.answer = refuse
    headers = {"Content-Type": "application/x-ndjson"}
    try:
        status, answered, _ = await gateway.send("POST", "/api/track/batch", data=long(), headers=headers)
    except OSError:
        return  # the client was still sending when the connection closed: it learns the same
    assert (status, answered["Retry-After"]) == (503, "3")
