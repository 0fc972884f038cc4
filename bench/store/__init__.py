"""What is asked of PostgreSQL between two readings of the clock."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping
from typing import Final
from uuid import UUID

from usageflow_common.database import RawConnection

_COUNTED: Final = "SELECT partition, next_offset FROM aggregator.consumer_offsets"
_APPLIED: Final = "SELECT partition, applied FROM invoicer.applied_offsets"
_WRITTEN: Final = "SELECT (pg_current_wal_lsn() - '0/0')::bigint"
_AT_REST: Final = "SELECT pg_database_size(current_database())"
_ORGANIZATION: Final = "SELECT org_id FROM gateway.organizations ORDER BY org_id LIMIT 1"
_BACKEND: Final = "SELECT pg_backend_pid()"
_CREATE: Final = "CREATE DATABASE {}"
_COPY: Final = "CREATE DATABASE {} TEMPLATE {}"
_DROP: Final = "DROP DATABASE IF EXISTS {} WITH (FORCE)"

Positions = Mapping[int, int]
"""Partition of events.raw → the next offset."""


async def read_counted(connection: RawConnection) -> Positions:
    """How far the aggregator has counted."""
    return {row[0]: row[1] for row in await connection.fetch(_COUNTED)}


async def read_applied(connection: RawConnection) -> Positions:
    """How far the invoicer has applied what was counted."""
    return {row[0]: row[1] for row in await connection.fetch(_APPLIED)}


async def have_reached(reading: Awaitable[Positions], ends: Positions) -> bool:
    """Whether every partition stands at its end, or beyond."""
    there = await reading
    return all(there.get(partition, -1) >= end for partition, end in ends.items())


async def read_wal_bytes(connection: RawConnection) -> int:
    """Bytes of write-ahead log since the server was made."""
    written: int = await connection.fetchval(_WRITTEN)
    return written


async def read_bytes_at_rest(connection: RawConnection) -> int:
    """Bytes of all tables and indexes."""
    at_rest: int = await connection.fetchval(_AT_REST)
    return at_rest


async def read_organization(connection: RawConnection) -> UUID:
    """The id of the one organization that a throw-away system has."""
    org_id: UUID = await connection.fetchval(_ORGANIZATION)
    return org_id


async def read_backend(connection: RawConnection) -> int:
    """The process of PostgreSQL that serves this connection."""
    backend: int = await connection.fetchval(_BACKEND)
    return backend


async def create_database(connection: RawConnection, name: str, *, template: str | None = None) -> None:
    """An empty database, or a copy of one that nobody is connected to."""
    await connection.execute(_CREATE.format(name) if template is None else _COPY.format(name, template))


async def drop_database(connection: RawConnection, name: str) -> None:
    """Gone, with whoever is connected."""
    await connection.execute(_DROP.format(name))
