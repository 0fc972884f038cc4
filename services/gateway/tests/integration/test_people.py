"""People sign up, in and out, invite each other and make keys; nobody acts from another site, above their rank, or after they have left."""

from __future__ import annotations

import asyncio
from uuid import UUID

import pytest
from browser import ORIGIN, PASSWORD, Browser, address, joined, signed_in, signed_up

from usageflow_common.database import raw, transaction
from usageflow_common.testing import eventually

ATTEMPTS_MAX = 10


async def test_a_new_user_owns_a_new_organization_and_acts_in_it(gateway):
    browser, session = await signed_up(gateway)
    [organization] = session["organizations"]
    assert (organization["name"], organization["role"]) == ("Lovelace Ltd", "OWNER")
    assert {"owner", "keys:write", "track:write"} <= set(organization["scopes"])
    assert "HttpOnly" in browser.set_cookie
    assert "SameSite=lax" in browser.set_cookie
    shown = await browser.send("GET", "/api/auth/session", status=200)
    assert shown["csrfToken"] == session["csrfToken"]
    assert (await browser.send("GET", "/api/organization", status=200))["id"] == organization["id"]
    await browser.send("GET", "/api/usage", status=200)  # goes on to a service, as the member
    await browser.send("POST", "/api/auth/sign-out", status=204)
    browser.cookie = browser.cookie.split("=")[0] + "=gone"
    await browser.send("GET", "/api/auth/session", status=401)
    await browser.send("GET", "/api/organization", status=401)


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"password": "short"}, 422, "password_too_weak"),
        ({"password": "passwordpassword"}, 422, "password_too_weak"),
        ({"password": "lovelace-ltd-lovelace"}, 422, "password_too_weak"),
        ({"email": "nobody"}, 422, "validation_failed"),
        ({"name": "  "}, 422, "validation_failed"),
    ],
)
async def test_a_sign_up_that_will_not_do(gateway, changes, status, code):
    body = {"email": address(), "password": PASSWORD, "name": "Ada", "organizationName": "Lovelace Ltd"} | changes
    problem = await Browser(gateway).send("POST", "/api/auth/sign-up", body, status=status)
    assert problem["code"] == code


async def test_an_address_is_somebodys_whatever_its_case(gateway):
    email = address()
    await signed_up(gateway, email)
    body = {"email": email.upper(), "password": PASSWORD, "name": "Eve", "organizationName": "Eve"}
    assert (await Browser(gateway).send("POST", "/api/auth/sign-up", body, status=409))["code"] == "already_exists"
    assert (await signed_in(gateway, email.upper())).cookie


async def test_a_closed_installation_takes_nobody(open_gateway):
    async with open_gateway(sign_up="closed") as gateway:
        body = {"email": address(), "password": PASSWORD, "name": "Ada", "organizationName": "L"}
        assert (await Browser(gateway).send("POST", "/api/auth/sign-up", body, status=403))["code"] == "sign_up_closed"


async def test_guessing_is_slowed_and_nobody_is_told_who_exists(gateway):
    email = address()
    await signed_up(gateway, email)
    answers = []
    for who in (email, "nobody@example.com"):
        wrong = {"email": who, "password": "not the password at all"}
        answers.append(await Browser(gateway).send("POST", "/api/auth/sign-in", wrong, status=401))
    assert answers[0]["detail"] == answers[1]["detail"]
    assert {each["code"] for each in answers} == {"invalid_credentials"}


async def test_an_account_is_slowed_from_wherever_it_is_tried(open_gateway):
    async with open_gateway(trusted_proxies=("127.0.0.0/8",), auth_attempts_per_minute=ATTEMPTS_MAX) as gateway:
        email = address()
        await Browser(gateway).enter(
            "/api/auth/sign-up",
            {"email": email, "password": PASSWORD, "name": "Ada", "organizationName": "L"},
            201,
            {"X-Forwarded-For": "198.51.100.77"},
        )
        wrong = {"email": email, "password": "not the password at all"}
        statuses = [
            await Browser(gateway).send(
                "POST", "/api/auth/sign-in", wrong, status=None, headers={"X-Forwarded-For": f"203.0.113.{number}"}
            )
            for number in range(ATTEMPTS_MAX + 2)
        ]
        assert statuses == [401] * ATTEMPTS_MAX + [429] * 2


async def test_another_site_can_do_nothing(gateway):
    browser, _ = await signed_up(gateway)
    for headers in (
        {"Origin": "https://evil.example"},
        {"Origin": None},
        {"X-CSRF-Token": "guessed"},
        {"X-CSRF-Token": None},
        {"X-CSRF-Token": "ü"},
    ):
        problem = await browser.send("PATCH", "/api/organization", {"name": "Evil"}, status=403, headers=headers)
        assert problem["code"] == "csrf_failed"
    wrong = {"email": "a@b.cd", "password": PASSWORD}
    await Browser(gateway).send(
        "POST", "/api/auth/sign-in", wrong, status=403, headers={"Origin": "https://evil.example"}
    )
    assert (await browser.send("GET", "/api/organization", status=200))["name"] == "Lovelace Ltd"


async def test_settings_change_with_their_version_and_are_told_to_the_services(gateway):
    browser, _ = await signed_up(gateway)
    dunning = {"retryAfterDays": [2, 4], "suspendAfterDays": 9}
    changed = await browser.send(
        "PATCH",
        "/api/organization",
        {"graceHours": 3, "dunning": dunning, "timeZone": "Europe/Berlin", "issuer": {"name": "Lovelace GmbH"}},
        status=200,
        headers={"If-Match": '"1"'},
    )
    assert (changed["graceHours"], changed["dunning"], changed["version"]) == (3, dunning, 2)
    assert changed["issuer"]["name"] == "Lovelace GmbH"
    await browser.send("PATCH", "/api/organization", {"graceHours": 4}, status=412, headers={"If-Match": '"1"'})
    for wrong in (
        {"graceHours": 73},
        {"graceHours": None},
        {"dunning": {"retryAfterDays": [3, 2], "suspendAfterDays": 9}},
        {"timeZone": "Mars/Olympus"},
        {"mode": "test"},
    ):
        await browser.send("PATCH", "/api/organization", wrong, status=422)
    rows = await told(gateway, changed["id"])
    assert '"retry_after_days":[2,4]' in rows[-1]


async def told(gateway, org_id):
    """What waits for Kafka of an organization."""
    key = str(UUID(org_id.removeprefix("org_"))).encode()
    query = (
        "SELECT convert_from(value, 'UTF8') FROM outbox WHERE topic = 'organizations.changed' AND key = $1 ORDER BY id"
    )
    async with transaction(gateway.database.engine) as tx:
        return [row[0] for row in await (await raw(tx)).fetch(query, key)]


async def test_nobody_acts_above_their_own_role_and_the_last_owner_stays(gateway):
    owner, session = await signed_up(gateway)
    admin, admin_session = await joined(gateway, owner, "ADMIN")
    me, other = session["user"]["id"], admin_session["user"]["id"]
    assert [each["role"] for each in (await admin.send("GET", "/api/members", status=200))["data"]] == [
        "OWNER",
        "ADMIN",
    ]
    for work in (
        ("POST", "/api/invitations", {"email": address(), "role": "OWNER"}),
        ("PATCH", f"/api/members/{other}", {"role": "OWNER"}),
        ("PATCH", f"/api/members/{me}", {"role": "VIEWER"}),
        ("DELETE", f"/api/members/{me}", None),
    ):
        assert (await admin.send(*work, status=403))["code"] == "rank_exceeded"
    for work in (("PATCH", f"/api/members/{me}", {"role": "ADMIN"}), ("DELETE", f"/api/members/{me}", None)):
        assert (await owner.send(*work, status=409))["code"] == "last_owner"
    await owner.send("PATCH", f"/api/members/{other}", {"role": "OWNER"}, status=200)
    outcomes = await asyncio.gather(
        owner.send("DELETE", f"/api/members/{me}", status=204),
        admin.send("DELETE", f"/api/members/{other}", status=204),
        return_exceptions=True,
    )
    assert sum(isinstance(each, AssertionError) for each in outcomes) == 1  # one OWNER is left, whoever was first


async def test_who_has_left_is_out_at_once_and_their_keys_go_on_under_another(gateway):
    owner, _ = await signed_up(gateway)
    admin, session = await joined(gateway, owner, "ADMIN")
    key = await admin.send("POST", "/api/api-keys", {"name": "backend", "scopes": ["usage:read"]}, status=201)
    assert await opens(gateway, key["secret"])
    await owner.send("DELETE", f"/api/members/{session['user']['id']}", status=204)
    await admin.send("GET", "/api/organization", status=400)  # belongs nowhere any more
    [kept] = (await owner.send("GET", "/api/api-keys", status=200))["data"]
    assert kept["createdBy"] != session["user"]["id"]
    assert await opens(gateway, key["secret"])


async def opens(gateway, secret) -> bool:
    async def ask():
        status, _, _ = await gateway.send("GET", "/api/usage", secret=secret)
        return status == 200

    await eventually(ask)
    return True


async def refused(gateway, secret) -> None:
    async def ask():
        status, _, _ = await gateway.send("GET", "/api/usage", secret=secret)
        return status == 401

    await eventually(ask, 2)


async def test_an_invitation_is_used_once_by_whom_it_is_for(gateway):
    owner, _ = await signed_up(gateway)
    email = address()
    invited = await owner.send("POST", "/api/invitations", {"email": email, "role": "VIEWER"}, status=201)
    assert invited["acceptUrl"].startswith(f"{ORIGIN}/invitations/accept#")
    await owner.send("POST", "/api/invitations", {"email": email.upper(), "role": "ADMIN"}, status=409)
    offered = await Browser(gateway).send(
        "POST", "/api/auth/invitations/lookup", {"token": invited["token"]}, status=200
    )
    assert (offered["organizationName"], offered["email"], offered["role"]) == ("Lovelace Ltd", email, "VIEWER")
    other, _ = await signed_up(gateway)
    await other.send("POST", "/api/auth/invitations/accept", {"token": invited["token"]}, status=401)
    mine, _ = await signed_up(gateway, email)
    new = {"token": invited["token"], "name": "Ada", "password": PASSWORD}
    problem = await Browser(gateway).send("POST", "/api/auth/invitations/accept", new, status=401)
    assert problem["code"] == "sign_in_required"
    found = await mine.send("POST", "/api/auth/invitations/accept", {"token": invited["token"]}, status=200)
    assert [each["role"] for each in found["organizations"]] == ["OWNER", "VIEWER"]
    assert (await mine.send("GET", "/api/organization", status=400))["code"] == "organization_required"
    mine.organization = found["organizations"][1]["id"]
    await mine.send("PATCH", "/api/organization", {"name": "Mine"}, status=403)
    assert (await mine.send("GET", "/api/organization", status=200))["name"] == "Lovelace Ltd"
    mine.organization = "org_" + "0" * 32
    await mine.send("GET", "/api/organization", status=404)
    await Browser(gateway).send("POST", "/api/auth/invitations/lookup", {"token": invited["token"]}, status=410)
    withdrawn = await owner.send("POST", "/api/invitations", {"email": address(), "role": "VIEWER"}, status=201)
    await owner.send("DELETE", f"/api/invitations/{withdrawn['id']}", status=204)
    await Browser(gateway).send("POST", "/api/auth/invitations/lookup", {"token": withdrawn["token"]}, status=410)
    assert (await owner.send("GET", "/api/invitations", status=200))["data"] == []


async def test_keys_are_shown_once_replaced_and_revoked_within_a_second(gateway):
    owner, _ = await signed_up(gateway)
    wanted = {"name": "backend", "scopes": ["track:write", "usage:read"]}
    headers = {"Idempotency-Key": "the-key"}
    key = await owner.send("POST", "/api/api-keys", wanted, status=201, headers=headers)
    again = await owner.send("POST", "/api/api-keys", wanted, status=201, headers=headers)
    assert again["secret"] == key["secret"]  # a replay shows it again, the database alone never does
    assert await opens(gateway, key["secret"])
    here = f"/api/api-keys/{key['id']}"
    assert "secret" not in await owner.send("GET", here, status=200)
    rolled = await owner.send("POST", f"{here}/reroll", {"overlapHours": 1}, status=201)
    assert (rolled["replaces"], rolled["scopes"]) == (key["id"], key["scopes"])
    assert await opens(gateway, rolled["secret"])
    assert await opens(gateway, key["secret"])
    at_once = await owner.send("POST", f"/api/api-keys/{rolled['id']}/reroll", {"overlapHours": 0}, status=201)
    await refused(gateway, rolled["secret"])
    await owner.send("POST", f"/api/api-keys/{rolled['id']}/reroll", {}, status=409)
    await owner.send("PATCH", f"/api/api-keys/{at_once['id']}", {"name": "front"}, status=200)
    await owner.send("DELETE", f"/api/api-keys/{at_once['id']}", status=412, headers={"If-Match": '"1"'})
    await owner.send("DELETE", f"/api/api-keys/{at_once['id']}", status=204)
    await refused(gateway, at_once["secret"])
    listed = (await owner.send("GET", "/api/api-keys?status=active", status=200))["data"]
    assert [each["id"] for each in listed] == [key["id"]]


async def test_a_key_with_a_list_of_addresses_is_refused_from_elsewhere(open_gateway):
    async with open_gateway(trusted_proxies=("127.0.0.0/8",)) as gateway:
        owner, _ = await signed_up(gateway)
        wanted = {"name": "backend", "scopes": ["usage:read"], "allowedAddresses": ["203.0.113.0/24", "2001:db8::/32"]}
        key = await owner.send("POST", "/api/api-keys", wanted, status=201)

        async def status_from(forwarded):
            headers = {} if forwarded is None else {"X-Forwarded-For": forwarded}
            status, _, _ = await gateway.send("GET", "/api/usage", secret=key["secret"], headers=headers)
            return status

        assert [await status_from(each) for each in ("203.0.113.9", "2001:db8::1", "198.51.100.1", None)] == [
            200, 200, 401, 401,
        ]  # fmt: skip
        for wrong in (["203.0.113.1/24"], ["nowhere"], []):
            await owner.send("POST", "/api/api-keys", wanted | {"allowedAddresses": wrong}, status=422)


async def test_a_developer_has_ingest_keys_and_a_viewer_none(gateway):
    owner, _ = await signed_up(gateway)
    await owner.send("POST", "/api/api-keys", {"name": "all", "scopes": ["usage:read"]}, status=201)
    developer, _ = await joined(gateway, owner, "DEVELOPER")
    viewer, _ = await joined(gateway, owner, "VIEWER")
    ingest = await developer.send("POST", "/api/api-keys", {"name": "in", "scopes": ["track:write"]}, status=201)
    problem = await developer.send("POST", "/api/api-keys", {"name": "x", "scopes": ["usage:read"]}, status=403)
    assert (problem["code"], problem["requiredScope"]) == ("insufficient_scope", "usage:read")
    assert [each["id"] for each in (await developer.send("GET", "/api/api-keys", status=200))["data"]] == [ingest["id"]]
    await viewer.send("GET", "/api/api-keys", status=403)
    await viewer.send("GET", "/api/members", status=403)
    for wrong in (["owner"], ["everything"], []):
        await owner.send("POST", "/api/api-keys", {"name": "x", "scopes": wrong}, status=422)
    past = {"name": "x", "scopes": ["usage:read"], "expiresAt": "2020-01-01T00:00:00Z"}
    await owner.send("POST", "/api/api-keys", past, status=422)


async def test_a_new_password_ends_all_other_sessions(gateway):
    email = address()
    first, _ = await signed_up(gateway, email)
    second = await signed_in(gateway, email)
    new = "a-quite-different-password-42"
    await second.send(
        "POST", "/api/auth/password", {"currentPassword": "wrong-wrong-wrong", "newPassword": new}, status=401
    )
    await second.send("POST", "/api/auth/password", {"currentPassword": PASSWORD, "newPassword": new}, status=204)
    await first.send("GET", "/api/auth/session", status=401)
    third = await signed_in(gateway, email, new)
    listed = (await third.send("GET", "/api/auth/sessions", status=200))["data"]
    assert [each["current"] for each in listed] == [True, False]
    await third.send("DELETE", "/api/auth/sessions/others", status=204)
    await second.send("GET", "/api/auth/session", status=401)
    await third.send("DELETE", f"/api/auth/sessions/{listed[0]['id']}", status=204)
    await third.send("GET", "/api/auth/session", status=401)
