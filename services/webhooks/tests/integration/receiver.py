"""A receiver on loopback that misbehaves as its path says: a real socket, and what it was sent is kept."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

TLS_HANDSHAKE = b"\x16"
Behaviour = Callable[[asyncio.StreamWriter], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Received:
    """One request as it came in. Header names are in lower case."""

    path: str
    headers: dict[str, str]
    body: bytes


def answers(head: str, body: bytes = b"") -> Behaviour:
    """A status line, further header lines, and a body with its length."""

    async def behave(writer: asyncio.StreamWriter) -> None:
        lines = f"HTTP/1.1 {head}\r\ncontent-length: {len(body)}\r\n\r\n"
        writer.write(lines.encode() + body)
        await writer.drain()

    return behave


def writes(raw: bytes) -> Behaviour:
    """Bytes as they are, then the end."""

    async def behave(writer: asyncio.StreamWriter) -> None:
        writer.write(raw)
        await writer.drain()

    return behave


async def hangs(_writer: asyncio.StreamWriter) -> None:
    """No answer, ever."""
    await asyncio.Event().wait()


async def resets(writer: asyncio.StreamWriter) -> None:
    """A reset instead of an answer."""
    opened: socket.socket = writer.get_extra_info("socket")
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


def drips(head: bytes, drop: bytes) -> Behaviour:
    """A start, and then a few bytes at a time without end."""

    async def behave(writer: asyncio.StreamWriter) -> None:
        writer.write(head)
        while True:
            writer.write(drop)
            await writer.drain()
            await asyncio.sleep(0.02)

    return behave


async def floods(writer: asyncio.StreamWriter) -> None:
    """A body of a gigabyte, said to be one."""
    writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 1073741824\r\n\r\n")
    while True:
        writer.write(b"x" * 65536)
        await writer.drain()


@dataclass(slots=True)
class Receiver:
    """`behaviours` by path; what is not named answers 204."""

    port: int = 0
    behaviours: dict[str, Behaviour] = field(default_factory=dict)
    received: list[Received] = field(default_factory=list)

    def url(self, path: str, host: str = "127.0.0.1") -> str:
        """The address of a path."""
        return f"http://{host}:{self.port}{path}"

    def at(self, path: str) -> list[Received]:
        """What came in on a path."""
        return [one for one in self.received if one.path == path]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, one request."""
        try:
            first = await reader.readexactly(1)
            if first == TLS_HANDSHAKE:
                return await answers("400 Plain HTTP here")(writer)
            head = (first + await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:-2])}
            body = await reader.readexactly(int(headers.get("content-length", "0")))
            path = head[0].split(" ")[1]
            self.received.append(Received(path, headers, body))
            await self.behaviours.get(path, answers("204 No Content"))(writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            return None  # the other side has left
        finally:
            writer.close()
            with suppress(ConnectionError, asyncio.CancelledError):
                await writer.wait_closed()


@asynccontextmanager
async def open_receiver() -> AsyncIterator[Receiver]:
    """A receiver on a free port; connections that still hang at the end are cut."""
    receiver = Receiver()
    connections: set[asyncio.Task[None]] = set()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(receiver.serve(reader, writer))
        connections.add(task)
        task.add_done_callback(connections.discard)

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    receiver.port = server.sockets[0].getsockname()[1]
    yield receiver
    server.close()
    for task in list(connections):
        task.cancel()
    await asyncio.gather(*connections, return_exceptions=True)
    await server.wait_closed()
