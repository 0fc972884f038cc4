"""Sending again what an endpoint missed over a range of time."""

from __future__ import annotations

import asyncio
import json
from datetime import datetime, timedelta
from typing import Any

import asyncpg
import pytest
from receiver import Receiver, answers
from webhooks_tenant import Tenant, delivering

from usageflow_common.clock import Clock
from usageflow_common.ids import new_id
from usageflow_common.testing.databases import ServiceDatabase
from usageflow_common.testing.eventually import eventually
from usageflow_webhooks.service import replaying
from usageflow_webhooks.vault import Vault

URL = "http://127.0.0.1:9/hooks"


def ago(**span: int) -> str:
    return (Clock().wall() - timedelta(**span)).isoformat()


async def replay(tenant: Tenant, endpoint: dict[str, Any], only: str, **more: Any) -> tuple[int, dict[str, Any]]:
    body = {"since": ago(hours=1), "only": only, **more}
    answer = await tenant.post(f"/endpoints/{endpoint['id']}/replay", body)
    return answer.status_code, answer.json()


async def delivered(tenant: Tenant, receiver: Receiver, count: int) -> None:
    async def are() -> bool:
        rows = await tenant.list("/dispatches", limit=200)
        return len(receiver.received) == count and {row["status"] for row in rows} == {"delivered"}

    await eventually(are)


async def test_what_failed_is_sent_again_and_nothing_else(
    tenant: Tenant, receiver: Receiver, database: ServiceDatabase, vault: Vault
):
    endpoint = await tenant.endpoint(receiver.url("/hook"))
    good = await tenant.happens()
    async with delivering(database, vault):
        await tenant.attempts(1)
    receiver.behaviours["/hook"] = answers("500 Oops")
    bad = [await tenant.happens() for _ in range(3)]
    async with delivering(database, vault):
        await tenant.attempts(4)
    receiver.behaviours.clear()
    receiver.received.clear()
    assert await replay(tenant, endpoint, "failed") == (202, {"dispatches": 3, "nextSince": None})
    async with delivering(database, vault):
        await delivered(tenant, receiver, 3)
    assert sorted(one.headers["webhook-id"] for one in receiver.at("/hook")) == sorted(bad)
    assert good not in bad
    assert await replay(tenant, endpoint, "failed") == (202, {"dispatches": 0, "nextSince": None})


async def test_an_endpoint_gets_what_happened_before_it_existed_by_the_types_it_chose(
    tenant: Tenant, receiver: Receiver, database: ServiceDatabase, vault: Vault
):
    early = [await tenant.happens() for _ in range(4)]
    await tenant.happens("invoice.paid")
    endpoint = await tenant.endpoint(receiver.url("/late"), "invoice.created")
    assert await replay(tenant, endpoint, "failed") == (202, {"dispatches": 0, "nextSince": None})
    assert await replay(tenant, endpoint, "missing") == (202, {"dispatches": 4, "nextSince": None})
    assert await replay(tenant, endpoint, "missing") == (202, {"dispatches": 0, "nextSince": None})
    async with delivering(database, vault):
        await delivered(tenant, receiver, 4)
    assert sorted(one.headers["webhook-id"] for one in receiver.at("/late")) == sorted(early)


async def test_everything_of_a_range_is_sent_again_with_the_same_bytes(
    tenant: Tenant, receiver: Receiver, database: ServiceDatabase, vault: Vault
):
    await tenant.happens()
    endpoint = await tenant.endpoint(receiver.url("/hook"))
    await tenant.happens("invoice.paid")
    async with delivering(database, vault):
        await tenant.attempts(1)
        middle = Clock().wall().isoformat()
        await tenant.happens("invoice.voided")
        await tenant.attempts(2)
        assert (await replay(tenant, endpoint, "all", until=middle))[1]["dispatches"] == 2
        await delivered(tenant, receiver, 4)
    bodies: dict[str, set[bytes]] = {}
    for one in receiver.received:
        bodies.setdefault(one.headers["webhook-id"], set()).add(one.body)
    assert len(bodies) == 3
    assert all(len(each) == 1 for each in bodies.values())


async def test_tests_of_others_and_news_of_itself_are_not_missing(tenant: Tenant):
    other = await tenant.endpoint(URL, "invoice.created")
    endpoint = await tenant.endpoint(URL)
    await tenant.post(f"/endpoints/{endpoint['id']}/disable")
    await tenant.post(f"/endpoints/{endpoint['id']}/enable")
    assert (await replay(tenant, endpoint, "missing"))[1]["dispatches"] == 0
    asked = asyncio.create_task(tenant.post(f"/endpoints/{other['id']}/ping"))
    await eventually(lambda: tenant.list("/events", type="ping"))
    assert (await replay(tenant, endpoint, "missing"))[1]["dispatches"] == 0
    later = await tenant.endpoint(URL)
    assert (await replay(tenant, later, "missing"))[1]["dispatches"] == 1  # that the other one was disabled
    await asked


async def test_what_was_dropped_is_missing(tenant: Tenant):
    endpoint = await tenant.endpoint(URL)
    await tenant.post(f"/endpoints/{endpoint['id']}/disable")
    await tenant.happens()
    assert (await replay(tenant, endpoint, "all"))[0] == 409
    await tenant.post(f"/endpoints/{endpoint['id']}/enable", {"parked": "discard"})
    assert (await replay(tenant, endpoint, "failed"))[1]["dispatches"] == 0
    assert (await replay(tenant, endpoint, "missing"))[1]["dispatches"] == 1
    assert [one["status"] for one in await tenant.list("/dispatches")] == ["pending"]


async def test_a_replay_that_is_repeated_with_its_key_happens_once_and_is_audited(
    tenant: Tenant, database: ServiceDatabase
):
    await tenant.happens()
    endpoint = await tenant.endpoint(URL)
    body, key = {"since": ago(hours=2), "only": "missing"}, str(new_id())
    path = f"/endpoints/{endpoint['id']}/replay"
    first, again = await tenant.post(path, body, key=key), await tenant.post(path, body, key=key)
    assert first.json() == again.json() == {"dispatches": 1, "nextSince": None}
    assert again.headers["idempotent-replayed"] == "true"
    owner = await asyncpg.connect(database.owner_url)
    try:
        rows = await owner.fetch("SELECT value FROM webhooks.outbox WHERE topic = 'audit.recorded'")
    finally:
        await owner.close()
    mine = [entry for row in rows if (entry := json.loads(row["value"]))["org_id"] == str(tenant.org_id)]
    [entry] = [entry for entry in mine if entry["action"] == "webhook_endpoint.replayed"]
    assert entry["target"]["id"] == endpoint["id"]
    assert (entry["after"]["only"], entry["after"]["dispatches"]) == ("missing", 1)


async def test_more_than_one_request_may_send_is_told_and_gone_on_with(tenant: Tenant, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(replaying, "REPLAYED_MAX", 3)
    ids = [await tenant.happens() for _ in range(7)]
    endpoint = await tenant.endpoint(URL)
    counts, since = [], ago(hours=1)
    while since is not None:
        _, answer = await replay(tenant, endpoint, "missing", since=since)
        counts.append(answer["dispatches"])
        since = answer["nextSince"]
    assert counts == [3, 3, 1]
    dispatches = await tenant.list("/dispatches", limit=200)
    assert sorted(one["eventId"] for one in dispatches) == sorted(ids)


async def test_facts_that_come_meanwhile_are_sent_once(
    tenant: Tenant, receiver: Receiver, database: ServiceDatabase, vault: Vault
):
    endpoint = await tenant.endpoint(receiver.url("/hook"))

    async def happen() -> list[str]:
        return [await tenant.happens() for _ in range(25)]

    async def ask() -> int:
        return sum([(await replay(tenant, endpoint, "missing"))[1]["dispatches"] for _ in range(10)])

    ids, asked = await asyncio.gather(happen(), ask())
    assert asked == 0
    async with delivering(database, vault):
        await delivered(tenant, receiver, 25)
    assert sorted(one.headers["webhook-id"] for one in receiver.received) == sorted(ids)


@pytest.mark.parametrize(
    ("body", "code", "field"),
    [
        ({"only": "all"}, "validation_failed", "/since"),
        ({"since": ago(days=1)}, "validation_failed", "/only"),
        ({"since": ago(days=1), "only": "some"}, "validation_failed", "/only"),
        ({"since": ago(days=1), "until": ago(days=2), "only": "all"}, "validation_failed", "/until"),
        ({"since": ago(days=-1), "only": "all"}, "validation_failed", "/since"),
        ({"since": ago(days=32), "only": "all"}, "range_too_large", None),
        ({"since": ago(days=1), "only": "all", "limit": 3}, "validation_failed", "/limit"),
    ],
)
async def test_a_range_that_makes_no_sense_is_refused(
    body: dict[str, Any], code: str, field: str | None, tenant: Tenant
):
    endpoint = await tenant.endpoint(URL)
    answer = await tenant.post(f"/endpoints/{endpoint['id']}/replay", body)
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert [error["field"] for error in answer.json().get("errors", [])] == ([field] if field else [])


async def test_an_endpoint_of_others_is_not_replayed(tenant: Tenant, other_tenant: Tenant):
    endpoint = await tenant.endpoint(URL)
    await tenant.happens()
    assert (await replay(other_tenant, endpoint, "all"))[0] == 404
    [dispatch] = await tenant.list("/dispatches")
    assert datetime.fromisoformat(dispatch["nextAttemptAt"]) <= Clock().wall()
