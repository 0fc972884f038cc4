"""Refusals on their way into the audit log: gathered for a minute, so that a flood of them is one entry with a count."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine

from usageflow_common.clock import Clock
from usageflow_common.database import is_unavailable
from usageflow_common.logs import get_logger
from usageflow_common.tokens import Caller
from usageflow_gateway.service.refusals import Refusal, record_refusals
from usageflow_gateway.service.sessions import Origin

EVERY_SECONDS: Final = 60.0
PER_ORGANIZATION_MAX: Final = 100
"""Different ones in a minute and process; those beyond are dropped, and how many were is logged."""

_log = get_logger(__name__)


@dataclass(slots=True)
class Refusals:
    """`note` costs a look into a dictionary; `run` is the task that writes."""

    engine: AsyncEngine
    clock: Clock
    every_seconds: float = EVERY_SECONDS
    _gathered: dict[tuple[UUID, UUID, str, str], Refusal] = field(default_factory=dict)
    _of_organization: dict[UUID, int] = field(default_factory=dict)
    _dropped: int = 0

    def note(self, caller: Caller, action: str, code: str, origin: Origin, request_id: str | None) -> None:
        """Somebody who is known was refused something."""
        key = (caller.org_id, caller.actor.id, action, code)
        known = self._gathered.get(key)
        if known is not None:
            known.count += 1
            return
        gathered = self._of_organization.get(caller.org_id, 0)
        if gathered >= PER_ORGANIZATION_MAX:
            self._dropped += 1
            return
        self._of_organization[caller.org_id] = gathered + 1
        self._gathered[key] = Refusal(caller, action, code, self.clock.wall(), request_id, origin.ip, origin.user_agent)

    async def run(self) -> None:
        """Until cancelled; what is gathered then is written as well."""
        try:
            while True:
                await asyncio.sleep(self.every_seconds)
                await self._write()
        finally:
            await self._write()

    async def _write(self) -> None:
        gathered, self._gathered, self._of_organization = self._gathered, {}, {}
        dropped, self._dropped = self._dropped, 0
        if dropped:
            _log.warning("refusals_dropped", refusals=dropped)
        if not gathered:
            return
        try:
            await record_refusals(self.engine, list(gathered.values()))
        except Exception as error:
            if not is_unavailable(error):
                raise
            _log.warning("refusals_not_recorded", refusals=len(gathered), error=type(error).__name__)
