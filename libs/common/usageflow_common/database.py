"""PostgreSQL: the engine of a service, its transactions, and the way to asyncpg for hot statements."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, Literal, TypeAlias, TypeVar

import asyncpg
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

Transaction: TypeAlias = AsyncConnection
"""An open transaction: what every function of a store takes first."""

RawConnection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"
Isolation = Literal["READ COMMITTED", "REPEATABLE READ"]
R = TypeVar("R")


def schema_metadata(schema: str) -> sa.MetaData:
    """Metadata of a service's tables: everything in its schema, every constraint named by one convention."""
    raise NotImplementedError


def create_engine(url: str, *, application_name: str, pool_size: int = 10) -> AsyncEngine:
    """An engine on asyncpg (`postgresql://` URLs are taken), search_path = the role's schema, transaction_timeout 30 s, UTC, JSON by msgspec."""
    raise NotImplementedError


@asynccontextmanager
async def transaction(
    engine: AsyncEngine, isolation: Isolation = "READ COMMITTED", *, read_only: bool = False
) -> AsyncIterator[Transaction]:
    """One transaction, really begun before the body runs, so that raw statements belong to it; commit at the end, rollback on any exception."""
    raise NotImplementedError
    yield


async def raw(tx: Transaction) -> RawConnection:
    """The asyncpg connection inside the transaction, for COPY and array statements."""
    raise NotImplementedError


async def retry_conflicts(work: Callable[[], Awaitable[R]], *, attempts: int = 5) -> R:
    """Run a whole unit of work again after a serialization failure or a deadlock; the last error is raised."""
    raise NotImplementedError


def constraint_of(error: BaseException) -> str | None:
    """The name of the constraint that an IntegrityError broke."""
    raise NotImplementedError


Row: TypeAlias = sa.Row[Any]
