"""Two organizations on one installation: neither can see, change or guess what is the other's."""

import asyncio
import json
import os
import sys
from uuid import uuid4

import httpx
import pytest_asyncio
from tenant import Tenant, eventually

from usageflow_local.environment import environment_of


async def operate(system, *words):
    """An operators' command of the gateway, as `usageflow` starts it."""
    environment = {**os.environ, **environment_of("gateway", "api", system.site)}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "usageflow_gateway", *words, env=environment, stdout=asyncio.subprocess.PIPE
    )
    output, _ = await process.communicate()
    assert process.returncode == 0
    return json.loads(output) if "--json" in words else output


async def make_key(system, org_id, scopes="*"):
    return await operate(system, "key", "create", "--org", org_id, "--name", "test", "--scopes", scopes, "--json")


def client_of(system, secret):
    headers = {"Authorization": f"Bearer {secret}"}
    return httpx.AsyncClient(base_url=system.gateway_url, headers=headers, timeout=40, trust_env=False)


@pytest_asyncio.fixture(scope="module")
async def neighbour(system):
    """A key of another organization."""
    organization = await operate(system, "org", "create", "--name", f"Neighbour {uuid4().hex[:6]}", "--json")
    return await make_key(system, organization["id"])


async def known(http):
    """The key has reached the gateway, and the organization every service."""

    async def ask():
        return True if (await http.get("/api/organization")).status_code == 200 else None

    await eventually("the key", ask)


async def test_what_is_one_tenants_is_404_for_the_other(system, tenant, receiver, neighbour):
    endpoint = await tenant.prepare(receiver.url)
    await tenant.track(range(10))
    subscription = await tenant.subscribe()
    run = await tenant.completed_run((await tenant.begin_close(subscription["id"]))["id"])
    [invoice] = await tenant.invoices()
    metric = (await tenant.get("/api/metrics", code="API_CALL"))["data"][0]
    invoice = await tenant.get(f"/api/invoices/{invoice['id']}")
    line = invoice["lines"][1]["id"]
    paths = [
        f"/api/invoices/{invoice['id']}",
        f"/api/invoices/{invoice['id']}/lines",
        f"/api/invoices/{invoice['id']}/lines/{line}/explain",
        f"/api/invoices/{invoice['id']}/lines/{line}/events",
        f"/api/subscriptions/{subscription['id']}",
        f"/api/plans/{subscription['planId']}",
        f"/api/customers/{tenant.customer_id}",
        f"/api/billing-runs/{run['id']}",
        f"/api/metrics/{metric['id']}",
        f"/api/webhooks/endpoints/{endpoint['id']}",
        f"/api/webhooks/endpoints/{endpoint['id']}/secret",
    ]
    async with client_of(system, neighbour["secret"]) as stranger:
        await known(stranger)
        for path in paths:
            assert (await tenant.http.get(path)).status_code == 200, path
            answer = await stranger.get(path)
            assert (answer.status_code, answer.json()["code"]) == (404, "not_found"), path
        for path in (
            "/api/invoices",
            "/api/subscriptions",
            "/api/customers",
            "/api/plans",
            "/api/metrics",
            "/api/webhooks/endpoints",
        ):
            assert (await stranger.get(path)).json()["data"] == [], path
        key = {"Idempotency-Key": uuid4().hex}
        pay = {"status": "succeeded", "amount": {"amountMinor": 1, "currency": "USD"}, "reference": "theirs"}
        assert (
            await stranger.post(f"/api/invoices/{invoice['id']}/payments", json=pay, headers=key)
        ).status_code == 404
        assert (await stranger.post(f"/api/invoices/{invoice['id']}/verify", json={}, headers=key)).status_code == 404
        assert (await stranger.delete(f"/api/webhooks/endpoints/{endpoint['id']}", headers=key)).status_code == 404


async def test_the_same_keys_codes_and_customers_of_two_tenants_never_meet(system, tenant, neighbour):
    await tenant.prepare()
    async with client_of(system, neighbour["secret"]) as http:
        await known(http)
        other = Tenant(http, mark=tenant.mark)
        await other.prepare()
        await tenant.track(range(5))
        await other.track(range(7))
        assert await tenant.counted(5) == {"value": "5", "eventCount": 5}
        assert await other.counted(7) == {"value": "7", "eventCount": 7}


async def test_a_revoked_key_is_refused_within_a_second(system, neighbour):
    organization_id = (await client_info(system, neighbour))["id"]
    made = await make_key(system, organization_id)
    async with client_of(system, made["secret"]) as http:
        await known(http)
        await operate(system, "key", "revoke", "--id", made["id"])
        await asyncio.sleep(1.0)
        refused = await http.get("/api/organization")
        assert (refused.status_code, refused.json()["code"]) == (401, "unauthenticated")


async def test_a_key_does_what_its_scopes_say_and_no_more(system, neighbour):
    organization_id = (await client_info(system, neighbour))["id"]
    made = await make_key(system, organization_id, "track:write,usage:read")
    async with client_of(system, made["secret"]) as http:

        async def ask():
            answer = await http.post("/api/track", json={"metric": "NOT_THERE", "customerId": "c"})
            return answer if answer.status_code != 401 else None

        assert (await eventually("the key", ask)).status_code == 422
        refused = await http.get("/api/invoices")
        assert (refused.status_code, refused.json()["requiredScope"]) == (403, "invoices:read")


async def client_info(system, made):
    async with client_of(system, made["secret"]) as http:
        await known(http)
        return (await http.get("/api/organization")).json()
