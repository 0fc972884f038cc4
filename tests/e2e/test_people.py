"""From sign-up to a counted event, as a newcomer goes; and what a viewer may not do, wherever they try it."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import httpx
from tenant import eventually, text
from test_tenants import client_of

ORIGIN = "http://127.0.0.1:3000"
PASSWORD = "correct-horse-battery-staple-7"


class Person:
    """A browser, as the dashboard's server passes its requests on."""

    def __init__(self, system):
        self.http = httpx.AsyncClient(base_url=system.gateway_url, timeout=40, trust_env=False)
        self.csrf = ""

    async def __aenter__(self):
        return self

    async def __aexit__(self, *_):
        await self.http.aclose()

    async def send(self, method, path, body=None, status=200):
        headers = {"Origin": ORIGIN, "X-CSRF-Token": self.csrf, "Idempotency-Key": str(uuid4())}
        answer = await self.http.request(method, path, json=body, headers=headers)
        assert answer.status_code == status, answer.text
        return answer.json() if answer.content else None

    async def enter(self, path, body, status=200):
        session = await self.send("POST", path, body, status)
        self.csrf = session["csrfToken"]
        return session


async def test_from_sign_up_to_a_counted_event(system):
    async with Person(system) as ada, Person(system) as eve:
        email = f"ada-{uuid4().hex[:8]}@example.com"
        wanted = {"email": email, "password": PASSWORD, "name": "Ada", "organizationName": "Lovelace Ltd"}
        await ada.enter("/api/auth/sign-up", wanted, 201)
        metric = {"code": "CALLS", "name": "Calls", "aggregation": "SUM"}

        async def created():
            """The organization is known to the services within moments."""
            answer = await ada.http.post(
                "/api/metrics",
                json=metric,
                headers={"Origin": ORIGIN, "X-CSRF-Token": ada.csrf, "Idempotency-Key": "the-metric"},
            )
            return answer.json() if answer.status_code == 201 else None

        await eventually("the metric", created)
        key = await ada.send("POST", "/api/api-keys", {"name": "backend", "scopes": ["track:write"]}, 201)
        async with client_of(system, key["secret"]) as backend:
            event = {"metric": "CALLS", "amount": 3, "customerId": "user-1", "idempotencyKey": "first"}

            async def accepted():
                return True if (await backend.post("/api/track", json=event)).status_code == 202 else None

            await eventually("the first event", accepted)
            assert (await backend.get("/api/organization")).status_code == 403  # an ingest key opens nothing else
        day = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        query = f"/api/usage?metric=CALLS&from={text(day)}&to={text(day + timedelta(days=2))}"

        async def counted():
            found = (await ada.send("GET", query))["total"]
            return True if found["value"] == "3" else None

        await eventually("the count", counted)
        invited = await ada.send("POST", "/api/invitations", {"email": "eve@example.com", "role": "VIEWER"}, 201)
        accept = {"token": invited["token"], "name": "Eve", "password": PASSWORD}
        await eve.enter("/api/auth/invitations/accept", accept)
        assert (await eve.send("GET", query))["total"]["value"] == "3"
        refusals = [
            await eve.send("POST", "/api/metrics", metric | {"code": "OTHER"}, 403),
            await eve.send("POST", "/api/track", event, 403),
            await eve.send("GET", "/api/api-keys", status=403),
            await eve.send("GET", "/api/audit-logs", status=403),
        ]
        assert {each["code"] for each in refusals} == {"insufficient_scope"}

        async def audited():
            entries = (await ada.send("GET", "/api/audit-logs?limit=200"))["data"]
            found = {(each["action"], each["actor"]["type"], each["actor"]["name"]) for each in entries}
            expected = {
                ("organization.created", "user", "Ada"),
                ("metric.created", "user", "Ada"),
                ("api_key.created", "user", "Ada"),
                ("invitation.created", "user", "Ada"),
                ("member.joined", "user", "Eve"),
            }
            assert key["secret"] not in str(entries)
            return True if expected <= found else None

        await eventually("the audit log", audited)
