"""Statements that wait for a scheduler's word: a worker's connections stop in front of each statement and of COMMIT.

What is between two statements of the real code is atomic here, and everything that other sessions do may come in between.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable

import asyncpg

from usageflow_common.database import SESSION_SETTINGS

# They take no lock and change nothing that others could see.
_FREE = re.compile(r"\s*(BEGIN|ROLLBACK|SET LOCAL|SELECT pg_advisory_unlock_all|RESET|CLOSE|UNLISTEN)", re.I)
Rewrite = Callable[[str], str]


class Gate:
    """The place where one worker waits. `at` is the statement in front of which it stands."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.at: str | None = None
        self.arrived = asyncio.Event()
        self.rewrite: Rewrite = str
        self.connections: list[SteppedConnection] = []
        self._go: asyncio.Future[None] | None = None

    async def __call__(self, query: str) -> None:
        """Wait for `release`, unless the statement is free."""
        if _FREE.match(query):
            return
        self.at = query
        self._go = asyncio.get_running_loop().create_future()
        self.arrived.set()
        await self._go

    def release(self) -> None:
        """Let the statement run."""
        assert self._go is not None
        self._pass().set_result(None)

    def refuse(self) -> None:
        """The connection is gone: the statement never runs."""
        if self.at is not None:
            self._pass().set_exception(asyncpg.ConnectionDoesNotExistError("killed by the scheduler"))

    def _pass(self) -> asyncio.Future[None]:
        go = self._go
        assert go is not None
        self._go, self.at = None, None
        self.arrived.clear()
        return go

    @property
    def pids(self) -> list[int]:
        """The backends of this worker."""
        self.connections = [each for each in self.connections if not each.is_closed()]
        return [each.get_server_pid() for each in self.connections]

    async def connect(self, url: str) -> SteppedConnection:
        """A session of the house that stops at this gate: what `usageflow_common.database.connect` is for an engine."""
        connection = await asyncpg.connect(
            url,
            timeout=20,
            ssl=False,
            connection_class=SteppedConnection,
            server_settings={**SESSION_SETTINGS, "application_name": f"schedule {self.name}"},
        )
        connection.gate = self
        self.connections.append(connection)
        return connection


class SteppedConnection(asyncpg.Connection):
    """asyncpg's connection, stopping at its gate; the gate may also rewrite a statement, to switch a rule off."""

    gate: Gate | None = None

    async def _stop(self, query: str) -> str:
        if self.gate is None:
            return query
        query = self.gate.rewrite(query)
        await self.gate(query)
        return query

    async def execute(self, query, *args, **options):
        return await super().execute(await self._stop(query), *args, **options)

    async def executemany(self, command, args, **options):
        return await super().executemany(await self._stop(command), args, **options)

    async def fetch(self, query, *args, **options):
        return await super().fetch(await self._stop(query), *args, **options)

    async def fetchrow(self, query, *args, **options):
        return await super().fetchrow(await self._stop(query), *args, **options)

    async def fetchval(self, query, *args, **options):
        return await super().fetchval(await self._stop(query), *args, **options)

    async def fetchmany(self, query, args, **options):
        return await super().fetchmany(await self._stop(query), args, **options)

    async def prepare(self, query, **options):
        return await super().prepare(await self._stop(query), **options)

    async def copy_records_to_table(self, table_name, **options):
        await self._stop(f"COPY {table_name}")
        return await super().copy_records_to_table(table_name, **options)
