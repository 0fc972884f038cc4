"""People before the gateway, as the dashboard's server passes their requests on."""

from __future__ import annotations

import json
from dataclasses import dataclass
from uuid import uuid4

ORIGIN = "http://127.0.0.1:3000"
PASSWORD = "correct-horse-battery-staple-7"


@dataclass
class Browser:
    """Somebody with a cookie, as the dashboard would send it."""

    gateway: object
    cookie: str = ""
    csrf: str = ""
    organization: str | None = None

    async def send(self, method, path, body=None, *, status, headers=None):
        """The JSON of an answer with this status; None: whichever it has."""
        own = {"Origin": ORIGIN, "X-CSRF-Token": self.csrf, "Idempotency-Key": uuid4().hex}
        if self.cookie:
            own["Cookie"] = self.cookie
        if self.organization:
            own["UsageFlow-Organization"] = self.organization
        own |= headers or {}
        own = {name: value for name, value in own.items() if value is not None}
        arguments = {} if body is None else {"json": body}
        async with self.gateway.http.request(method, self.gateway.url + path, headers=own, **arguments) as response:
            text = await response.read()
            if status is None:
                return response.status
            assert response.status == status, (response.status, text)
            for value in response.headers.getall("Set-Cookie", []):
                self.cookie = value.split(";")[0]
                self.set_cookie = value
            return json.loads(text) if text else None

    async def ask(self, method, path, body=None):
        """Status, and the code of a problem."""
        headers = {"Origin": ORIGIN, "X-CSRF-Token": self.csrf, "Idempotency-Key": uuid4().hex, "Cookie": self.cookie}
        arguments = {} if body is None else {"json": body}
        async with self.gateway.http.request(method, self.gateway.url + path, headers=headers, **arguments) as response:
            problem = "problem+json" in response.headers.get("Content-Type", "")
            return response.status, (json.loads(await response.read())["code"] if problem else None)

    async def enter(self, path, body, status, headers=None):
        found = await self.send("POST", path, body, status=status, headers=headers)
        self.csrf = found["csrfToken"]
        return found


def address() -> str:
    return f"ada-{uuid4().hex[:8]}@example.com"


async def signed_up(gateway, email=None) -> tuple[Browser, dict]:
    browser = Browser(gateway)
    body = {"email": email or address(), "password": PASSWORD, "name": "Ada", "organizationName": "Lovelace Ltd"}
    return browser, await browser.enter("/api/auth/sign-up", body, 201)


async def signed_in(gateway, email, password=PASSWORD) -> Browser:
    browser = Browser(gateway)
    await browser.enter("/api/auth/sign-in", {"email": email, "password": password}, 200)
    return browser


async def joined(gateway, inviter: Browser, role: str) -> tuple[Browser, dict]:
    """Somebody new who accepts an invitation."""
    email = address()
    invited = await inviter.send("POST", "/api/invitations", {"email": email, "role": role}, status=201)
    browser = Browser(gateway)
    body = {"token": invited["token"], "name": role.title(), "password": PASSWORD}
    return browser, await browser.enter("/api/auth/invitations/accept", body, 200)
