"""What a Kubernetes Service is to the processes behind it: connections go to those that are there, in turn."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

HOST: Final = "127.0.0.1"
_BLOCK_BYTES: Final = 2**16


class Balancer:
    """One address in front of several ports of this machine. New connections only; those that are open stay where they are."""

    def __init__(self, ports: list[int]) -> None:
        self._ports = ports
        self._turn = 0
        self.port = 0

    @property
    def url(self) -> str:
        """Where clients go."""
        return f"http://{HOST}:{self.port}"

    def leave_out(self, port: int) -> None:
        """No further connection goes there: what happens first to a pod that is to end."""
        self._ports.remove(port)

    def take_in(self, port: int) -> None:
        """It is ready (again)."""
        self._ports.append(port)

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Balancer]:
        """Listen meanwhile."""
        server = await asyncio.start_server(self._carry, HOST, 0)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there = await self._connect()
        if there is None:
            writer.transport.abort()
            return
        await asyncio.gather(_copy(reader, there[1]), _copy(there[0], writer))

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter] | None:
        for _ in range(len(self._ports)):
            self._turn += 1
            with contextlib.suppress(OSError):
                return await asyncio.open_connection(HOST, self._ports[self._turn % len(self._ports)])
        return None


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Until one side has ended; then the other one is told."""
    with contextlib.suppress(OSError):
        while block := await reader.read(_BLOCK_BYTES):
            writer.write(block)
            await writer.drain()
    with contextlib.suppress(OSError):
        writer.close()
