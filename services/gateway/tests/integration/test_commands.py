"""The commands as an operator runs them: processes with an environment."""

import asyncio
import json

import msgspec
import pytest

from usageflow_common.clock import Clock
from usageflow_common.database import transaction
from usageflow_common.ids import Prefix, new_id, public_id
from usageflow_common.kafka import LogReader
from usageflow_common.records import ActorRecord, AuditRecord, OrganizationRecord
from usageflow_common.testing import eventually
from usageflow_common.topics import AUDIT_RECORDED, ORGANIZATIONS_CHANGED
from usageflow_gateway.domain.api_keys import is_well_formed
from usageflow_gateway.service import restoring
from usageflow_gateway.service.organizations import announcement
from usageflow_gateway.store import organizations


async def test_an_organization_is_founded_announced_and_given_a_key_without_a_worker(run, gateway, bus, topics):
    await topics(ORGANIZATIONS_CHANGED, AUDIT_RECORDED)
    code, out, err = await run("org", "create", "--name", "Demo", "--json")
    assert code == 0, err
    founded = json.loads(out)
    assert founded["id"].startswith("org_")

    reader = LogReader(bus, ORGANIZATIONS_CHANGED)
    await reader.start()
    try:
        bounds = await reader.bounds(0)
        announced = [await reader.read_at(0, offset) for offset in range(bounds.start, bounds.end)]
    finally:
        await reader.stop()
    names = {json.loads(message.value)["name"] for message in announced if message is not None and message.value}
    assert "Demo" in names

    code, out, err = await run("key", "create", "--org", founded["id"], "--name", "demo", "--scopes", "*", "--json")
    assert code == 0, err
    issued = json.loads(out)
    assert is_well_formed(issued["secret"])
    status, _, body = await gateway.send("GET", "/api/organization", secret=issued["secret"])
    assert (status, json.loads(body)["id"]) == (200, founded["id"])

    code, _, err = await run("key", "revoke", "--id", issued["id"])
    assert code == 0, err

    async def refused():
        status, _, _ = await gateway.send("GET", "/api/organization", secret=issued["secret"])
        return status == 401

    await eventually(refused, 2)
    code, _, err = await run("key", "revoke", "--id", issued["id"])
    assert (code, "revoked already" in err) == (2, True)


async def test_a_test_organization_gets_test_keys(run, topics):
    await topics(ORGANIZATIONS_CHANGED, AUDIT_RECORDED)
    arguments = ("org", "create", "--name", "Try", "--mode", "test", "--owner-email", "ada@example.com", "--json")
    code, out, err = await run(*arguments)
    assert code == 0, err
    org_id = json.loads(out)["id"]
    code, out, err = await run("key", "create", "--org", org_id, "--name", "k", "--scopes", "usage:read", "--json")
    assert json.loads(out)["secret"].startswith("uf_test_"), err
    code, _, err = await run(*arguments)
    assert (code, err.strip()) == (2, "There is a user with this address.")


async def announced(bus, topic):
    reader = LogReader(bus, topic)
    await reader.start()
    try:
        found = []
        for partition in range(bus.partitions(topic)):
            bounds = await reader.bounds(partition)
            found += [await reader.read_at(partition, offset) for offset in range(bounds.start, bounds.end)]
    finally:
        await reader.stop()
    return [json.loads(message.value) for message in found if message is not None and message.value]


@pytest.mark.timeout(300)
async def test_a_hot_organization_is_spread_announced_and_audited(run, bus, topics):
    await topics(ORGANIZATIONS_CHANGED, AUDIT_RECORDED)
    org_id = json.loads((await run("org", "create", "--name", "Hot", "--json"))[1])["id"]
    for spread in ("8", "8", "1"):
        code, out, err = await run("org", "spread", org_id, spread, "--json")
        assert (code, json.loads(out)) == (0, {"id": org_id, "spread": int(spread)}), err
    records = [r for r in await announced(bus, ORGANIZATIONS_CHANGED) if r["name"] == "Hot"]
    # compaction may have taken older ones
    assert [(r["spread"], r["version"]) for r in records][-1] == (1, 3)

    # the first change's entry stands before the second's record in the outbox, so it is there
    [entry, *_] = [r for r in await announced(bus, AUDIT_RECORDED) if r["action"] == "organization.spread"]
    assert (entry["actor"]["type"], entry["before"], entry["after"]) == ("operator", {"spread": 1}, {"spread": 8})


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("org", "create", "--name", " "), "printable"),
        (("org", "create", "--name", "A", "--owner-email", "x"), "an address"),
        (("org", "create", "--name", "A", "--owner-email", f"a@{'b' * 260}"), "an address"),
        (("key", "create", "--org", "acme", "--name", "k", "--scopes", "*"), "org_"),
        (("key", "create", "--org", f"org_{'0' * 32}", "--name", "k", "--scopes", "*"), "no such organization"),
        (("key", "create", "--org", f"org_{'0' * 32}", "--name", "k", "--scopes", "owner"), "scope"),
        (("org", "spread", "acme", "8"), "org_"),
        (("org", "spread", f"org_{'0' * 32}", "8"), "no such organization"),
        (("org", "spread", f"org_{'0' * 32}", "0"), "1 to 64"),
        (("org", "spread", f"org_{'0' * 32}", "65"), "1 to 64"),
        (("org", "spread", f"org_{'0' * 32}", "many"), "1 to 64"),
        (("key", "revoke", "--id", f"key_{'0' * 32}"), "no such key"),
    ],
)
async def test_wrong_use_exits_2_and_says_why(run, arguments, complaint):
    code, out, err = await run(*arguments)
    assert (code, out) == (2, "")
    assert complaint in err


async def test_a_postgresql_that_is_away_exits_3(run):
    away = "postgresql://usageflow_gateway:x@127.0.0.1:1/usageflow"
    code, _, err = await run("audit", "verify", "--org", f"org_{'0' * 32}", USAGEFLOW_DATABASE_URL=away)
    assert (code, "PostgreSQL cannot be reached." in err) == (3, True)


async def test_migrating_twice_at_once_is_safe(run, database):
    owner = {"USAGEFLOW_OWNER_DATABASE_URL": database.owner_url}
    results = await asyncio.gather(run("migrate", **owner), run("migrate", **owner))
    assert [code for code, _, _ in results] == [0, 0], results


async def test_a_restored_database_lets_nobody_in_who_was_turned_away_since(gateway):
    engine = gateway.database.engine
    issued = await gateway.key()
    await eventually(lambda: opens(gateway, issued.secret))
    target = {"type": "api_key", "id": public_id(Prefix.API_KEY, issued.key_id)}
    entry = audited(gateway.org_id, "api_key.revoked", target)

    assert await restoring.revoke_again(engine, audited(gateway.org_id, "api_key.created", target)) is False
    assert [await restoring.revoke_again(engine, entry) for _ in range(2)] == [True, False]

    await eventually(lambda: refuses(gateway, issued.secret))
    assert await restoring.end_all_sessions(engine) == 0


async def test_a_restored_organization_takes_over_the_settings_that_everybody_knows(gateway):
    engine = gateway.database.engine
    async with transaction(engine) as tx:
        before = await organizations.organization_of(tx, gateway.org_id)
    record = msgspec.json.decode(announcement(before).value, type=OrganizationRecord)
    newer = msgspec.structs.replace(record, version=record.version + 3, grace_hours=5, retry_after_days=(2,))
    stranger = msgspec.structs.replace(newer, org_id=new_id())

    told = [await restoring.adopt_organization(engine, each) for each in (record, newer, newer, stranger)]

    assert told == [False, True, False, False]
    async with transaction(engine) as tx:
        after = await organizations.organization_of(tx, gateway.org_id)
    assert msgspec.json.decode(announcement(after).value, type=OrganizationRecord) == newer


def audited(org_id, action, target):
    actor = ActorRecord(type="operator", id="operator")
    return AuditRecord(
        org_id=org_id, entry_id=new_id(), at=Clock().wall(), actor=actor, action=action, target=target, outcome="done"
    )


async def opens(gateway, secret):
    return (await gateway.send("GET", "/api/organization", secret=secret))[0] == 200


async def refuses(gateway, secret):
    return (await gateway.send("GET", "/api/organization", secret=secret))[0] == 401
