"""HTTP/1.1 by uvicorn, with the ends closed that it leaves open: a head has a size and a time, an answer that is not fetched ends, connections
are counted, what cannot be read is a problem, and an offer to speak another protocol is declined without losing the body.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from http import HTTPStatus
from typing import Any, Final

import httptools
import msgspec
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from usageflow_common.connections import ConnectionLimits, Connections
from usageflow_common.errors import MalformedRequest, Overloaded, UsageflowError
from usageflow_common.http.problems import problem_of
from usageflow_common.ids import new_request_id
from usageflow_common.metrics import CONNECTIONS_ENDED

HEAD_BYTES_MAX: Final = 64 * 1024
HEAD_SECONDS_MAX: Final = 30.0
FETCH_SECONDS_MAX: Final = 30.0
FETCH_BYTES_MIN: Final = 16 * 1024
"""So much of an answer that waits for its client is fetched in this time, or the connection ends."""
REST_SECONDS_MAX: Final = 10.0
"""So long the rest of a body may still come when the request was answered without it."""

LOSS: Final = "usageflow.loss"
"""An extension of the scope: `watch` takes what is to be called when the client leaves. A task that awaits `receive` costs ten times as much."""

_OFFERS: Final = frozenset({b"upgrade", b"http2-settings"})
_NOT_HTTP: Final = "This is not HTTP/1.1."
_LONG_HEAD: Final = f"The head of a request has at most {HEAD_BYTES_MAX} bytes."
_TOO_MANY: Final = {
    "too_many": "Too many connections.",
    "too_many_of_address": "Too many connections from this address.",
}


class _HeadTooLarge(Exception):
    """Raised inside the parser, which wraps it."""


class BoundedProtocol(HttpToolsProtocol):
    """One connection of a client; those of a process share `connections`."""

    def __init__(self, *arguments: Any, connections: Connections | None = None, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._counted = connections or Connections(ConnectionLimits())
        self._is_counted = False
        self._in_head = False
        self._head_bytes = 0
        self._head_timer: asyncio.TimerHandle | None = None
        self._when_lost: Callable[[], object] | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's own
        """A connection that says nothing ends like one that has nothing more to say; one too many is told so."""
        self._ending = _Ending(transport, self.loop)
        super().connection_made(self._ending)  # type: ignore[arg-type]  # a transport as far as it is used
        self.timeout_keep_alive_task = self.loop.call_later(self.timeout_keep_alive, self.timeout_keep_alive_handler)
        reason = self._counted.enter(self._address)
        if reason is None:
            self._is_counted = True
        else:
            CONNECTIONS_ENDED.labels(reason).inc()
            self._refuse(Overloaded(_TOO_MANY[reason]))

    def connection_lost(self, exc: Exception | None) -> None:
        """Without its timers, also after an error."""
        self._unset_keepalive_if_required()
        self._stop_head_timer()
        self._ending.leave()
        if self._is_counted:
            self._counted.leave(self._address)
        super().connection_lost(exc)
        if self._when_lost is not None:
            self._when_lost()

    def data_received(self, data: bytes) -> None:
        """Bytes of a client: parsed, unless the present head has grown too large. Only a head ends the wait for one."""
        if self.transport.is_closing():
            return
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
            self._head_timer = self.loop.call_later(HEAD_SECONDS_MAX, self._end, "slow_head")

    def pause_writing(self) -> None:
        """The client does not fetch its answer as fast as it is made: it has its time."""
        super().pause_writing()
        self._ending.watch()

    def resume_writing(self) -> None:
        """The client has fetched enough."""
        super().resume_writing()
        if not self._ending.is_closing():
            self._ending.leave()

    def on_response_complete(self) -> None:
        """The answer is on its way; what is still missing of a body that it did not wait for comes soon or not at all."""
        super().on_response_complete()
        if self.cycle.more_body and self.timeout_keep_alive_task is not None:
            self._unset_keepalive_if_required()
            self.timeout_keep_alive_task = self.loop.call_later(REST_SECONDS_MAX, self._end, "slow_body")

    def _rest_is_over(self) -> None:
        self._unset_keepalive_if_required()
        self.timeout_keep_alive_task = self.loop.call_later(self.timeout_keep_alive, self.timeout_keep_alive_handler)

    def on_message_begin(self) -> None:
        """The first byte of a head."""
        super().on_message_begin()
        self._unset_keepalive_if_required()
        self.scope["extensions"] = {LOSS: {"watch": self._watch_loss}}
        self._in_head, self._head_bytes = True, 0

    def on_headers_complete(self) -> None:
        """The head is there; one that came in one piece is measured only now."""
        self._in_head = False
        self._stop_head_timer()
        self._unset_keepalive_if_required()
        if len(self.url) + sum(len(name) + len(value) for name, value in self.headers) > HEAD_BYTES_MAX:
            raise _HeadTooLarge
        if not self.parser.should_upgrade():
            super().on_headers_complete()

    def on_message_complete(self) -> None:
        """The end of a body; of a head that offers another protocol there is none yet."""
        if not self.parser.should_upgrade():
            super().on_message_complete()
            if self.cycle.response_complete:
                self._rest_is_over()

    def send_400_response(self, msg: str) -> None:
        """What the parser could not read. An answer that is still due is given first: this must not be taken for it."""
        cycle: RequestResponseCycle | None = self.cycle  # uvicorn's annotation hides that there is none at first
        if cycle is None or cycle.response_complete or (cycle.more_body and not cycle.response_started):
            self._refuse(MalformedRequest(msg))
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
            self._refuse(MalformedRequest("CONNECT is not offered here."))
            return
        head = [method, b" ", self.url, b" HTTP/", self.parser.get_http_version().encode("ascii"), b"\r\n"]
        for name, value in self.headers:
            kept = _without_offers(value) if name == b"connection" else value
            if kept and name not in _OFFERS:
                head += [name, b": ", kept, b"\r\n"]
        self.parser = httptools.HttpRequestParser(self)
        self.parser.set_dangerous_leniencies(lenient_data_after_close=True)  # as uvicorn does
        self.data_received(b"".join([*head, b"\r\n", rest]))

    @property
    def _address(self) -> str | None:
        return self.client[0] if self.client else None

    def _end(self, reason: str) -> None:
        """Without an answer: the client has had its time."""
        CONNECTIONS_ENDED.labels(reason).inc()
        self.transport.close()

    def _refuse(self, error: UsageflowError) -> None:
        self._in_head = False
        self._stop_head_timer()
        request_id = new_request_id()
        problem = problem_of(error, instance="/", request_id=request_id)
        body = msgspec.json.encode(problem)
        further = "".join(f"{name.lower()}: {value}\r\n" for name, value in error.headers.items())
        head = (
            f"HTTP/1.1 {error.status} {HTTPStatus(error.status).phrase}\r\ncontent-type: application/problem+json\r\n"
            f"cache-control: no-store\r\n{further}"
            f"x-request-id: {request_id}\r\ncontent-length: {len(body)}\r\nconnection: close\r\n\r\n"
        )
        self.transport.write(head.encode("ascii") + body)
        self.transport.close()

    def _stop_head_timer(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None


class _Ending:
    """A transport that what its client leaves lying does not keep: neither while it is open nor when it was closed."""

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._left = 0
        self._timer: asyncio.TimerHandle | None = None
        # asked at every request
        self.write = transport.write
        self.is_closing = transport.is_closing

    def close(self) -> None:
        """At once, or when what was written is fetched, as long as it is."""
        if self._transport.is_closing():
            return
        self._transport.close()
        if self._transport.get_write_buffer_size():
            self.watch()

    def watch(self) -> None:
        """From now on the client fetches, or the connection ends."""
        if self._timer is None:
            self._left = self._transport.get_write_buffer_size()
            self._timer = self._loop.call_later(FETCH_SECONDS_MAX, self._judge)

    def leave(self) -> None:
        """There is nothing to fetch, or nobody who could."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _judge(self) -> None:
        self._timer = None
        if self._left - self._transport.get_write_buffer_size() >= FETCH_BYTES_MIN:
            self.watch()
        else:
            CONNECTIONS_ENDED.labels("slow_reader").inc()
            self._transport.abort()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)


def _without_offers(connection: bytes) -> bytes:
    tokens = [token.strip() for token in connection.split(b",")]
    return b", ".join(token for token in tokens if token.lower() not in _OFFERS)
