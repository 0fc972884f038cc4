"""One attempt over HTTP: signed bytes out, an answer or the reason for none back. It never raises for what a receiver does.

The status decides as soon as the head of the answer is in; the body is only read for the log, a little of it, for a short while.
"""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import aiohttp

from usageflow_webhooks.domain.outcomes import Answer, Answered, ErrorCode, Unanswered
from usageflow_webhooks.domain.targets import TargetRefused, parse_target
from usageflow_webhooks.pinning import Pin
from usageflow_webhooks.resolver import NameUnresolved, Resolver

ATTEMPT_SECONDS: Final = 15.0
_BODY_SECONDS: Final = 3.0
_BODY_READ_BYTES: Final = 64 * 1024
BODY_KEPT_BYTES: Final = 16 * 1024
_HEADERS_KEPT: Final = 64
_HEADER_CHARACTERS: Final = 1024


@dataclass(frozen=True, slots=True)
class Exchange:
    """What an attempt came to."""

    answer: Answer
    duration_ms: int
    remote_address: str | None


class DeliveryClient:
    """Sends attempts, each over a connection of its own to an address that was vetted for it."""

    def __init__(
        self, resolver: Resolver, *, attempt_seconds: float = ATTEMPT_SECONDS, tls: ssl.SSLContext | None = None
    ) -> None:
        """`tls`: whom to trust; the system's authorities unless it is given."""
        self._resolver = resolver
        self._attempt_seconds = attempt_seconds
        self._tls = tls or ssl.create_default_context()  # made once: reading the system's certificates takes 10 ms

    async def send(self, url: str, headers: Mapping[str, str], body: bytes) -> Exchange:
        """One POST; all of it, from the look-up of the name to the end of the body, within the attempt's time."""
        started = time.monotonic()
        try:
            target = parse_target(url)
        except TargetRefused:  # a URL that an older version took
            return Exchange(Unanswered(ErrorCode.ADDRESS_REFUSED), 0, None)
        pin = Pin(self._resolver, target)
        answer = await self._exchange(pin, url, headers, body, started + self._attempt_seconds)
        return Exchange(answer, round((time.monotonic() - started) * 1000), pin.peer)

    async def _exchange(self, pin: Pin, url: str, headers: Mapping[str, str], body: bytes, deadline: float) -> Answer:
        session = aiohttp.ClientSession(
            connector=pin.connector(self._tls),
            trust_env=False,  # a proxy from the environment would connect where we did not look
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,  # 64 KiB are 64 KiB, whatever they unpack to
            timeout=aiohttp.ClientTimeout(total=None),
            skip_auto_headers=("Accept", "Accept-Encoding", "Content-Type", "User-Agent"),
            trace_configs=[_peer_check(pin)],
        )
        async with session:
            try:
                async with asyncio.timeout(deadline - time.monotonic()):
                    response = await session.post(url, headers=headers, data=body, allow_redirects=False)
            except (aiohttp.ClientError, OSError, ValueError) as error:
                return Unanswered(_reason(error, pin))
            try:
                return await _read_answer(response, min(_BODY_SECONDS, deadline - time.monotonic()))
            finally:
                response.close()


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
    headers = {name.lower(): _text(value) for name, value in list(response.headers.items())[:_HEADERS_KEPT]}
    return Answered(response.status, headers, bytes(kept), truncated=not whole or seen > len(kept))


def _peer_check(pin: Pin) -> aiohttp.TraceConfig:
    async def check(*_: object) -> None:
        pin.check_peer()

    config = aiohttp.TraceConfig()
    config.on_connection_create_end.append(check)
    return config


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
