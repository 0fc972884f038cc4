"""The database under the schedules: two engines whose statements are stepped, and the owner's hand for everything else."""

from __future__ import annotations

from dataclasses import dataclass, field
from unittest.mock import patch

import asyncpg
from schedule_gate import Gate
from sqlalchemy.ext.asyncio import AsyncEngine

from usageflow_aggregator.tables import SCHEMA, metadata
from usageflow_common import database
from usageflow_common.testing import ServiceDatabase

_TABLES = [table.name for table in reversed(metadata.sorted_tables)]


@dataclass
class Stage:
    """`owner` may do anything. `gates` and `engines` are the two workers'; `quiet` is an engine that is never stepped, as `owner` is."""

    owner: asyncpg.Connection
    gates: tuple[Gate, Gate]
    engines: tuple[AsyncEngine, AsyncEngine]
    quiet: AsyncEngine
    _connecting: object
    _first_generations: list = field(default_factory=list)

    @classmethod
    async def open(cls, service: ServiceDatabase) -> Stage:
        """Connect."""
        gates = (Gate("first"), Gate("second"))
        owner = await asyncpg.connect(service.owner_url, server_settings={"search_path": "aggregator"}, timeout=20)
        # Deletes what is append-only, and copies rows back in any order.
        await owner.execute("SET session_replication_role = replica")
        by_name = {f"schedule {gate.name}": gate for gate in gates}
        usual = database.connect

        async def connect(url: str, *, application_name: str, **options: object) -> asyncpg.Connection:
            if application_name in by_name:
                return await by_name[application_name].connect(url)
            return await usual(url, application_name=application_name, **options)

        # The house's own engines, on sessions that stop.
        connecting = patch.object(database, "connect", connect)
        connecting.start()
        engines = tuple(database.create_engine(service.url, application_name=name, pool_size=2) for name in by_name)
        return cls(owner, gates, engines, service.engine, connecting)

    async def close(self) -> None:
        """Disconnect."""
        for engine in self.engines:
            await engine.dispose()
        self._connecting.stop()
        await self.owner.close()

    async def empty(self) -> None:
        """As after the migration, without partitions."""
        if not self._first_generations:
            self._first_generations = await self.owner.fetch("SELECT * FROM key_generations")
        await self._delete_all(self._first_generations)
        await self._fill("key_generations", self._first_generations)

    async def back_up(self) -> dict[str, list]:
        """Every row of the schema."""
        return {table: await self.owner.fetch(f"SELECT * FROM {table}") for table in _TABLES}

    async def restore(self, backup: dict[str, list]) -> None:
        """Exactly these rows, and no others. Nobody else may be in the database."""
        async with self.owner.transaction():
            await self._delete_all(backup["key_generations"])
            for table in reversed(_TABLES):
                await self._fill(table, backup[table])

    async def _delete_all(self, generations: list) -> None:
        """Every row, and the ledger's generations beyond these."""
        kept = {row["generation"] for row in generations}
        begun = await self.owner.fetch("SELECT generation FROM key_generations")
        gone = [f"DROP TABLE event_keys_{row['generation']}" for row in begun if row["generation"] not in kept]
        await self.owner.execute(";".join([*(f"DELETE FROM {table}" for table in _TABLES), *gone]))

    async def _fill(self, table: str, rows: list) -> None:
        if rows:
            await self.owner.copy_records_to_table(
                table, schema_name=SCHEMA.service, records=[tuple(row) for row in rows], columns=list(rows[0].keys())
            )

    async def is_blocked(self, gate: Gate) -> bool:
        """Whether a backend of this worker waits for another's lock."""
        return await self.owner.fetchval(
            "SELECT coalesce(bool_or(pg_blocking_pids(pid) <> '{}'), false) FROM unnest($1::integer[]) AS pid",
            gate.pids,
        )

    async def block_each_other(self, one: Gate, other: Gate) -> bool:
        """Whether each of two workers waits for a lock that the other holds."""
        return await self.owner.fetchval(
            """
            SELECT (SELECT coalesce(bool_or(pg_blocking_pids(pid) && $2::integer[]), false) FROM unnest($1::integer[]) AS pid)
               AND (SELECT coalesce(bool_or(pg_blocking_pids(pid) && $1::integer[]), false) FROM unnest($2::integer[]) AS pid)""",
            one.pids,
            other.pids,
        )

    async def is_locked(self, partition: int) -> bool:
        """Whether somebody counts the partition at this moment."""
        free = "SELECT 1 FROM consumer_offsets WHERE partition = $1 FOR UPDATE SKIP LOCKED"
        return await self.owner.fetchval(free, partition) is None

    async def kill(self, gate: Gate) -> None:
        """End the worker's sessions, as the server sees it when the worker's process is killed; return when they are gone."""
        await self.owner.fetch("SELECT pg_terminate_backend(pid, 10000) FROM unnest($1::integer[]) AS pid", gate.pids)
