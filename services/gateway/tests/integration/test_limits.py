"""Rates that replicas share, and refusals that end in the audit log as one entry with a count."""

import asyncio
import csv
import io
import json
from datetime import UTC, datetime

import pytest

from usageflow_common.database import raw, transaction
from usageflow_common.testing import eventually
from usageflow_gateway.domain.audit_chain import AuditEntry, Head, append
from usageflow_gateway.store import audit as audit_store


async def burst(gateway, count, secret=None):
    """Status and headers of so many requests at once."""
    found = await asyncio.gather(*(gateway.send("GET", "/api/usage", secret=secret) for _ in range(count)))
    return [(status, headers) for status, headers, _ in found]


@pytest.fixture
async def alone(database):
    """No other gateway counts."""
    async with transaction(database.engine) as tx:
        await (await raw(tx)).execute("DELETE FROM gateway_instances")


async def test_a_key_has_its_rate_and_is_told_what_is_left(open_gateway, alone):
    async with open_gateway(rate_api=5) as gateway:
        await asyncio.sleep(1.1)  # a full bucket, whatever getting ready has used
        found = await burst(gateway, 12)
        statuses = [status for status, _ in found]
        assert 5 <= statuses.count(200) <= 7
        [policy] = {headers["RateLimit-Policy"] for status, headers in found if status == 200}
        assert policy == '"api";q=5;w=1'
        refused = next(headers for status, headers in found if status == 429)
        assert (refused["Retry-After"], refused["RateLimit"]) == ("1", '"api";r=0;t=1')
        other = await gateway.key()
        assert [status for status, _ in await burst(gateway, 3, other.secret)] == [200] * 3


async def test_two_gateways_share_a_rate(open_gateway, alone):
    async with open_gateway(rate_api=20) as one, open_gateway(rate_api=20) as two:

        async def halved():
            await asyncio.sleep(1.1)
            statuses = [status for status, _ in await burst(one, 25)]
            return 10 <= statuses.count(200) <= 13

        await eventually(halved, 10)
        both = await asyncio.gather(burst(one, 15), burst(two, 15, two.secret))
        assert all(status in (200, 429) for found in both for status, _ in found)


async def test_a_flood_of_refusals_is_one_entry_with_a_count(open_gateway):
    async with open_gateway() as gateway:
        reader = await gateway.key("usage:read")
        answers = await asyncio.gather(
            *(gateway.send("GET", "/api/audit-logs", secret=reader.secret) for _ in range(9))
        )
        assert {status for status, _, _ in answers} == {403}
        org_id = gateway.org_id
    # What was gathered is written when the gateway ends.
    query = "SELECT convert_from(value, 'UTF8') FROM outbox WHERE topic = 'audit.recorded' ORDER BY id"
    async with transaction(gateway.database.engine) as tx:
        rows = [json.loads(row[0]) for row in await (await raw(tx)).fetch(query)]
    [entry] = [row for row in rows if row["org_id"] == str(org_id) and row["outcome"] == "refused"]
    assert (entry["action"], entry["code"], entry["after"]) == ("request.refused", "insufficient_scope", {"count": 9})
    assert entry["target"] == {"type": "route", "id": "GET /api/audit-logs"}
    assert entry["ip"] == "127.0.0.1"


async def test_the_log_is_exported_and_verified(gateway):
    entry = AuditEntry(
        entry_id=gateway.org_id, at=datetime(2026, 3, 1, tzinfo=UTC),
        actor={"type": "user", "id": "usr_1", "name": "=HYPERLINK(1)", "role": "OWNER"}, action="a.b",
        target={"type": "x", "id": "y"}, outcome="done", code=None, before=None, after={"n": 1}, request_id=None,
        ip=None, user_agent=None,
    )  # fmt: skip
    async with transaction(gateway.database.engine) as tx:
        await audit_store.lock_head(tx, gateway.org_id)
        await audit_store.append_entries(tx, gateway.org_id, [append(Head(), entry)])
    status, headers, body = await gateway.send("GET", "/api/audit-logs/export?action=a.b")
    assert (status, headers["Content-Type"]) == (200, "text/csv; charset=utf-8")
    [row] = csv.DictReader(io.StringIO(body.decode()))
    assert (row["sequence"], row["actorName"], row["after"]) == ("1", "'=HYPERLINK(1)", '{"n":1}')
    status, _, body = await gateway.send("POST", "/api/audit-logs/verify")
    report = json.loads(body)
    assert (status, report["passed"], report["entries"], report["firstBroken"]) == (200, True, 1, None)
    assert report["headHash"] == row["hash"]
