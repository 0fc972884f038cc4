"""A tenant who corrects what was sent: event ids, corrections, backfills, and usage at any time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4, uuid5

import httpx
from tenant import Tenant, eventually, text


@dataclass(slots=True)
class Correcting(Tenant):
    """The same tenant, with what corrections need."""

    async def event_id(self, number: int) -> str:
        """By what a client knows: its organization and the key."""
        organization = await self.get("/api/organization")
        return str(uuid5(UUID(hex=organization["id"].removeprefix("org_")), f"{self.mark}-{number}"))

    async def answer(self, path: str, body: Any, **headers: str) -> httpx.Response:
        """One mutation, whatever comes of it."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.http.post(path, json=body, headers={"Idempotency-Key": str(uuid4())} | named)

    async def amount(self, start: datetime, end: datetime) -> str:
        """What was used in a range."""
        query = {"metric": "API_CALL", "customerId": self.customer_id, "from": text(start), "to": text(end)}
        return str((await self.get("/api/usage", **query))["total"]["value"])

    async def amounts_to(self, expected: str, start: datetime, end: datetime) -> None:
        """Return when that much was used."""

        async def ask() -> bool | None:
            return (await self.amount(start, end)) == expected or None

        await eventually(f"a usage of {expected}", ask)

    async def all_counted(self) -> None:
        """Return when whatever was accepted before this call is counted."""
        now = text(datetime.now(self.today.tzinfo) + timedelta(seconds=1))
        query = {"metric": "API_CALL", "from": self.start_at, "to": text(self.today)}

        async def ask() -> bool | None:
            return (await self.get("/api/usage", **query))["countedThrough"] > now or None

        await eventually("everything to be counted", ask)

    async def open_backfill(self, start: datetime, end: datetime) -> Any:
        """A new backfill."""
        body = {"name": f"gap-{uuid4().hex[:8]}", "from": text(start), "to": text(end), "reason": "an outage"}
        return await self.post("/api/backfills", body)
