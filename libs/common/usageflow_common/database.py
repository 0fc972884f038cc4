"""PostgreSQL: the engine of a service, its transactions, and the way to asyncpg for hot statements.

A statement without a transaction does not exist here: `transaction` has really begun one before its body runs.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from decimal import Decimal
from typing import Any, Final, Literal, TypeAlias, TypeVar
from uuid import UUID

import asyncpg
import msgspec
import sqlalchemy as sa
from sqlalchemy import event, exc
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import AsyncAdaptedQueuePool

Transaction: TypeAlias = AsyncConnection
"""An open transaction: what every function of a store takes first."""

RawConnection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"
Row: TypeAlias = sa.Row[Any]
Isolation = Literal["READ COMMITTED", "REPEATABLE READ"]
R = TypeVar("R")

NAMING: Final[Mapping[str, str]] = {
    "pk": "pk_%(table_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
}
SESSION_SETTINGS: Final[Mapping[str, str]] = {
    "timezone": "UTC",
    # A transaction that hangs keeps the outbox's rows behind it invisible, and its locks: it ends, whatever it does.
    "transaction_timeout": "30s",
    "statement_timeout": "25s",
    "idle_in_transaction_session_timeout": "15s",
    "lock_timeout": "10s",
    # Our statements are short; compiling one costs more than running it.
    "jit": "off",
    # A session whose client's machine is gone gives its locks back within half a minute.
    "tcp_keepalives_idle": "10",
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "4",
}
_BEGIN: Final = f"SET LOCAL transaction_timeout = '{SESSION_SETTINGS['transaction_timeout']}'"
FENCED_ORGANIZATION: Final = "usageflow.org_id"
"""The setting by which policies know whose rows a reader may see."""
_BEGIN_FENCED: Final = (
    f"SELECT set_config('transaction_timeout', '{SESSION_SETTINGS['transaction_timeout']}', true),"
    f" set_config('{FENCED_ORGANIZATION}', $1, true), set_config('role', session_user || '_reader', true)"
)
_CONNECT_SECONDS: Final = 5.0
_COMMAND_SECONDS: Final = 40.0  # above every limit of the server: it is for a network that swallows the answer

_CONFLICTS: Final = frozenset({"40001", "40P01"})  # serialization_failure, deadlock_detected
# Classes: connection exceptions, insufficient resources, operator intervention. Then: time limits of the session.
_AWAY_CLASSES: Final = ("08", "53", "57")
_AWAY_STATES: Final = frozenset({"25P03", "25P04", "55P03"})

_ENCODER: Final = msgspec.json.Encoder(decimal_format="number", uuid_format="canonical")
_DECODER: Final = msgspec.json.Decoder(float_hook=Decimal)


def schema_metadata(schema: str) -> sa.MetaData:
    """Metadata of a service's tables: everything in its schema, every constraint named by one convention."""
    return sa.MetaData(schema=schema, naming_convention=dict(NAMING))


def any_of(column: sa.ColumnElement[Any], values: Collection[object]) -> sa.ColumnElement[bool]:
    """Whether a column is one of some values, as one array parameter: IN would make a statement of its own for each number of them."""
    return column == sa.any_(sa.bindparam(None, list(values), ARRAY(column.type), unique=True))


def json_text(value: object) -> str:
    """JSON for a json or jsonb parameter of a raw statement (and of COPY); what comes back is decoded already.

    Decimals are written as numbers with all their digits.
    """
    return _ENCODER.encode(value).decode()


def create_engine(url: str, *, application_name: str, pool_size: int = 10) -> AsyncEngine:
    """An engine on asyncpg (`postgresql://` URLs are taken), search_path = the role's schema, transaction_timeout 30 s, UTC, JSON by msgspec.

    In JSON, numbers with a fraction or an exponent are Decimal. At most `pool_size` connections; whoever waits
    longer than 10 s for one gets sqlalchemy.exc.TimeoutError.
    """
    engine = create_async_engine(
        "postgresql+asyncpg://",
        # asyncpg reads the URL itself, so that `sslmode` and several hosts mean here what they mean to libpq.
        async_creator=lambda: connect(url, application_name=application_name),
        poolclass=AsyncAdaptedQueuePool,
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=10,
        pool_use_lifo=True,
        json_serializer=json_text,
        json_deserializer=_DECODER.decode,
        # an error of a statement is logged, and its values may be secrets
        hide_parameters=True,
    )
    event.listen(engine.sync_engine, "checkout", _refuse_closed)
    return engine


async def connect(
    url: str,
    *,
    application_name: str,
    settings: Mapping[str, str] | None = None,
    command_seconds: float | None = _COMMAND_SECONDS,
) -> RawConnection:
    """A connection of one's own, outside any pool, with the session settings of the house; `settings` go on top."""
    connection: RawConnection = await asyncpg.connect(
        url,
        timeout=_CONNECT_SECONDS,
        command_timeout=command_seconds,
        server_settings={**SESSION_SETTINGS, "application_name": application_name[:63], **(settings or {})},
    )
    return connection


@asynccontextmanager
async def transaction(
    engine: AsyncEngine, isolation: Isolation = "READ COMMITTED", *, read_only: bool = False
) -> AsyncIterator[Transaction]:
    """One transaction, really begun before the body runs, so that raw statements belong to it; commit at the end, rollback on any exception."""
    begun, connection = await _begin_surely(engine, isolation, read_only=read_only, first=(_BEGIN, ()))
    async with begun:
        yield connection


@asynccontextmanager
async def reading(
    engine: AsyncEngine, org_id: UUID, isolation: Isolation = "READ COMMITTED"
) -> AsyncIterator[Transaction]:
    """A transaction that only reads, as the service's role of readers: it sees what is fenced (`ServiceSchema.fenced`) of one organization,
    whatever a query says, and no other table.
    """
    begun, connection = await _begin_surely(engine, isolation, read_only=True, first=(_BEGIN_FENCED, (str(org_id),)))
    async with begun:
        yield connection


async def raw(tx: Transaction) -> RawConnection:
    """The asyncpg connection inside the transaction, for COPY and array statements. Its errors are asyncpg's own."""
    adapted = await tx.get_raw_connection()
    connection: RawConnection | None = adapted.driver_connection
    if connection is None or not connection.is_in_transaction():
        raise RuntimeError("A raw statement outside a transaction would commit by itself.")
    return connection


async def retry_conflicts(work: Callable[[], Awaitable[R]], *, attempts: int = 5) -> R:
    """Run a whole unit of work again after a serialization failure or a deadlock; the last error is raised."""
    for attempt in range(1, attempts):
        try:
            return await work()
        except (exc.DBAPIError, asyncpg.PostgresError) as error:
            if sqlstate_of(error) not in _CONFLICTS:
                raise
        # Spread out, or the same ones meet again.
        await asyncio.sleep(random.uniform(0.005, 0.02) * attempt)  # noqa: S311 -- chance, not secrecy
    return await work()


def constraint_of(error: BaseException) -> str | None:
    """The name of the constraint that an IntegrityError (or asyncpg's own error) broke."""
    name = getattr(_driver_error(error), "constraint_name", None)
    return name if isinstance(name, str) else None


def sqlstate_of(error: BaseException) -> str | None:
    """PostgreSQL's five-character code of an error, SQLAlchemy's or asyncpg's; None when the server did not speak."""
    state = getattr(_driver_error(error), "sqlstate", None)
    return state if isinstance(state, str) else None


def is_unavailable(error: BaseException) -> bool:
    """Whether PostgreSQL was away, full or too slow, so that the outcome is unknown and the same request may be sent again."""
    match error:
        case exc.TimeoutError() | asyncpg.InterfaceError() | OSError() | TimeoutError():
            return True
        case exc.DBAPIError() if error.connection_invalidated or isinstance(error, exc.InterfaceError):
            return True
        case exc.DBAPIError() | asyncpg.PostgresError():
            state = sqlstate_of(error) or ""
            return state.startswith(_AWAY_CLASSES) or state in _AWAY_STATES | _CONFLICTS
        case _:
            return False


async def _begin_surely(
    engine: AsyncEngine, isolation: Isolation, *, read_only: bool, first: tuple[str, tuple[str, ...]]
) -> tuple[AsyncExitStack, AsyncConnection]:
    """As `_begin`, once more where the connection was dead."""
    try:
        return await _begin(engine, isolation, read_only=read_only, first=first)
    except exc.DBAPIError as error:
        if not error.connection_invalidated:
            raise
        # It died in the pool and nobody had noticed yet. Nothing was done on it, and the pool has dropped its like.
        return await _begin(engine, isolation, read_only=read_only, first=first)


async def _begin(
    engine: AsyncEngine, isolation: Isolation, *, read_only: bool, first: tuple[str, tuple[str, ...]]
) -> tuple[AsyncExitStack, AsyncConnection]:
    """A connection in a transaction, and what ends both. `first` is the statement that begins it, with its parameters."""
    async with AsyncExitStack() as stack:
        connection = await stack.enter_async_context(engine.connect())
        if isolation != "READ COMMITTED":
            await connection.execution_options(isolation_level=isolation)
        if read_only:
            await connection.execution_options(postgresql_readonly=True)
        await stack.enter_async_context(connection.begin())
        # The dialect sends BEGIN with its first statement; without one, a raw statement would commit by itself.
        # SET takes no snapshot: the body's first statement still decides what a REPEATABLE READ body sees. (A reader's SELECT takes it.)
        await connection.exec_driver_sql(*first)
        return stack.pop_all(), connection


def _driver_error(error: BaseException) -> BaseException:
    """asyncpg's error behind SQLAlchemy's: the cause of the one that the dialect translated it to."""
    if isinstance(error, exc.DBAPIError) and error.orig is not None:
        return error.orig.__cause__ or error.orig
    return error


def _refuse_closed(adapted: Any, _record: object, _proxy: object) -> None:
    """Connections that a restart of PostgreSQL closed are replaced before they are used: a ping without the network."""
    if adapted.driver_connection.is_closed():
        raise exc.InvalidatePoolError
