"""A receiver that costs next to nothing and notes what came when. `python -m bench.receiving` prints its port, and serves until SIGTERM.

POST anywhere: 204, at once; below /hang never, below /busy 503. GET tells what has come by path since the last DELETE, with how long each
first delivery took from its fact's own time.
"""

from __future__ import annotations

import asyncio
import re
import socket
import sys
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, cast

import msgspec
import uvloop

from usageflow_common.clock import Clock

_LENGTH: Final = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
_TIMESTAMP: Final = re.compile(rb'"timestamp":"([^"]+)"')
_DONE: Final = b"HTTP/1.1 204 No Content\r\n\r\n"
_BUSY: Final = b"HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n"


class Seen(msgspec.Struct):
    """What came on a path: instants in seconds since 1970, and milliseconds from the fact until it was here."""

    count: int = 0
    first_at: float = 0.0
    last_at: float = 0.0
    waits_ms: list[float] = msgspec.field(default_factory=list)


@dataclass
class _Connection(asyncio.Protocol):
    seen: dict[str, Seen]
    clock: Clock
    transport: asyncio.Transport | None = None
    buffer: bytearray = field(default_factory=bytearray)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)  # uvloop's is none by class

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        while (end := self.buffer.find(b"\r\n\r\n")) >= 0:
            head = bytes(self.buffer[:end])
            found = _LENGTH.search(head)
            length = int(found[1]) if found else 0
            if len(self.buffer) < end + 4 + length:
                return
            body = bytes(self.buffer[end + 4 : end + 4 + length])
            del self.buffer[: end + 4 + length]
            method, path, _ = head.split(b"\r\n", 1)[0].decode().split(" ")
            self._write(self._answer(method, path, body))

    def _write(self, answer: bytes) -> None:
        if self.transport is not None:
            self.transport.write(answer)

    def _answer(self, method: str, path: str, body: bytes) -> bytes:
        if method == "GET":
            told = msgspec.json.encode(self.seen)
            return b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n" % len(told) + told
        if method == "DELETE":
            self.seen.clear()
            return _DONE
        self._note(path, body)
        if path.startswith("/hang"):
            return b""
        return _BUSY if path.startswith("/busy") else _DONE

    def _note(self, path: str, body: bytes) -> None:
        now = self.clock.wall().timestamp()
        seen = self.seen.setdefault(path, Seen(first_at=now))
        seen.count += 1
        seen.last_at = now
        if told := _TIMESTAMP.search(body):
            seen.waits_ms.append((now - datetime.fromisoformat(told[1].decode()).timestamp()) * 1000)


async def serve() -> None:
    """On a free port of 127.0.0.1 that is printed first."""
    seen: dict[str, Seen] = {}
    with socket.create_server(("127.0.0.1", 0), backlog=2048) as listener:
        server = await asyncio.get_running_loop().create_server(lambda: _Connection(seen, Clock()), sock=listener)
        sys.stdout.write(f"{listener.getsockname()[1]}\n")
        sys.stdout.flush()
        await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(serve())
