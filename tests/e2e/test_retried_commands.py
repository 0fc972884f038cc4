"""A command that is asked for again is done once: by many at the same moment, and with the gateway and the services killed meanwhile."""

import asyncio
from uuid import uuid4

import httpx
import pytest
from tenant import eventually

COMMANDS = {
    "ingest": ("/api/metrics", "metric.created", lambda mark: {"code": f"M_{mark}", "name": "M", "aggregation": "SUM"}),
    "invoicer": ("/api/customers", "customer.created", lambda mark: {"customerId": f"c-{mark}", "name": "C"}),
    "webhooks": (
        "/api/webhooks/endpoints",
        "webhook_endpoint.created",
        lambda mark: {"url": f"http://127.0.0.1:9/{mark}", "eventTypes": ["*"]},
    ),
}
BUSY = {429, 503, 504}
"""What may be answered while a part dies: ask again."""


async def done(http, path, body, key):
    """Asked until it is answered; whoever dies meanwhile, an answer comes."""

    async def ask():
        try:
            answer = await http.post(path, json=body, headers={"Idempotency-Key": key})
        except httpx.TransportError:
            return None
        in_use = answer.status_code == 409 and answer.json()["code"] == "idempotency_key_in_use"
        if in_use or answer.status_code in BUSY:
            return None
        assert answer.status_code == 201, answer.text
        return answer

    return await eventually(f"{path} with {key}", ask)


async def entries(http, action, target_ids):
    """Of the audit log: how many there are of an action, for each of these."""
    count = dict.fromkeys(target_ids, 0)
    cursor = None
    while True:
        query = {"action": action, "limit": "200"} | ({"cursor": cursor} if cursor else {})
        page = (await http.get("/api/audit-logs", params=query)).json()
        for entry in page["data"]:
            if entry["target"]["id"] in count:
                count[entry["target"]["id"]] += 1
        cursor = page["nextCursor"]
        if cursor is None:
            return count


async def each_once(http, action, target_ids):
    async def ask():
        count = await entries(http, action, target_ids)
        assert max(count.values()) <= 1, count
        return count if min(count.values()) == 1 else None

    return await eventually("the entries", ask)


def named(answer):
    return answer.json().get("id") or answer.json()["customerId"]


@pytest.mark.parametrize("service", COMMANDS)
async def test_twenty_equal_requests_at_once_have_one_effect_and_one_answer(http, service):
    path, action, body_of = COMMANDS[service]
    mark = uuid4().hex[:8]
    key, body = f"twenty-{mark}", body_of(mark)
    answers = await asyncio.gather(*(done(http, path, body, key) for _ in range(20)))
    assert len({answer.content for answer in answers}) == 1
    assert sum("idempotent-replayed" not in answer.headers for answer in answers) == 1
    other = await http.post(path, json=body | {"description": "other"}, headers={"Idempotency-Key": key})
    assert other.status_code == 422
    await each_once(http, action, [named(answers[0])])


@pytest.mark.timeout(300)
@pytest.mark.parametrize("service", COMMANDS)
async def test_every_command_is_done_once_when_gateway_and_service_are_killed_meanwhile(system, http, service):
    path, action, body_of = COMMANDS[service]
    marks = [uuid4().hex[:8] for _ in range(20 if service == "webhooks" else 60)]
    turns = asyncio.Semaphore(6)

    async def one(mark):
        async with turns:
            return await done(http, path, body_of(mark), f"killed-{mark}")

    async def kill_them():
        for part in ("gateway-api", f"{service}-api", "gateway-api", f"{service}-api"):
            await asyncio.sleep(0.3)
            system.kill(part)

    *answers, _ = await asyncio.gather(*map(one, marks), kill_them())
    await system.wait_ready()
    repeated = [await done(http, path, body_of(mark), f"killed-{mark}") for mark in marks[:5]]
    assert [answer.content for answer in repeated] == [answer.content for answer in answers[:5]]
    ids = [named(answer) for answer in answers]
    assert len(set(ids)) == len(marks)
    await each_once(http, action, ids)
    if service == "webhooks":  # an organization has fifty at most
        for each in ids:
            assert (await http.delete(f"{path}/{each}")).status_code == 204
