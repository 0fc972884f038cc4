"""Receivers do not wait for each other: a rate of one's own, a fifth that hang, an outage and its end, and a connection that went stale."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

import pytest
from receiver import Receiver, answers, hangs
from webhooks_tenant import LOCAL, Tenant, delivering

from usageflow_common.testing.databases import ServiceDatabase
from usageflow_common.testing.eventually import eventually
from usageflow_webhooks.client import DeliveryClient
from usageflow_webhooks.domain.circuit import FIRST_PLACES, OPEN_AFTER
from usageflow_webhooks.domain.outcomes import Answered
from usageflow_webhooks.resolver import Resolver
from usageflow_webhooks.vault import Vault

KEPT = b"HTTP/1.1 204 No Content\r\n\r\n"


async def test_an_endpoint_gets_no_more_a_second_than_it_asks_for(
    tenant: Tenant, receiver: Receiver, database: ServiceDatabase, vault: Vault
):
    wish = {"url": receiver.url("/slowly"), "eventTypes": ["*"], "ratePerSecond": 20, "concurrency": 64}
    assert (await tenant.post("/endpoints", wish)).status_code == 201
    for _ in range(40):
        await tenant.happens()
    async with delivering(database, vault):
        logged = await tenant.attempts(40, limit=200)
    began = sorted(
        datetime.fromisoformat(one["createdAt"]) - timedelta(milliseconds=one["durationMs"]) for one in logged
    )
    # 20 a second, and what a fifth of a second saves up; the first does not wait.
    assert began[-1] - began[0] >= timedelta(seconds=(40 - 1 - 4) / 20 - 0.05)
    for place in range(len(began) - 25):
        assert began[place + 25] - began[place] >= timedelta(seconds=0.9)


async def test_a_fifth_that_hang_do_not_slow_the_others(
    tenant: Tenant, receiver: Receiver, database: ServiceDatabase, vault: Vault
):
    for place in range(10):
        path = f"/hangs/{place}" if place % 5 == 0 else f"/works/{place}"
        receiver.behaviours[path] = hangs if place % 5 == 0 else answers("204 No Content")
        await tenant.endpoint(receiver.url(path))

    def arrived(kind: str) -> int:
        return sum(one.path.startswith(kind) for one in receiver.received)

    async with delivering(database, vault):
        for round_ in range(1, 16):
            await tenant.happens()
            await eventually(lambda r=round_: arrived("/works") == 8 * r, timeout_seconds=5)
        assert arrived("/hangs") == 2 * FIRST_PLACES
    assert {one["status"] for one in await tenant.list("/dispatches", limit=200)} == {"delivered", "pending"}


async def test_during_an_outage_there_are_only_probes_and_after_it_everything_goes_out(
    tenant: Tenant, receiver: Receiver, database: ServiceDatabase, vault: Vault
):
    receiver.behaviours["/hook"] = answers("503 Away")
    endpoint = await tenant.endpoint(receiver.url("/hook"))
    ids = {await tenant.happens() for _ in range(60)}
    async with delivering(database, vault):
        await eventually(lambda: len(receiver.received) >= OPEN_AFTER)
        await asyncio.sleep(1.5)
        tried = len(receiver.received)
        assert tried <= OPEN_AFTER + FIRST_PLACES + 2  # of sixty: those under way when it opened, and a probe or two
    health = (await tenant.get(f"/endpoints/{endpoint['id']}")).json()["health"]
    assert health["failingSince"] is not None
    receiver.behaviours.clear()
    async with delivering(database, vault, ahead=timedelta(minutes=10)):

        async def all_delivered() -> bool:
            rows = await tenant.list("/dispatches", limit=200)
            return {row["status"] for row in rows} == {"delivered"}

        await eventually(all_delivered, timeout_seconds=20)
    assert {one.headers["webhook-id"] for one in receiver.received} == ids
    assert (await tenant.get(f"/endpoints/{endpoint['id']}")).json()["health"]["failingSince"] is None


async def test_a_kept_connection_that_the_other_side_closed_is_no_failure():
    """Closed between two attempts, or just as the second is written: either way it is sent on a new connection."""
    requests: list[int] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        place = len(requests)
        while True:
            try:
                head = await reader.readuntil(b"\r\n\r\n")
            except (asyncio.IncompleteReadError, ConnectionError):
                break
            await reader.readexactly(int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0]))
            if requests and requests[-1] == place and len(requests) > place:
                break  # the second on this connection is read and never answered
            requests.append(place)
            writer.write(KEPT)
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    resolver = Resolver(LOCAL)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    try:
        async with DeliveryClient(resolver) as client:
            sent = [await client.send(url, {}, b"{}") for _ in range(4)]
    finally:
        resolver.close()
        server.close()
    assert [one.answer.status for one in sent if isinstance(one.answer, Answered)] == [204] * 4
    assert len(set(requests)) == 4  # four connections, each of the later ones after a stale one


@pytest.mark.parametrize(
    ("headers", "field"),
    [
        ({"Host": "other.example"}, "/headers"),
        ({"Content-Length": "0"}, "/headers"),
        ({"Transfer-Encoding": "chunked"}, "/headers"),
        ({"webhook-signature": "v1,forged"}, "/headers"),
        ({"Webhook-Id": "evt_mine"}, "/headers"),
        ({"User-Agent": "me"}, "/headers"),
        ({"Metadata-Flavor": "Google"}, "/headers"),
        ({"X-aws-ec2-metadata-token": "t"}, "/headers"),
        ({"X-Forwarded-For": "127.0.0.1"}, "/headers"),
        ({"Proxy-Authorization": "Basic eA=="}, "/headers"),
        ({"X-Ok": "a\r\nX-Split: b"}, "/headers"),
        ({"X-Ok\r\nX-Split": "b"}, "/headers"),
        ({"X Space": "b"}, "/headers"),
        ({"X-Empty": ""}, "/headers"),
        ({"X-Long": "x" * 1025}, "/headers"),
        ({"X-Text": "ü"}, "/headers"),
        ({"X-Twice": "a", "x-twice": "b"}, "/headers"),
        ({f"X-{n}": "v" for n in range(21)}, "/headers"),
    ],
)
async def test_headers_that_are_not_ones_own_are_refused(headers: dict[str, str], field: str, tenant: Tenant):
    wish = {"url": "http://127.0.0.1:9/", "eventTypes": ["*"], "headers": headers}
    answer = await tenant.post("/endpoints", wish)
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    made = await tenant.endpoint("http://127.0.0.1:9/")
    patched = await tenant.call("PATCH", f"/endpoints/{made['id']}", {"headers": headers})
    assert patched.status_code == 422
