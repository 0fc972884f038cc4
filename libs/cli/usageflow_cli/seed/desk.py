"""The public API as somebody who has signed in uses it: a session's cookie, its CSRF token, one organization at a time."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from usageflow_cli.api import Api, Connection, Misused, Refused, Unreachable

KNOWN_SECONDS = 20.0


@dataclass(frozen=True, slots=True, repr=False)
class Door:
    """Where people sign in, and who does. `origin` is the dashboard's, which alone may send what changes something."""

    url: str
    origin: str
    email: str
    password: str


class Desk(Api):
    """A signed-in person's client. Raises Refused for a wrong pair."""

    def __init__(self, door: Door, *, email: str | None = None) -> None:
        super().__init__(Connection(door.url, "none"))
        self._http.headers.pop("Authorization")
        self._http.headers["Origin"] = door.origin
        self._enter("/api/auth/sign-in", {"email": email or door.email, "password": door.password})

    def act_in(self, organization_id: str) -> None:
        """From now on in this organization."""
        self._http.headers["UsageFlow-Organization"] = organization_id

    def settle_in(self, organization_id: str) -> None:
        """Act in an organization that was founded just now, once the services know it."""
        self.act_in(organization_id)
        deadline = time.monotonic() + KNOWN_SECONDS
        while not self._is_known():
            if time.monotonic() > deadline:
                raise Unreachable("The services do not know the organization that was founded.")
            time.sleep(0.2)

    def one(self, path: str, **query: str) -> Any | None:
        """The first row of a list, None when it has none."""
        rows = self.get(path, **query)["data"]
        return rows[0] if rows else None

    def the(self, path: str, **query: str) -> Any:
        """The first row of a list that must have one. Raises Misused."""
        found = self.one(path, **query)
        if found is None:
            raise Misused(f"{path} has none of {query}: somebody has changed what an earlier run made.")
        return found

    def ensure(self, path: str, body: Mapping[str, Any], **query: str) -> Any:
        """The row that the query finds in the list at `path`, made by `body` when there is none."""
        return self.one(path, **query) or self.post(path, body, key=_key(path, query))

    def _is_known(self) -> bool:
        try:
            for path in ("/api/metrics", "/api/customers", "/api/events", "/api/webhooks/endpoints"):
                self.get(path, limit="1")
        except Refused:
            return False
        else:
            return True

    def _enter(self, path: str, body: Mapping[str, Any]) -> None:
        session = self._send("POST", path, json=body).json()
        self._http.headers["X-CSRF-Token"] = session["csrfToken"]


def joined(door: Door, token: str, name: str, email: str) -> None:
    """Accept an invitation: with a new account, or as the one who has the address already."""
    body = {"token": token, "name": name, "password": door.password}
    answer = httpx.post(
        f"{door.url}/api/auth/invitations/accept",
        json=body,
        headers={"Origin": door.origin},
        timeout=35,
        trust_env=False,
    )
    if answer.is_success:
        return
    if answer.status_code != 401:
        raise Refused(answer)
    with Desk(door, email=email) as desk:
        desk.post("/api/auth/invitations/accept", {"token": token})


def _key(path: str, query: Mapping[str, str]) -> str:
    return f"seed {path} {' '.join(query.values())}"[:200]
