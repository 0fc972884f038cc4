"""One attempt over HTTP: signed bytes out, an answer or the reason for none back. It never raises for what a receiver does.

The status decides as soon as the head of the answer is in; the body is only read for the log, a little of it, for a short while.
"""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import aiohttp

from usageflow_webhooks.domain.headers import shown
from usageflow_webhooks.domain.outcomes import Answer, Answered, ErrorCode, Unanswered
from usageflow_webhooks.domain.targets import TargetRefused, parse_target
from usageflow_webhooks.pinning import PIN, Pin, TimedTLS, pinned_session
from usageflow_webhooks.resolver import NameUnresolved, Resolver
from usageflow_webhooks.tunnel import Proxy

ATTEMPT_SECONDS: Final = 15.0
_STALE_MAX: Final = 65
"""So many standing connections may turn out to be closed by the other side before an attempt gives up: more than one host ever has."""
_BODY_SECONDS: Final = 3.0
_BODY_READ_BYTES: Final = 64 * 1024
BODY_KEPT_BYTES: Final = 16 * 1024
_HEADERS_KEPT: Final = 64
_HEADER_CHARACTERS: Final = 1024


@dataclass(frozen=True, slots=True)
class Exchange:
    """What an attempt came to. `timings` as in the log."""

    answer: Answer
    duration_ms: int
    remote_address: str | None
    timings: Mapping[str, int] = field(default_factory=dict)


class DeliveryClient:
    """Sends attempts to addresses that were vetted for them. Use as an async context; connections to a host are kept and shared."""

    def __init__(
        self,
        resolver: Resolver,
        *,
        attempt_seconds: float = ATTEMPT_SECONDS,
        authorities: Path | None = None,
        proxy: Proxy | None = None,
    ) -> None:
        """`authorities`: whom to trust for TLS, a file of certificates; the system's unless it is given. `proxy`: the only way out."""
        self._proxy = proxy
        self._resolver = resolver
        self._attempt_seconds = attempt_seconds
        self._tls = TimedTLS(ssl.PROTOCOL_TLS_CLIENT)  # made once: reading the system's certificates takes 10 ms
        if authorities is None:
            self._tls.load_default_certs()
        else:
            self._tls.load_verify_locations(authorities)
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> DeliveryClient:
        self._session = pinned_session(self._tls, self._proxy)
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._session is not None:
            await self._session.close()

    async def send(self, url: str, headers: Mapping[str, str], body: bytes) -> Exchange:
        """One POST; all of it, from the look-up of the name to the end of the body, within the attempt's time."""
        started = time.monotonic()
        try:
            target = parse_target(url)
        except TargetRefused:  # a URL that an older version took
            return Exchange(Unanswered(ErrorCode.ADDRESS_REFUSED), 0, None)
        deadline = started + self._attempt_seconds
        for _ in range(_STALE_MAX):
            pin = Pin(self._resolver, target)
            PIN.set(pin)
            answer = await self._exchange(pin, url, headers, body, deadline)
            if answer is not None:
                break
        else:
            answer = Unanswered(ErrorCode.RESPONSE_INVALID)
        return Exchange(answer, round((time.monotonic() - started) * 1000), pin.peer, pin.timings())

    async def _exchange(
        self, pin: Pin, url: str, headers: Mapping[str, str], body: bytes, deadline: float
    ) -> Answer | None:
        """The answer, or why there is none. None: the connection had been standing and was closed, which says nothing of the receiver."""
        if self._session is None:
            raise RuntimeError("a client outside its context")
        try:
            async with asyncio.timeout(deadline - time.monotonic()):
                response = await self._session.post(url, headers=headers, data=body, allow_redirects=False)
        except (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError) as error:
            return None if pin.reused else Unanswered(_reason(error, pin))
        except (aiohttp.ClientError, OSError, ValueError) as error:
            return Unanswered(_reason(error, pin))
        pin.mark("answered")
        try:
            return await _read_answer(response, min(_BODY_SECONDS, deadline - time.monotonic()))
        finally:
            response.close()  # cuts the connection unless the answer was read to its end, which gave it back


async def _read_answer(response: aiohttp.ClientResponse, seconds: float) -> Answered:
    """The head is in and decides. Of the body some is kept, until it is enough, breaks off, or takes too long."""
    kept, seen, whole = bytearray(), 0, True
    try:
        async with asyncio.timeout(seconds):
            async for chunk in response.content.iter_any():
                seen += len(chunk)
                kept += chunk[: BODY_KEPT_BYTES - len(kept)]
                if seen >= _BODY_READ_BYTES:
                    break
    except (aiohttp.ClientError, OSError, ValueError):
        whole = False
    headers = {
        name.lower(): shown(name.lower(), _text(value))
        for name, value in list(response.headers.items())[:_HEADERS_KEPT]
    }
    return Answered(response.status, headers, bytes(kept), truncated=not whole or seen > len(kept))


def _reason(error: Exception, pin: Pin) -> ErrorCode:
    """Why there is no answer. The pin's own judgement goes first: aiohttp wraps what a resolver or a socket raised."""
    if pin.refusal is not None:
        return ErrorCode.ADDRESS_REFUSED
    match error:
        case TimeoutError():
            return ErrorCode.TIMEOUT
        case aiohttp.ClientConnectorDNSError() | NameUnresolved():
            return ErrorCode.DNS
        case aiohttp.ClientSSLError() | ssl.SSLError() | aiohttp.ClientConnectorCertificateError():
            return ErrorCode.TLS
        case aiohttp.ClientConnectorError():
            return ErrorCode.CONNECT
        case _:
            # Connected, and then closed, reset, or not HTTP.
            return ErrorCode.RESPONSE_INVALID


def _text(value: str) -> str:
    """A header's value as PostgreSQL can store it."""
    readable = value.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    return readable.replace("\x00", "\ufffd")[:_HEADER_CHARACTERS]
