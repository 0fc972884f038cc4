"""A client's body on its way through: as it comes, never more than a piece of it in memory."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Final

from starlette.requests import ClientDisconnect
from starlette.types import Receive

from usageflow_common.errors import BodyTooLarge, UsageflowError
from usageflow_common.http.bodies import PROGRESS_BYTES_MIN

BATCH_BYTES_MAX: Final = 8 * 2**20


class Upload:
    """Reads `receive` for whoever sends the body on, and afterwards tells when the client leaves.

    Only one of them may read at a time; the second begins where the first has ended.
    """

    def __init__(self, receive: Receive, *, limit_bytes: int | None, progressed: Callable[[], None] | None) -> None:
        """`limit_bytes` None: any length. `progressed` is called for each KiB and at the end; None: nobody asks."""
        self._receive = receive
        self._limit_bytes = limit_bytes
        self._progressed = progressed
        self._unreported = 0
        self._read = asyncio.Event()
        self._left = False
        self.failure: UsageflowError | None = None
        """Why the body was cut off by us: the one who sends it on only sees a broken stream."""

    async def pieces(self) -> AsyncIterator[bytes]:
        """The body. Raises BodyTooLarge, kept in `failure` as well, or ClientDisconnect."""
        length = 0
        more = True
        while more:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                self._left = True
                self._read.set()
                raise ClientDisconnect
            piece: bytes = message.get("body", b"")
            more = message.get("more_body", False)
            length += len(piece)
            if self._limit_bytes is not None and length > self._limit_bytes:
                self.failure = BodyTooLarge(f"At most {self._limit_bytes} bytes.")
                raise self.failure
            self._report(len(piece), whole=not more)
            if piece:
                yield piece
        self._read.set()

    def _report(self, length: int, *, whole: bool) -> None:
        """A client that sends a byte now and then makes no progress."""
        self._unreported += length
        if self._progressed is not None and (whole or self._unreported >= PROGRESS_BYTES_MIN):
            self._unreported = 0
            self._progressed()

    async def client_left(self) -> None:
        """Return when the client has gone."""
        await self._read.wait()
        while not self._left:
            self._left = (await self._receive())["type"] == "http.disconnect"


async def client_left(receive: Receive) -> None:
    """Return when the client has gone; for requests whose body was read before."""
    while (await receive())["type"] != "http.disconnect":
        pass
