"""`usageflow seed demo`: the figures that it tells are those of the API, and another run changes nothing."""

import json
from uuid import uuid4

import pytest
from test_command_line import usageflow
from test_people import ORIGIN, PASSWORD, Person

pytestmark = pytest.mark.timeout(300)

SEED = ("seed", "demo", "--json", "--days", "7", "--name", "Seeded", "--receiver-port", "0")


async def head(owner, organization_id):
    """Where the audit log of an organization ends."""
    owner.http.headers["UsageFlow-Organization"] = organization_id
    return (await owner.send("GET", "/api/audit-logs?limit=1"))["data"][0]["sequence"]


async def test_the_seed_says_what_the_api_says_and_another_run_changes_nothing(system):
    email = f"owner@{uuid4().hex[:8]}.example"
    who = {"USAGEFLOW_EMAIL": email, "USAGEFLOW_PASSWORD": PASSWORD, "USAGEFLOW_DASHBOARD_URL": ORIGIN}
    async with Person(system) as owner:
        wanted = {"email": email, "password": PASSWORD, "name": "Ada", "organizationName": "Lovelace Ltd"}
        await owner.enter("/api/auth/sign-up", wanted, 201)

        first = await usageflow(system, *SEED, **who)

        assert first.code == 0, first.err
        told = json.loads(first.out)
        end = await head(owner, told["organizationId"])
        for metric, figures in told["usage"].items():
            usage = await owner.send("GET", f"/api/usage?metric={metric}&from={told['from']}&to={told['to']}")
            assert (usage["total"]["value"], usage["total"]["eventCount"]) == (figures["value"], figures["eventCount"])
        invoices = (await owner.send("GET", "/api/invoices?limit=200"))["data"]
        counted = {status: sum(each["status"] == status for each in invoices) for status in told["invoices"]}
        assert counted == told["invoices"]
        assert {"open", "paid", "uncollectible", "void"} <= set(counted)
        lines = [line async for line in lines_of(owner, invoices)]
        assert {"base", "usage", "adjustment"} <= {line["kind"] for line in lines}
        both = (await owner.send("GET", "/api/subscriptions?customerId=kestrel,smorgas"))["data"]
        assert {each["customerId"] for each in both} == {"kestrel", "smorgas"}
        members = (await owner.send("GET", "/api/members"))["data"]
        assert {each["role"] for each in members} == {"OWNER", *told["members"]}

        again = await usageflow(system, *SEED, **who)

        assert again.code == 0, again.err
        assert json.loads(again.out) == told
        assert await head(owner, told["organizationId"]) == end


async def lines_of(owner, invoices):
    """The lines of some invoices."""
    for invoice in invoices:
        for line in (await owner.send("GET", f"/api/invoices/{invoice['id']}"))["lines"]:
            yield line
