"""Owners found, pass on and end organizations; nobody else does, and not by accident."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta

import sqlalchemy as sa
from browser import PASSWORD, Browser, joined, signed_up
from starlette.responses import Response

from usageflow_common.clock import Clock
from usageflow_common.database import transaction
from usageflow_common.ids import Prefix, parse_public_id
from usageflow_common.testing import eventually
from usageflow_gateway.service import upkeep


def says(gateway, status=200, **body):
    """What the invoicer answers."""

    async def answer(request):
        if request.url.path == "/internal/subscriptions/lives":
            return Response(json.dumps(body), status_code=status)
        return None

    gateway.service.answer = answer


async def test_somebody_founds_one_organization_more_and_a_retry_founds_none(gateway):
    owner, _ = await signed_up(gateway)
    headers = {"Idempotency-Key": "second"}
    wanted = {"name": "Analytical Engines", "mode": "test"}
    asked = [owner.send("POST", "/api/organizations", wanted, status=None, headers=headers) for _ in range(5)]
    assert set(await asyncio.gather(*asked)) <= {201, 409}
    made = await owner.send("POST", "/api/organizations", wanted, status=201, headers=headers)
    assert (made["name"], made["mode"], made["version"]) == ("Analytical Engines", "test", 1)
    await owner.send("POST", "/api/organizations", wanted | {"mode": "live"}, status=422, headers=headers)
    await owner.send("POST", "/api/organizations", wanted, status=400, headers={"Idempotency-Key": None})
    await owner.send("POST", "/api/organizations", {"name": " "}, status=422)
    found = (await owner.send("GET", "/api/organizations", status=200))["data"]
    assert [(each["name"], each["role"]) for each in found] == [
        ("Lovelace Ltd", "OWNER"),
        ("Analytical Engines", "OWNER"),
    ]
    owner.organization = made["id"]
    assert (await owner.send("GET", "/api/organization", status=200))["mode"] == "test"
    # the same key of somebody else is another request
    other, _ = await signed_up(gateway)
    assert (await other.send("POST", "/api/organizations", wanted, status=201, headers=headers))["id"] != made["id"]
    await Browser(gateway).send("POST", "/api/organizations", wanted, status=401)


async def test_where_nobody_signs_up_nobody_founds_either(open_gateway):
    async with open_gateway(sign_up="open") as gateway:
        owner, _ = await signed_up(gateway)
        async with open_gateway(sign_up="closed") as closed:
            owner.gateway = closed
            problem = await owner.send("POST", "/api/organizations", {"name": "More"}, status=403)
            assert problem["code"] == "sign_up_closed"


async def test_an_organization_is_passed_on_in_one_step(gateway):
    owner, session = await signed_up(gateway)
    admin, found = await joined(gateway, owner, "ADMIN")
    _, elsewhere = await signed_up(gateway)
    wanted = {"userId": found["user"]["id"], "password": PASSWORD}
    problem = await owner.send("POST", "/api/organization/transfer", wanted | {"password": "another"}, status=401)
    assert problem["code"] == "invalid_credentials"
    await admin.send("POST", "/api/organization/transfer", wanted, status=403)
    outsider = wanted | {"userId": elsewhere["user"]["id"]}
    await owner.send("POST", "/api/organization/transfer", outsider, status=422)
    await owner.send("POST", "/api/organization/transfer", wanted | {"userId": session["user"]["id"]}, status=409)
    key = {"Idempotency-Key": "passed on"}
    passed = await owner.send("POST", "/api/organization/transfer", wanted, status=200, headers=key)
    assert (passed["userId"], passed["role"]) == (found["user"]["id"], "OWNER")
    roles = {each["userId"]: each["role"] for each in (await admin.send("GET", "/api/members", status=200))["data"]}
    assert roles == {session["user"]["id"]: "ADMIN", found["user"]["id"]: "OWNER"}
    # who lost the first answer gets it again; with another key, or for another request, there is none
    assert await owner.send("POST", "/api/organization/transfer", wanted, status=200, headers=key) == passed
    await owner.send("POST", "/api/organization/transfer", outsider, status=422, headers=key)
    for body in (wanted, {}):
        problem = await owner.send("POST", "/api/organization/transfer", body, status=403)
        assert (problem["code"], problem["requiredScope"]) == ("insufficient_scope", "owner")


async def test_an_organization_ends_for_its_keys_and_its_people(gateway):
    owner, session = await signed_up(gateway)
    admin, _ = await joined(gateway, owner, "ADMIN")
    key = await owner.send("POST", "/api/api-keys", {"name": "k", "scopes": ["usage:read"]}, status=201)
    wanted = {"name": "Lovelace Ltd", "password": PASSWORD}
    await admin.send("POST", "/api/organization/delete", wanted, status=403)
    says(gateway, lives=True)
    problem = await owner.send("POST", "/api/organization/delete", wanted, status=409)
    assert problem["code"] == "in_use"
    says(gateway, status=500)
    await owner.send("POST", "/api/organization/delete", wanted, status=503)
    says(gateway, lives=False)
    await owner.send("POST", "/api/organization/delete", wanted | {"password": "another"}, status=401)
    await owner.send("POST", "/api/organization/delete", wanted | {"name": "lovelace ltd"}, status=422)
    assert (await gateway.send("GET", "/api/usage", secret=key["secret"]))[0] == 200
    await owner.send("POST", "/api/organization/delete", wanted, status=200)

    async def refused():
        return (await gateway.send("GET", "/api/usage", secret=key["secret"]))[0] == 401

    await eventually(refused, 2)
    assert (await owner.send("GET", "/api/organizations", status=200))["data"] == []
    problem = await owner.send("GET", "/api/organization", status=400)
    assert problem["code"] == "organization_required"
    admin.organization = session["organizations"][0]["id"]
    await admin.send("GET", "/api/organization", status=404)


class Later(Clock):
    """So many days from now."""

    def __init__(self, days):
        super().__init__()
        object.__setattr__(self, "days", days)

    def wall(self):
        return super().wall() + timedelta(days=self.days)


async def left_of(gateway, org_id):
    """Rows of each kind that name the organization."""
    names = ("organizations", "memberships", "invitations", "api_keys", "operations")
    async with transaction(gateway.database.engine) as tx:
        return {
            name: await tx.scalar(sa.text(f"SELECT count(*) FROM {name} WHERE org_id = :org_id"), {"org_id": org_id})
            for name in names
        }


async def test_thirty_days_after_its_end_nothing_that_opened_an_organization_is_left(gateway):
    owner, session = await signed_up(gateway)
    await joined(gateway, owner, "ADMIN")
    await owner.send("POST", "/api/api-keys", {"name": "k", "scopes": ["usage:read"]}, status=201)
    other, living = await signed_up(gateway)
    await other.send("POST", "/api/api-keys", {"name": "k", "scopes": ["usage:read"]}, status=201)
    says(gateway, lives=False)
    await owner.send("POST", "/api/organization/delete", {"name": "Lovelace Ltd", "password": PASSWORD}, status=200)
    ended, lives = (parse_public_id(Prefix.ORGANIZATION, each["organizations"][0]["id"]) for each in (session, living))
    before = await left_of(gateway, lives)

    engine = gateway.database.engine
    await upkeep.purge_departed(engine, Later(29))
    assert (await left_of(gateway, ended))["memberships"] == 2
    assert await upkeep.purge_departed(engine, Later(31)) >= 1
    assert await left_of(gateway, ended) == {
        "organizations": 1,
        "memberships": 0,
        "invitations": 0,
        "api_keys": 0,
        "operations": 0,
    }
    assert await left_of(gateway, lives) == before
    assert await upkeep.purge_departed(engine, Later(31)) == 0
    async with transaction(engine) as tx:
        told = await tx.scalar(
            sa.text("SELECT count(*) FROM outbox WHERE convert_from(value, 'UTF8') LIKE '%organization.purged%'")
        )
    assert told >= 1
    # who had a part in it is still somebody, and may found another
    assert (await owner.send("GET", "/api/organizations", status=200))["data"] == []
    await owner.send("POST", "/api/organizations", {"name": "Again"}, status=201)
