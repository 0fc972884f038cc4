"""Who has an account proves it by a password; operators give one to the owners whom they make."""

from __future__ import annotations

import json
from uuid import uuid4

import pytest

from usageflow_common.topics import AUDIT_RECORDED, ORGANIZATIONS_CHANGED

ORIGIN = "http://127.0.0.1:3000"
PASSWORD = "correct-horse-battery-staple-7"


@pytest.fixture
def send(gateway):
    """`await send(path, body, cookie="")`: status, JSON, and the cookie that was set."""

    async def ask(path, body=None, cookie="", csrf=""):
        headers = {"Origin": ORIGIN, "X-CSRF-Token": csrf, "Idempotency-Key": uuid4().hex}
        headers |= {"Cookie": cookie} if cookie else {}
        method = "GET" if body is None else "POST"
        arguments = {} if body is None else {"json": body}
        async with gateway.http.request(method, gateway.url + path, headers=headers, **arguments) as answer:
            set_cookie = answer.headers.get("Set-Cookie", "").partition(";")[0]
            return answer.status, json.loads(await answer.read() or b"null"), set_cookie

    return ask


@pytest.fixture
async def owner_email(run, topics):
    """Of an owner whom an operator made, without a password."""
    await topics(AUDIT_RECORDED, ORGANIZATIONS_CHANGED)
    email = f"owner-{uuid4().hex[:8]}@example.com"
    code, _, err = await run("org", "create", "--name", "Made", "--owner-email", email)
    assert code == 0, err
    return email


async def test_an_invitation_gives_nobody_a_password_to_an_account_that_is_there(send, owner_email):
    signed_up = {
        "email": f"{uuid4().hex[:8]}@example.com",
        "password": PASSWORD,
        "name": "Mallory",
        "organizationName": "Elsewhere",
    }
    status, session, cookie = await send("/api/auth/sign-up", signed_up)
    assert status == 201
    wanted = {"email": owner_email, "role": "VIEWER"}
    status, invited, _ = await send("/api/invitations", wanted, cookie, session["csrfToken"])
    assert status == 201
    taken = {"token": invited["token"], "name": "Mallory", "password": PASSWORD}
    status, problem, _ = await send("/api/auth/invitations/accept", taken)
    assert (status, problem["code"]) == (401, "sign_in_required")
    status, _, _ = await send("/api/auth/sign-in", {"email": owner_email, "password": PASSWORD})
    assert status == 401
    weak = taken | {"password": owner_email + "1"}
    status, problem, _ = await send("/api/auth/invitations/accept", weak)
    assert (status, problem["code"]) == (422, "password_too_weak")
    status, problem, _ = await send("/api/auth/invitations/accept", taken | {"token": "none"})
    assert (status, problem["code"]) == (410, "invitation_gone")


async def test_an_operator_gives_a_password_and_it_ends_the_sessions_before(send, run, owner_email):
    code, _, err = await run("user", "password", "--email", owner_email, typed="short\n")
    assert (code, "At least 12 characters" in err) == (2, True)
    code, _, err = await run("user", "password", "--email", "nobody@example.com", typed=f"{PASSWORD}\n")
    assert (code, "no user" in err) == (2, True)
    code, _, err = await run("user", "password", "--email", owner_email.upper(), typed=f"{PASSWORD}\n")
    assert code == 0, err
    status, session, cookie = await send("/api/auth/sign-in", {"email": owner_email, "password": PASSWORD})
    assert (status, [each["role"] for each in session["organizations"]]) == (200, ["OWNER"])
    assert (await send("/api/auth/session", cookie=cookie))[0] == 200
    code, _, err = await run("user", "password", "--email", owner_email, typed=f"{PASSWORD}-8\n")
    assert code == 0, err
    assert (await send("/api/auth/session", cookie=cookie))[0] == 401
