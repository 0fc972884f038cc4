"""Who has an account proves it by a password; operators give one to the owners whom they make."""

from __future__ import annotations

import json
from uuid import uuid4

import pytest
from browser import PASSWORD, Browser, signed_up

from usageflow_common.database import raw, transaction
from usageflow_common.topics import AUDIT_RECORDED, ORGANIZATIONS_CHANGED


@pytest.fixture
async def owner_email(run, topics):
    """Of an owner whom an operator made, without a password."""
    await topics(AUDIT_RECORDED, ORGANIZATIONS_CHANGED)
    email = f"owner-{uuid4().hex[:8]}@example.com"
    code, _, err = await run("org", "create", "--name", "Made", "--owner-email", email)
    assert code == 0, err
    return email


async def test_an_invitation_gives_nobody_a_password_to_an_account_that_is_there(gateway, owner_email):
    mallory, _ = await signed_up(gateway)
    wanted = {"email": owner_email, "role": "VIEWER"}
    invited = await mallory.send("POST", "/api/invitations", wanted, status=201)
    taken = {"token": invited["token"], "name": "Mallory", "password": PASSWORD}
    nobody = Browser(gateway)
    problem = await nobody.send("POST", "/api/auth/invitations/accept", taken, status=401)
    assert problem["code"] == "sign_in_required"
    await nobody.send("POST", "/api/auth/sign-in", {"email": owner_email, "password": PASSWORD}, status=401)
    weak = taken | {"password": owner_email + "1"}
    problem = await nobody.send("POST", "/api/auth/invitations/accept", weak, status=422)
    assert problem["code"] == "password_too_weak"
    problem = await nobody.send("POST", "/api/auth/invitations/accept", taken | {"token": "none"}, status=410)
    assert problem["code"] == "invitation_gone"


async def test_an_operator_gives_a_password_and_it_ends_the_sessions_before(gateway, run, owner_email):
    code, _, err = await run("user", "password", "--email", owner_email, typed="short\n")
    assert (code, "At least 12 characters" in err) == (2, True)
    code, _, err = await run("user", "password", "--email", "nobody@example.com", typed=f"{PASSWORD}\n")
    assert (code, "no user" in err) == (2, True)
    code, _, err = await run("user", "password", "--email", owner_email.upper(), typed=f"{PASSWORD}\n")
    assert code == 0, err
    async with transaction(gateway.database.engine, read_only=True) as tx:
        rows = await (await raw(tx)).fetch("SELECT value FROM outbox WHERE topic = $1", AUDIT_RECORDED.name)
    entries = [each for each in (json.loads(row["value"]) for row in rows) if each["action"] == "member.password_given"]
    assert [each["actor"]["type"] for each in entries] == ["operator"]
    assert PASSWORD not in str(entries)
    owner = Browser(gateway)
    session = await owner.enter("/api/auth/sign-in", {"email": owner_email, "password": PASSWORD}, 200)
    assert [each["role"] for each in session["organizations"]] == ["OWNER"]
    await owner.send("GET", "/api/auth/session", status=200)
    code, _, err = await run("user", "password", "--email", owner_email, typed=f"{PASSWORD}-8\n")
    assert code == 0, err
    await owner.send("GET", "/api/auth/session", status=401)
