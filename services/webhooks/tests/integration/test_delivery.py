"""Attempts against a receiver that misbehaves in every way we know of."""

from __future__ import annotations

import asyncio
import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from receiver import Behaviour, Receiver, answers, drips, floods, hangs, resets, writes
from standardwebhooks import Webhook
from webhooks_tenant import LOCAL, Tenant, delivering

from usageflow_common.clock import Clock
from usageflow_common.database import transaction
from usageflow_common.ids import Prefix, new_id, parse_public_id
from usageflow_common.testing.databases import ServiceDatabase
from usageflow_common.testing.eventually import eventually
from usageflow_common.testing.payloads import check_body, check_data
from usageflow_webhooks.client import BODY_KEPT_BYTES, DeliveryClient
from usageflow_webhooks.domain.circuit import FIRST_PLACES
from usageflow_webhooks.resolver import Resolver
from usageflow_webhooks.service.turns import LEASE, take_turns
from usageflow_webhooks.store.endpoints import lock_endpoint
from usageflow_webhooks.vault import Vault

CASES = [
    pytest.param(answers("200 OK", b"thanks"), "delivered", None, 200, "thanks", id="200"),
    pytest.param(answers("204 No Content"), "delivered", None, 204, "", id="204"),
    pytest.param(answers("301 Moved\r\nlocation: /elsewhere"), "retrying", "redirect", 301, "", id="redirect"),
    pytest.param(answers("410 Gone"), "parked", "http_status", 410, "", id="gone"),
    pytest.param(answers("429 Slow\r\nretry-after: 120"), "retrying", "http_status", 429, "", id="slow down"),
    pytest.param(answers("500 Oops", b"trace"), "retrying", "http_status", 500, "trace", id="500"),
    pytest.param(hangs, "retrying", "timeout", None, None, id="hangs"),
    pytest.param(
        drips(b"HTTP/1.1 200 OK\r\n", b"x-a: b\r\n"), "retrying", "timeout", None, None, id="head without end"
    ),
    pytest.param(drips(b"HTTP/1.1 200 O", b"K"), "retrying", "timeout", None, None, id="status line without end"),
    pytest.param(resets, "retrying", "response_invalid", None, None, id="reset"),
    pytest.param(writes(b""), "retrying", "response_invalid", None, None, id="closes"),
    pytest.param(writes(b"SSH-2.0-OpenSSH_9.2\r\n\r\n"), "retrying", "response_invalid", None, None, id="not HTTP"),
    pytest.param(writes(b"HTTP/1.1 abc OK\r\n\r\n"), "retrying", "response_invalid", None, None, id="garbage status"),
    pytest.param(writes(b"\x00" * 100_000), "retrying", "response_invalid", None, None, id="zeroes"),
    pytest.param(floods, "delivered", None, 200, "x" * BODY_KEPT_BYTES, id="huge body"),
    pytest.param(
        writes(b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc"), "delivered", None, 200, "abc", id="body breaks off"
    ),
    pytest.param(
        writes(b"HTTP/1.1 201 Made\r\ncontent-encoding: gzip\r\ncontent-length: 3\r\n\r\nabc"),
        *("delivered", None, 201, "abc"),
        id="not gzip",
    ),
    pytest.param(
        writes(b"HTTP/1.1 200 OK\r\nx-odd: \xff\xfe\r\ncontent-length: 2\r\n\r\n\xff\x00"),
        *("delivered", None, 200, "\ufffd\x00"),
        id="not UTF-8",
    ),
]


@pytest.mark.parametrize(("behaviour", "status", "error", "code", "body"), CASES)
async def test_every_answer_is_judged_and_logged(
    behaviour: Behaviour, status: str, error: str | None, code: int | None, body: str | None,
    tenant: Tenant, receiver: Receiver, database: ServiceDatabase, vault: Vault,
):  # fmt: skip
    receiver.behaviours["/hook"] = behaviour
    endpoint = await tenant.endpoint(receiver.url("/hook"))
    webhook_id = await tenant.happens()
    async with delivering(database, vault, attempt_seconds=1.0):
        [logged] = await tenant.attempts(1, endpointId=endpoint["id"])

    [dispatch] = await tenant.list("/dispatches", eventId=webhook_id)
    assert (dispatch["status"], dispatch["attempts"]) == (status, 1)
    assert (logged["outcome"], logged["errorCode"], logged["statusCode"]) == (
        "failed" if error else "succeeded",
        error,
        code,
    )
    assert logged["remoteAddress"] == "127.0.0.1"
    whole = (await tenant.get(f"/deliveries/{logged['id']}")).json()
    assert (whole["response"] or {}).get("body") == body
    assert whole["request"]["body"].encode() == receiver.at("/hook")[0].body
    assert not receiver.at("/elsewhere")


async def test_deliveries_are_counted_over_time_by_endpoint(
    tenant: Tenant, receiver: Receiver, database: ServiceDatabase, vault: Vault
):
    receiver.behaviours["/broken"] = answers("500 Oops")
    good = await tenant.endpoint(receiver.url("/good"))
    bad = await tenant.endpoint(receiver.url("/broken"))
    await tenant.happens()
    async with delivering(database, vault):
        logged = await tenant.attempts(2)
    day = datetime.fromisoformat(logged[0]["createdAt"]).replace(hour=0, minute=0, second=0, microsecond=0)
    span = {"from": (day - timedelta(days=1)).isoformat(), "to": (day + timedelta(days=2)).isoformat()}

    async def counted(**more: str) -> list[tuple[int, int]]:
        answer = await tenant.count(**span, **more)
        assert answer.status_code == 200, answer.text
        assert all(0 <= row["p50Ms"] <= row["p95Ms"] for row in answer.json()["data"])
        return [(row["succeeded"], row["failed"]) for row in answer.json()["data"]]

    assert await counted() == [(1, 1)]
    assert await counted(windowSize="month", endpointId=good["id"]) == [(1, 0)]
    assert await counted(windowSize="hour", endpointId=bad["id"]) == [(0, 1)]
    assert (await tenant.count(**span, endpointId=f"we_{new_id().hex}")).status_code == 404
    assert (await tenant.count(**{"from": span["to"], "to": span["from"]})).status_code == 422


async def test_what_arrives_is_signed_and_the_public_library_agrees(
    tenant: Tenant, receiver: Receiver, database: ServiceDatabase, vault: Vault
):
    endpoint = await tenant.endpoint(receiver.url("/hook"), "invoice.created")
    webhook_id = await tenant.happens(data=b'{"total":120.00}')
    await tenant.happens("invoice.paid")
    async with delivering(database, vault):
        [logged] = await tenant.attempts(1)
    [got] = receiver.at("/hook")
    assert Webhook(endpoint["secret"]).verify(got.body, got.headers)["id"] == webhook_id
    assert got.headers["webhook-id"] == webhook_id
    assert got.headers["user-agent"] == "UsageFlow-Webhooks/1"
    assert got.headers["host"] == f"127.0.0.1:{receiver.port}"
    assert b'"data":{"total":120.00}' in got.body
    logged_headers = (await tenant.get(f"/deliveries/{logged['id']}")).json()["request"]["headers"]
    assert "webhook-signature" not in logged_headers
    assert logged_headers["webhook-id"] == webhook_id


async def test_slow_down_is_obeyed(tenant: Tenant, receiver: Receiver, database: ServiceDatabase, vault: Vault):
    receiver.behaviours["/hook"] = answers("503 Busy\r\nretry-after: 3600")
    await tenant.endpoint(receiver.url("/hook"))
    await tenant.happens()
    async with delivering(database, vault):
        [logged] = await tenant.attempts(1)
    [dispatch] = await tenant.list("/dispatches")
    wait = datetime.fromisoformat(dispatch["nextAttemptAt"]) - datetime.fromisoformat(logged["createdAt"])
    assert wait == timedelta(hours=1)


async def test_a_failed_attempt_is_made_again_with_the_same_id_and_bytes(
    tenant: Tenant, receiver: Receiver, database: ServiceDatabase, vault: Vault
):
    receiver.behaviours["/hook"] = answers("500 Oops")
    await tenant.endpoint(receiver.url("/hook"))
    await tenant.happens()
    async with delivering(database, vault):
        await tenant.attempts(1)
    receiver.behaviours.clear()
    async with delivering(database, vault, ahead=timedelta(seconds=10)):
        first, second = await tenant.attempts(2)
    assert (first["outcome"], second["outcome"]) == ("failed", "succeeded")
    assert (first["attempt"], second["attempt"]) == (1, 2)
    one, two = receiver.at("/hook")
    assert one.body == two.body
    assert one.headers["webhook-id"] == two.headers["webhook-id"]
    assert one.headers["webhook-timestamp"] != two.headers["webhook-timestamp"]


async def test_a_hanging_endpoint_delays_nobody_else(
    tenant: Tenant, receiver: Receiver, database: ServiceDatabase, vault: Vault
):
    receiver.behaviours["/hangs"] = hangs
    await tenant.endpoint(receiver.url("/hangs"), "invoice.created")
    await tenant.endpoint(receiver.url("/works"), "invoice.paid")
    for _ in range(20):
        await tenant.happens("invoice.created")
    async with delivering(database, vault):
        await eventually(lambda: len(receiver.at("/hangs")) == FIRST_PLACES)  # its own places, and no more
        started = asyncio.get_running_loop().time()
        for _ in range(20):
            await tenant.happens("invoice.paid")
        await eventually(lambda: len(receiver.at("/works")) == 20, timeout_seconds=5)
        assert asyncio.get_running_loop().time() - started < 5
        assert len(receiver.at("/hangs")) == FIRST_PLACES


async def test_two_workers_share_the_work_and_send_nothing_twice(
    tenant: Tenant, receiver: Receiver, database: ServiceDatabase, vault: Vault
):
    await tenant.endpoint(receiver.url("/hook"))
    ids = [await tenant.happens() for _ in range(60)]
    async with delivering(database, vault), delivering(database, vault):
        await tenant.attempts(60, limit=200)
    assert sorted(one.headers["webhook-id"] for one in receiver.at("/hook")) == sorted(ids)


async def test_a_worker_that_dies_after_sending_leaves_a_logged_attempt_and_the_fact_is_delivered_again(
    tenant: Tenant, receiver: Receiver, database: ServiceDatabase, vault: Vault
):
    await tenant.endpoint(receiver.url("/hook"))
    webhook_id = await tenant.happens()
    resolver = Resolver(LOCAL)
    [work] = (await take_turns(database.engine, Clock(), 10)).work
    async with DeliveryClient(resolver) as client:
        sent = await client.send(work.lease.url, {"webhook-id": webhook_id}, work.body)
    resolver.close()
    assert sent.remote_address == "127.0.0.1"
    # … and nothing is written down: the process is gone.

    async with delivering(database, vault):
        await eventually(lambda: bool(receiver.at("/hook")))
        assert await tenant.list("/deliveries") == []  # the lease is respected while it lasts
    async with delivering(database, vault, ahead=LEASE + timedelta(seconds=10)):
        lost, made = await tenant.attempts(2)
    assert (lost["outcome"], lost["errorCode"], lost["attempt"]) == ("failed", "interrupted", 1)
    assert (made["outcome"], made["attempt"]) == ("succeeded", 2)
    assert {one.headers["webhook-id"] for one in receiver.at("/hook")} == {webhook_id}
    [dispatch] = await tenant.list("/dispatches")
    assert (dispatch["status"], dispatch["attempts"]) == ("delivered", 2)


async def test_workers_that_are_killed_at_any_moment_lose_nothing_and_leave_no_attempt_out_of_the_log(
    tenant: Tenant, receiver: Receiver, database: ServiceDatabase, vault: Vault
):
    await tenant.endpoint(receiver.url("/hook"))
    ids = {await tenant.happens() for _ in range(24)}
    ahead = LEASE + timedelta(minutes=10)
    receiver.behaviours["/hook"] = hangs  # the first death comes while an attempt waits for its answer, for certain
    async with delivering(database, vault):
        await eventually(lambda: receiver.at("/hook"))
    receiver.behaviours["/hook"] = answers("200 OK")
    for milliseconds in (5, 11, 17, 23, 37):
        async with delivering(database, vault, ahead=ahead):
            await asyncio.sleep(milliseconds / 1000)  # the moment of death
        ahead += LEASE + timedelta(minutes=10)

    async def delivered() -> list[dict[str, Any]]:
        dispatches = await tenant.list("/dispatches", limit=200)
        return dispatches if {one["status"] for one in dispatches} == {"delivered"} else []

    async with delivering(database, vault, ahead=ahead), delivering(database, vault, ahead=ahead + timedelta(hours=1)):
        dispatches = await eventually(delivered)
    log = await tenant.list("/deliveries", limit=200)
    assert {one.headers["webhook-id"] for one in receiver.at("/hook")} == ids
    assert len(receiver.at("/hook")) <= len(log)
    for dispatch in dispatches:
        attempts = sorted(one["attempt"] for one in log if one["dispatchId"] == dispatch["id"])
        assert attempts == list(range(1, dispatch["attempts"] + 1))
    assert {one["errorCode"] for one in log} <= {None, "interrupted"}
    assert len(log) > len(ids)


async def test_an_endpoint_that_somebody_holds_delays_nobody_else(
    tenant: Tenant, other_tenant: Tenant, receiver: Receiver, database: ServiceDatabase, vault: Vault
):
    held = await tenant.endpoint(receiver.url("/held"))
    await other_tenant.endpoint(receiver.url("/works"))
    await tenant.happens()
    await take_turns(database.engine, Clock(), 10)  # … and its worker dies
    async with transaction(database.engine) as tx:
        await lock_endpoint(tx, tenant.org_id, parse_public_id(Prefix.ENDPOINT, held["id"]))
        async with delivering(database, vault, ahead=LEASE + timedelta(seconds=10)):
            for _ in range(3):
                count = len(receiver.at("/works"))
                await other_tenant.happens()
                await eventually(lambda count=count: len(receiver.at("/works")) > count, timeout_seconds=3)


async def test_a_result_that_comes_after_the_lease_changes_nothing(
    tenant: Tenant, receiver: Receiver, database: ServiceDatabase, vault: Vault
):
    receiver.behaviours["/hook"] = hangs
    await tenant.endpoint(receiver.url("/hook"))
    await tenant.happens()
    async with delivering(database, vault, attempt_seconds=3.0):
        await eventually(lambda: receiver.at("/hook"))
        receiver.behaviours.clear()
        async with delivering(database, vault, ahead=LEASE + timedelta(seconds=10)):
            lost, made = await tenant.attempts(2)
            assert (lost["errorCode"], made["outcome"]) == ("interrupted", "succeeded")
    [dispatch] = await tenant.list("/dispatches")
    assert (dispatch["status"], dispatch["attempts"]) == ("delivered", 2)


async def test_gone_disables_the_endpoint_parks_its_dispatches_and_tells_the_others(
    tenant: Tenant, receiver: Receiver, database: ServiceDatabase, vault: Vault
):
    receiver.behaviours["/gone"] = answers("410 Gone")
    gone = await tenant.endpoint(receiver.url("/gone"), "invoice.created")
    await tenant.endpoint(receiver.url("/other"), "endpoint.disabled")
    await tenant.happens()
    async with delivering(database, vault):
        await eventually(lambda: receiver.at("/other"))
    shown = (await tenant.get(f"/endpoints/{gone['id']}")).json()
    assert (shown["status"], shown["disabledReason"], shown["health"]["parked"]) == ("disabled", "gone", 1)
    await tenant.happens()  # it still collects
    assert {one["status"] for one in await tenant.list("/dispatches", endpointId=gone["id"])} == {"parked"}
    assert b'"reason":"gone"' in receiver.at("/other")[0].body
    check_body(json.loads(receiver.at("/other")[0].body))

    receiver.behaviours.clear()
    enabled = await tenant.post(f"/endpoints/{gone['id']}/enable")
    assert enabled.json()["status"] == "enabled"
    async with delivering(database, vault):
        await eventually(lambda: len(receiver.at("/gone")) == 3)


async def test_an_endpoint_without_success_for_five_days_is_disabled_when_a_dispatch_is_given_up(
    tenant: Tenant, receiver: Receiver, database: ServiceDatabase, vault: Vault
):
    receiver.behaviours["/hook"] = answers("500 Oops")
    failing = await tenant.endpoint(receiver.url("/hook"), "invoice.created")
    await tenant.happens()
    ahead = timedelta()
    for hours in (0, 1, 1, 1, 3, 7, 13, 18, 25, 60):
        ahead += timedelta(hours=hours)
        attempts = len(receiver.received)
        async with delivering(database, vault, ahead=ahead):
            await tenant.attempts(attempts + 1, limit=200)
    [dispatch] = await tenant.list("/dispatches")
    assert (dispatch["status"], dispatch["attempts"]) == ("failed", 10)
    shown = (await tenant.get(f"/endpoints/{failing['id']}")).json()
    assert (shown["status"], shown["disabledReason"]) == ("disabled", "failing")
    [told] = await tenant.list("/events", type="endpoint.disabled")
    assert told["data"]["endpoint"]["id"] == failing["id"]
    check_data("endpoint.disabled", told["data"])
    assert told["data"]["lastDeliveryId"] == (await tenant.list("/deliveries"))[0]["id"]


async def test_the_tag_of_an_endpoint_changes_with_its_health(
    tenant: Tenant, receiver: Receiver, database: ServiceDatabase, vault: Vault
):
    endpoint = await tenant.endpoint(receiver.url("/hook"))
    path = f"/endpoints/{endpoint['id']}"
    quiet = await tenant.get(path)
    await tenant.happens()
    async with delivering(database, vault):
        await tenant.attempts(1)

    fared = await tenant.get(path)

    assert (quiet.json()["version"], fared.json()["version"]) == (1, 1)
    assert quiet.headers["etag"] != fared.headers["etag"]
    assert fared.json()["health"]["succeeded24h"] == 1
