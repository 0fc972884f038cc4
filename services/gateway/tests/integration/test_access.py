"""Who gets in: known keys, for as long as they are good, and nobody else."""

import asyncio
import json
import time

import aiohttp
import pytest
import sqlalchemy as sa

from usageflow_common.clock import Clock
from usageflow_common.database import connect, transaction
from usageflow_common.ids import Prefix, public_id
from usageflow_common.testing import eventually
from usageflow_gateway.domain.api_keys import compose_secret
from usageflow_gateway.service import keys as key_service
from usageflow_gateway.service import organizations as organization_service
from usageflow_gateway.store import keys as key_store


async def test_the_organization_of_a_key_is_shown(gateway):
    status, headers, body = await gateway.send("GET", "/api/organization")
    shown = json.loads(body)
    assert (status, headers["ETag"][:3]) == (200, '"1-')
    assert shown["id"] == public_id(Prefix.ORGANIZATION, gateway.org_id)
    assert shown["dunning"] == {"retryAfterDays": [1, 3, 5, 7], "suspendAfterDays": 14}
    assert shown["createdAt"].endswith("Z")
    status, _, body = await gateway.send("GET", "/api/organization", headers={"If-None-Match": headers["ETag"]})
    assert (status, body) == (304, b"")


@pytest.mark.parametrize(
    "authorization",
    [
        None,
        "",
        "Bearer",
        "Basic dXNlcjpwdw==",
        "Bearer uf_live_wrong",
        f"Bearer {compose_secret('live', 'a' * 32)}",
        "Bearer eyJhbGciOiJFZERTQSJ9.e30.x",
    ],
)
async def test_everybody_else_gets_one_answer(gateway, authorization):
    headers = {} if authorization is None else {"Authorization": authorization}
    answers = []
    for path in ("/api/organization", "/api/usage"):
        async with gateway.http.get(gateway.url + path, headers=headers) as response:
            problem = await response.json(content_type="application/problem+json")
            answers.append((response.status, problem["code"], problem["detail"], response.headers["WWW-Authenticate"]))
    assert set(answers) == {(401, "unauthenticated", "Send a valid API key as a bearer token.", "Bearer")}
    assert gateway.service.received == []


async def test_credentials_are_asked_for_before_anything_else_is_said(gateway):
    async with gateway.http.get(f"{gateway.url}/api/audit-logs?colour=red") as response:
        assert response.status == 401
    status, _, _ = await gateway.send("GET", "/api/audit-logs?colour=red")
    assert status == 422


async def test_readiness_tells_strangers_nothing_of_what_is_inside(gateway):
    async with gateway.http.get(f"{gateway.url}/ready") as response:
        assert await response.json() == {"status": "ok"}


async def test_slow_questions_do_not_make_the_keys_old(open_gateway):
    async with open_gateway(pool_size=1) as gateway:
        owner = await connect(gateway.database.owner_url, application_name="test")
        try:
            async with owner.transaction():
                await owner.execute("LOCK TABLE gateway.audit_logs IN ACCESS EXCLUSIVE MODE")
                slow = asyncio.create_task(gateway.send("GET", "/api/audit-logs"))
                await asyncio.sleep(2.5)  # longer than the feed may be old, and than anybody waits for it
                status, _, _ = await gateway.send("GET", "/api/usage")
                assert status == 200
        finally:
            await owner.close()
        assert (await slow)[0] == 200


async def test_two_authorization_headers_are_none(gateway):
    headers = [("Authorization", f"Bearer {gateway.secret}"), ("Authorization", f"Bearer {gateway.secret}")]
    async with gateway.http.get(f"{gateway.url}/api/usage", headers=headers) as response:
        assert response.status == 401


async def test_a_key_opens_what_its_scopes_say(gateway):
    issued = await gateway.key("usage:read")
    status, _, _ = await gateway.send("GET", "/api/usage", secret=issued.secret)
    assert status == 200
    for method, path, scope in (
        ("GET", "/api/organization", "organization:read"),
        ("GET", "/api/usage/unbilled", "invoices:read"),
        ("POST", "/api/track", "track:write"),
        ("POST", "/api/metrics", "metrics:write"),
    ):
        status, _, body = await gateway.send(method, path, secret=issued.secret)
        problem = json.loads(body)
        assert (status, problem["code"], problem["requiredScope"]) == (403, "insufficient_scope", scope)


async def test_writing_includes_reading(gateway):
    issued = await gateway.key("metrics:write")
    status, _, _ = await gateway.send("GET", "/api/metrics", secret=issued.secret)
    assert status == 200


async def test_a_key_works_at_once_and_not_a_second_after_it_is_revoked(gateway):
    issued = await gateway.key()
    status, _, _ = await gateway.send("GET", "/api/usage", secret=issued.secret)
    assert status == 200
    await asyncio.sleep(0.6)  # it is in the feed now, and not only read once
    await key_service.revoke_key(gateway.database.engine, Clock(), key_id=issued.key_id)
    revoked_at = time.monotonic()

    async def refused():
        status, _, _ = await gateway.send("GET", "/api/usage", secret=issued.secret)
        return status == 401

    await eventually(refused)
    assert time.monotonic() - revoked_at < 1


async def test_a_revocation_that_commits_late_is_not_missed(gateway):
    issued = await gateway.key()
    status, _, _ = await gateway.send("GET", "/api/usage", secret=issued.secret)
    assert status == 200
    async with transaction(gateway.database.engine) as tx:
        assert await key_store.revoke_key(tx, issued.key_id, Clock().wall())
        await asyncio.sleep(1)  # the feed looks several times and sees nothing yet
        status, _, _ = await gateway.send("GET", "/api/usage", secret=issued.secret)
        assert status == 200
    looked = await key_service.load_keys(gateway.database.engine)

    async def refused():
        status, _, _ = await gateway.send("GET", "/api/usage", secret=issued.secret)
        return status == 401

    await eventually(refused, 1)
    # Without the overlap the feed would only have asked for changes since its last look, and this one carries an earlier time.
    async with transaction(gateway.database.engine, read_only=True) as tx:
        found = await key_store.changed_keys(tx, looked.read_at)
        missed = await key_store.changed_keys(tx, looked.read_at + key_store.OVERLAP)
    assert issued.key_id in {key.key_id for key in found}
    assert issued.key_id not in {key.key_id for key in missed}


async def test_an_expired_key_is_an_unknown_key(gateway):
    issued = await gateway.key()
    async with transaction(gateway.database.engine) as tx:
        await tx.execute(
            sa.text("UPDATE api_keys SET expires_at = now(), changed_at = clock_timestamp() WHERE key_id = :id"),
            {"id": issued.key_id},
        )
    status, _, body = await gateway.send("GET", "/api/usage", secret=issued.secret)
    assert (status, json.loads(body)["code"]) == (401, "unauthenticated")


async def test_a_demotion_reaches_the_keys_of_a_member(gateway):
    founded = await organization_service.create_organization(
        gateway.database.engine, Clock(), name="Other", mode="live", owner_email=None
    )
    issued = await gateway.key("invoices:write", org_id=founded.organization.org_id)
    headers = {"Idempotency-Key": "k"}
    status, _, _ = await gateway.send("POST", "/api/billing-runs", secret=issued.secret, headers=headers)
    assert status == 200
    async with transaction(gateway.database.engine) as tx:
        await tx.execute(
            sa.text("UPDATE memberships SET role = 'VIEWER', changed_at = clock_timestamp() WHERE user_id = :id"),
            {"id": founded.owner_id},
        )

    async def refused():
        status, _, _ = await gateway.send("POST", "/api/billing-runs", secret=issued.secret, headers=headers)
        return status == 403

    await eventually(refused, 2)


async def test_a_header_that_names_another_organization_is_refused(gateway):
    own = public_id(Prefix.ORGANIZATION, gateway.org_id)
    status, _, _ = await gateway.send("GET", "/api/usage", headers={"UsageFlow-Organization": own})
    assert status == 200
    other = {"UsageFlow-Organization": f"org_{'0' * 32}"}
    status, _, body = await gateway.send("GET", "/api/usage", headers=other)
    assert (status, json.loads(body)["code"]) == (400, "malformed_request")


async def test_a_key_hashed_with_the_pepper_before_still_opens(open_gateway):
    async with open_gateway(previous_key_pepper="b2xk") as gateway:
        issued = await key_service.create_key(
            gateway.database.engine, Clock(), org_id=gateway.org_id, name="old", scopes="*", pepper=b"old"
        )
        status, _, _ = await gateway.send("GET", "/api/usage", secret=issued.secret)
        assert status == 200


async def test_health_and_readiness_need_no_credentials(gateway):
    for path in ("/health", "/ready", "/api/openapi.json"):
        async with gateway.http.get(gateway.url + path) as response:
            assert response.status == 200


@pytest.fixture
def postgres_away(postgres_url, database):
    """`async with postgres_away(): …`: nobody can connect to the module's database, and everybody was thrown out."""
    name = database.url.rpartition("/")[2]

    class Away:
        async def __aenter__(self):
            await self._switch("false")

        async def __aexit__(self, *_):
            await self._switch("true")

        async def _switch(self, allowed):
            connection = await connect(postgres_url, application_name="test")
            try:
                await connection.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS {allowed}")
                await connection.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", name
                )
            finally:
                await connection.close()

    return Away


async def test_with_postgresql_away_events_of_known_keys_go_on_and_nobody_is_called_unknown(gateway, postgres_away):
    unknown = compose_secret("live", "b" * 32)
    await gateway.send("POST", "/api/track", json={})
    async with postgres_away():

        async def control_plane_stops():
            status, _, _ = await gateway.send("GET", "/api/usage")
            return status == 503

        await eventually(control_plane_stops, 5)
        status, _, _ = await gateway.send("POST", "/api/track", json={})
        assert status == 202
        status, _, _ = await gateway.send("POST", "/api/track/batch", json={"events": []})
        assert status == 200
        for path in ("/api/track", "/api/usage"):
            method = "POST" if path == "/api/track" else "GET"
            status, headers, body = await gateway.send(method, path, secret=unknown)
            assert (status, json.loads(body)["code"], headers["Retry-After"]) == (503, "unavailable", "1")
        async with gateway.http.get(f"{gateway.url}/ready") as response:
            assert response.status == 200

    async def control_plane_is_back():
        try:
            status, _, _ = await gateway.send("GET", "/api/usage")
        except aiohttp.ClientError:
            return False
        return status == 200

    await eventually(control_plane_is_back)
    status, _, _ = await gateway.send("GET", "/api/usage", secret=unknown)
    assert status == 401
