"""The storm's receivers: one server on loopback that answers each path in its turns, and books of what came and what was answered."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import socket
import struct
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Final, assert_never

from chaos.moods import PATHS, Mood, Moods

_ANSWERS: Final[Mapping[Mood, bytes]] = {
    "fine": b"HTTP/1.1 204 No Content\r\n\r\n",
    "broken": b"HTTP/1.1 500 Internal Server Error\r\ncontent-length: 0\r\n\r\n",
    "busy": b"HTTP/1.1 503 Service Unavailable\r\nretry-after: 1\r\ncontent-length: 0\r\n\r\n",
    "gone": b"HTTP/1.1 410 Gone\r\ncontent-length: 0\r\n\r\n",
}
_HEAD_BYTES_MAX: Final = 64 * 1024


@dataclass(frozen=True, slots=True)
class Request:
    """One request as it came: which fact by its id, the digest of its bytes, and the mood that met it."""

    path: str
    webhook_id: str
    body_digest: bytes
    mood: Mood


class Receiver:
    """What came, in order. `secrets` by path: until an endpoint's is known, nothing of it is checked."""

    def __init__(self, seed: int) -> None:
        self._moods = {path: Moods(seed, path) for path in PATHS}
        self._writers: set[asyncio.StreamWriter] = set()
        self.requests: list[Request] = []
        self.forged: list[str] = []
        """Ids of requests whose signature was not right."""
        self.secrets: dict[str, str] = {}
        self.url = ""

    def calm(self) -> None:
        """From now on everybody answers; who was left hanging is cut off."""
        for moods in self._moods.values():
            moods.calm()
        for writer in list(self._writers):
            writer.transport.abort()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, until either side ends it."""
        self._writers.add(writer)
        try:
            while await self._serve_one(reader, writer):
                pass
        except (OSError, asyncio.IncompleteReadError):
            return  # the worker was killed, or has hung up
        finally:
            self._writers.discard(writer)
            writer.close()
            with suppress(OSError, asyncio.CancelledError):
                await writer.wait_closed()

    async def _serve_one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:-2])}
        body = await reader.readexactly(int(headers["content-length"]))
        path = head[0].split(" ")[1]
        mood = self._note(path, headers, body)
        match mood:
            case "fine" | "broken" | "busy" | "gone":
                writer.write(_ANSWERS[mood])
                await writer.drain()
                return True
            case "hanging":
                await reader.read()  # until the other side gives up
                return False
            case "resetting":
                opened: socket.socket = writer.get_extra_info("socket")
                opened.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                writer.transport.abort()
                return False
            case never:
                assert_never(never)

    def _note(self, path: str, headers: Mapping[str, str], body: bytes) -> Mood:
        webhook_id, mood = headers["webhook-id"], self._moods[path].next()
        self.requests.append(Request(path, webhook_id, hashlib.sha256(body).digest(), mood))
        secret = self.secrets.get(path)
        if secret is not None and not is_genuine(secret, headers, body):
            self.forged.append(webhook_id)
        return mood


def is_genuine(secret: str, headers: Mapping[str, str], body: bytes) -> bool:
    """As standardwebhooks.com has it, by arithmetic of its own."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    expected = "v1," + base64.b64encode(hmac.digest(key, signed, "sha256")).decode()
    return expected in headers["webhook-signature"].split(" ")


@asynccontextmanager
async def open_receiver(seed: int) -> AsyncIterator[Receiver]:
    """On a free port, until the end of the block."""
    receiver = Receiver(seed)
    server = await asyncio.start_server(receiver.serve, "127.0.0.1", 0, limit=_HEAD_BYTES_MAX)
    receiver.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield receiver
    finally:
        server.close()
        receiver.calm()
        await server.wait_closed()
