"""Two organizations on one installation: neither can see, change or guess what is the other's."""

import asyncio
import json
import os
import re
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import httpx
import pytest_asyncio
from tenant import Tenant, eventually, text

from usageflow_local.environment import environment_of

DOCUMENT = json.loads((Path(__file__).parents[2] / "docs" / "openapi.json").read_text(encoding="utf-8"))
PAST = datetime(2026, 6, 1, tzinfo=UTC)
FIRST_OF_A_LIST = {
    "metricId": "/api/metrics",
    "eventId": "/api/events",
    "webhooks.eventId": "/api/webhooks/events",
    "dispatchId": "/api/webhooks/dispatches",
    "deliveryId": "/api/webhooks/deliveries",
}
OF_PEOPLE = {"userId", "invitationId", "keyId", "sessionId", "entryId"}
"""Named by a session alone, or, as entries of the audit log are, by their own test at the gateway."""

OWN_NAMES = {"/api/customers/{customerId}"}
"""A customer's id is the tenant's own word: two tenants may use one."""

NEVER_MADE_HERE = {"changeId", "conflictId", "rejectedEventId", "paymentId", "creditNoteId"}
"""Of these a random id is tried."""


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


async def ids_of(tenant, receiver):
    """One of each kind of thing that a path can name, as a tenant has it after a bill. The lists tell the rest."""
    endpoint = await tenant.prepare(receiver.url)
    await tenant.track(range(10))
    subscription = await tenant.subscribe()
    run = await tenant.completed_run((await tenant.begin_close(subscription["id"]))["id"])
    [listed] = await tenant.invoices()
    invoice = await tenant.get(f"/api/invoices/{listed['id']}")
    verification = await tenant.verified(invoice["id"])
    threshold = {"metric": "API_CALL", "quantity": "1000"}
    made = await tenant.post(f"/api/subscriptions/{subscription['id']}/thresholds", threshold)
    backfill = {"name": "old", "reason": "from before", "from": text(PAST), "to": text(PAST + timedelta(days=1))}
    first = {name: await first_of(tenant, path) for name, path in FIRST_OF_A_LIST.items()}
    return first | {
        "endpointId": endpoint["id"],
        "subscriptionId": subscription["id"],
        "planId": subscription["planId"],
        "customerId": tenant.customer_id,
        "runId": run["id"],
        "invoiceId": invoice["id"],
        "lineId": invoice["lines"][1]["id"],
        "verificationId": verification["id"],
        "thresholdId": made["id"],
        "backfillId": (await tenant.post("/api/backfills", backfill))["id"],
        "number": "1",
    }


async def first_of(tenant, path):
    async def ask():
        found = (await tenant.get(path))["data"]
        return (found[0].get("id") or found[0]["eventId"]) if found else None

    return await eventually(path, ask)


async def test_no_route_shows_or_changes_what_is_another_tenants(system, tenant, receiver, neighbour):
    ids = await ids_of(tenant, receiver)
    unnamed, wrong = set(), []
    async with client_of(system, neighbour["secret"]) as stranger:
        await known(stranger)
        for path, methods in DOCUMENT["paths"].items():
            names = set(re.findall(r"\{(\w+)\}", path))
            group = path.split("/")[2]
            values = {name: ids.get(f"{group}.{name}", ids.get(name)) for name in names}
            if not names or names <= OF_PEOPLE or path in OWN_NAMES:
                continue
            unnamed |= {(path, name) for name, value in values.items() if value is None}
            named = path.format(**{name: value or "none" for name, value in values.items()})
            for method in methods:
                body = None if method == "get" else {}
                headers = {"Idempotency-Key": uuid4().hex} | ({"If-Match": '"1"'} if method != "get" else {})
                answer = await stranger.request(method.upper(), named, json=body, headers=headers)
                expected = {404} if method == "get" else {404, 400, 422}
                if answer.status_code not in expected:
                    wrong.append((method, path, answer.status_code, answer.text))
                if method == "get" and None not in values.values():
                    own = await tenant.http.get(named)
                    if own.status_code not in {200, 202}:
                        wrong.append(("not even the tenant's own", path, own.status_code, own.text))
        for path in DOCUMENT["paths"]:
            if "get" in DOCUMENT["paths"][path] and "{" not in path:
                answer = await stranger.get(path)
                if answer.status_code == 200 and any(each in answer.text for each in ids.values() if each != "1"):
                    wrong.append((path, answer.text))
    assert wrong == []
    assert {name for _, name in unnamed} <= NEVER_MADE_HERE, unnamed


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
