"""The statements of real transactions, kept as they were sent, so that they can be sent again with nothing around them.

The baseline of counting is then the very SQL of the aggregator, with the very arguments, whatever the aggregator becomes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any, Final, assert_never

import asyncpg
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from usageflow_aggregator.store.positions import ADVANCE
from usageflow_common.database import SESSION_SETTINGS, RawConnection

_EVENTS: Final = "usage_events_"
"""Each day of them is a table."""


@dataclass(frozen=True, slots=True)
class Query:
    """A statement with its arguments."""

    text: str
    arguments: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Copy:
    """Rows for a table, in PostgreSQL's binary form."""

    table: str
    columns: Sequence[str]
    rows: bytes
    copied: int


Statement = Query | Copy


@dataclass(frozen=True, slots=True)
class CountingTransaction:
    """What was sent between BEGIN and COMMIT to count one batch."""

    partition: int
    statements: tuple[Statement, ...]

    @property
    def events(self) -> int:
        """How many events were new."""
        return sum(each.copied for each in self.statements if isinstance(each, Copy) and each.table.startswith(_EVENTS))


class RecordingConnection(asyncpg.Connection):
    """A connection that keeps what it is asked to do."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.statements: list[Statement] = []

    async def execute(self, query: str, *args: Any, **named: Any) -> str:
        """As asyncpg's own."""
        self.statements.append(Query(query, args))
        return await super().execute(query, *args, **named)

    async def fetch(self, query: str, *args: Any, **named: Any) -> Any:
        """As asyncpg's own."""
        self.statements.append(Query(query, args))
        return await super().fetch(query, *args, **named)

    async def fetchrow(self, query: str, *args: Any, **named: Any) -> Any:
        """As asyncpg's own."""
        self.statements.append(Query(query, args))
        return await super().fetchrow(query, *args, **named)

    async def copy_to_table(self, table_name: str, *, source: Any, columns: Any = None, **named: Any) -> str:
        """As asyncpg's own."""
        rows = source.read()
        status = await super().copy_to_table(table_name, source=BytesIO(rows), columns=columns, **named)
        self.statements.append(Copy(table_name, tuple(columns), rows, int(status.removeprefix("COPY "))))
        return status


class Recorder:
    """Makes an engine whose connections are kept with what they were asked to do."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._connections: list[RecordingConnection] = []
        self.engine: AsyncEngine = create_async_engine("postgresql+asyncpg://", async_creator=self._connect)

    async def _connect(self) -> RecordingConnection:
        connection: RecordingConnection = await asyncpg.connect(
            self._url, connection_class=RecordingConnection, server_settings=dict(SESSION_SETTINGS)
        )
        self._connections.append(connection)
        return connection

    def counting_transactions(self) -> list[CountingTransaction]:
        """Of all committed transactions those that counted a batch, for each partition in the order of the log."""
        found = [
            CountingTransaction(first.arguments[0], statements)
            for connection in self._connections
            for statements in committed(connection.statements)
            if isinstance(first := statements[0], Query) and first.text == ADVANCE
        ]
        return sorted(found, key=lambda each: (each.partition, _asked(each)))


def committed(statements: Iterable[Statement]) -> Iterator[tuple[Statement, ...]]:
    """What stands between each BEGIN and its COMMIT; what was rolled back is left out."""
    inside: list[Statement] = []
    for statement in statements:
        match statement:
            case Query(text=text) if text.startswith(("BEGIN", "ROLLBACK")):
                inside = []
            case Query(text=text) if text.startswith("COMMIT"):
                if inside:
                    yield tuple(inside)
                inside = []
            case _:
                inside.append(statement)


async def replay(connection: RawConnection, transactions: Iterable[CountingTransaction]) -> None:
    """Send the transactions again, one after the other."""
    for each in transactions:
        async with connection.transaction():
            for statement in each.statements:
                match statement:
                    case Query(text=text, arguments=arguments):
                        await connection.fetch(text, *arguments)
                    case Copy(table=table, columns=columns, rows=rows):
                        source = BytesIO(rows)
                        await connection.copy_to_table(table, source=source, columns=list(columns), format="binary")
                    case _:
                        assert_never(statement)


def _asked(transaction: CountingTransaction) -> int:
    advance = transaction.statements[0]
    asked: int = advance.arguments[1] if isinstance(advance, Query) else 0
    return asked
