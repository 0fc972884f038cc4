"""HTTP/1.1 by uvicorn, with the ends closed that it leaves open: a head has a size and a time, what cannot be read is a problem, and an
offer to speak another protocol is declined without losing the body.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Final

import httptools
import msgspec
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from usageflow_common.errors import MalformedRequest
from usageflow_common.http.problems import problem_of
from usageflow_common.ids import new_request_id

HEAD_BYTES_MAX: Final = 64 * 1024
HEAD_SECONDS_MAX: Final = 30.0

LOSS: Final = "usageflow.loss"
"""An extension of the scope: `watch` takes what is to be called when the client leaves. A task that awaits `receive` costs ten times as much."""

_OFFERS: Final = frozenset({b"upgrade", b"http2-settings"})
_NOT_HTTP: Final = "This is not HTTP/1.1."
_LONG_HEAD: Final = f"The head of a request has at most {HEAD_BYTES_MAX} bytes."


class _HeadTooLarge(Exception):
    """Raised inside the parser, which wraps it."""


class BoundedProtocol(HttpToolsProtocol):
    """One connection of a client."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._in_head = False
        self._head_bytes = 0
        self._head_timer: asyncio.TimerHandle | None = None
        self._when_lost: Callable[[], object] | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's own
        """A connection that says nothing ends like one that has nothing more to say."""
        super().connection_made(transport)
        self.timeout_keep_alive_task = self.loop.call_later(self.timeout_keep_alive, self.timeout_keep_alive_handler)

    def connection_lost(self, exc: Exception | None) -> None:
        """Without its timers, also after an error."""
        self._unset_keepalive_if_required()
        self._stop_head_timer()
        super().connection_lost(exc)
        if self._when_lost is not None:
            self._when_lost()

    def data_received(self, data: bytes) -> None:
        """Bytes of a client: parsed, unless the present head has grown too large."""
        self._unset_keepalive_if_required()
        if self._in_head:
            self._head_bytes += len(data)
            if self._head_bytes > HEAD_BYTES_MAX:
                self.send_400_response(_LONG_HEAD)
                return
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade as offer:
            self._decline(data[offer.args[0] :])
        except httptools.HttpParserError as error:
            self.send_400_response(_LONG_HEAD if isinstance(error.__context__, _HeadTooLarge) else _NOT_HTTP)
        if self._in_head and self._head_timer is None and not self.transport.is_closing():
            self._head_timer = self.loop.call_later(HEAD_SECONDS_MAX, self.transport.close)

    def on_message_begin(self) -> None:
        """The first byte of a head."""
        super().on_message_begin()
        self.scope["extensions"] = {LOSS: {"watch": self._watch_loss}}
        self._in_head, self._head_bytes = True, 0

    def on_headers_complete(self) -> None:
        """The head is there; one that came in one piece is measured only now."""
        self._in_head = False
        self._stop_head_timer()
        if len(self.url) + sum(len(name) + len(value) for name, value in self.headers) > HEAD_BYTES_MAX:
            raise _HeadTooLarge
        if not self.parser.should_upgrade():
            super().on_headers_complete()

    def on_message_complete(self) -> None:
        """The end of a body; of a head that offers another protocol there is none yet."""
        if not self.parser.should_upgrade():
            super().on_message_complete()

    def send_400_response(self, msg: str) -> None:
        """What the parser could not read. An answer that is still due is given first: this must not be taken for it."""
        cycle: RequestResponseCycle | None = self.cycle  # uvicorn's annotation hides that there is none at first
        if cycle is None or cycle.response_complete or (cycle.more_body and not cycle.response_started):
            self._refuse(msg)
        elif cycle.more_body:
            self.transport.close()
        else:
            cycle.keep_alive = False

    def _watch_loss(self, call: Callable[[], object] | None) -> None:
        """Have `call` called when the client leaves; None: no more. A connection works at one request at a time."""
        self._when_lost = call

    def _decline(self, rest: bytes) -> None:
        """Read the same request again without its offer (h2c, websocket): the parser skips the body of one that has it."""
        method = self.parser.get_method()
        if method == b"CONNECT":
            self._refuse("CONNECT is not offered here.")
            return
        head = [method, b" ", self.url, b" HTTP/", self.parser.get_http_version().encode("ascii"), b"\r\n"]
        for name, value in self.headers:
            kept = _without_offers(value) if name == b"connection" else value
            if kept and name not in _OFFERS:
                head += [name, b": ", kept, b"\r\n"]
        self.parser = httptools.HttpRequestParser(self)
        self.parser.set_dangerous_leniencies(lenient_data_after_close=True)  # as uvicorn does
        self.data_received(b"".join([*head, b"\r\n", rest]))

    def _refuse(self, detail: str) -> None:
        self._in_head = False
        self._stop_head_timer()
        request_id = new_request_id()
        problem = problem_of(MalformedRequest(detail), instance="/", request_id=request_id)
        body = msgspec.json.encode(problem)
        head = (
            "HTTP/1.1 400 Bad Request\r\ncontent-type: application/problem+json\r\ncache-control: no-store\r\n"
            f"x-request-id: {request_id}\r\ncontent-length: {len(body)}\r\nconnection: close\r\n\r\n"
        )
        self.transport.write(head.encode("ascii") + body)
        self.transport.close()

    def _stop_head_timer(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None


def _without_offers(connection: bytes) -> bytes:
    tokens = [token.strip() for token in connection.split(b",")]
    return b", ".join(token for token in tokens if token.lower() not in _OFFERS)
