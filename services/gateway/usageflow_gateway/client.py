"""The way to the services: bounded connections, and no cleverness.

Nothing is decompressed, followed, remembered or repeated here; what goes out is what the caller of `request` wrote.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Final

import aiohttp
from multidict import CIMultiDict
from yarl import URL

from usageflow_gateway.domain.headers import Header
from usageflow_gateway.domain.routing import Service

_KEEPALIVE_SECONDS: Final = (
    15  # well under the services' own, so that a kept connection is not closed while it is taken
)
_CONNECT_SECONDS: Final = 2
_POOL_SECONDS: Final = 5
_HEADER_BYTES_MAX: Final = 64 * 1024

NOT_SENT: Final = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError)
"""Nobody listens, or no connection became free in time."""


@dataclass(frozen=True, slots=True)
class Outbound:
    """A request to a service. `target`: path and query, written as they are. A body that streams goes out in chunks."""

    service: Service
    method: str
    target: str
    headers: tuple[Header, ...]
    body: bytes | AsyncIterator[bytes] | None


class ServiceClient:
    """Made by `connect`."""

    def __init__(self, session: aiohttp.ClientSession, addresses: Mapping[Service, str]) -> None:
        self._session = session
        self._addresses = {service: address.rstrip("/") for service, address in addresses.items()}

    def request(self, outbound: Outbound) -> AbstractAsyncContextManager[aiohttp.ClientResponse]:
        """The response as soon as its head is there. Errors are aiohttp's; NOT_SENT are those before the first byte went out."""
        return self._session.request(
            outbound.method,
            URL(self._addresses[outbound.service] + outbound.target, encoded=True),
            headers=_multidict(outbound.headers),
            data=outbound.body,
            allow_redirects=False,
        )


@asynccontextmanager
async def connect(addresses: Mapping[Service, str], *, connections_per_service: int) -> AsyncIterator[ServiceClient]:
    """A client with connections of its own, so many for each service; they are closed at the end."""
    connector = aiohttp.TCPConnector(
        limit=0, limit_per_host=connections_per_service, keepalive_timeout=_KEEPALIVE_SECONDS
    )
    session = aiohttp.ClientSession(
        connector=connector,
        auto_decompress=False,
        cookie_jar=aiohttp.DummyCookieJar(),
        max_line_size=_HEADER_BYTES_MAX,
        max_field_size=_HEADER_BYTES_MAX,
        raise_for_status=False,
        skip_auto_headers=("User-Agent", "Accept", "Accept-Encoding", "Content-Type"),
        timeout=aiohttp.ClientTimeout(total=None, connect=_POOL_SECONDS, sock_connect=_CONNECT_SECONDS),
        trust_env=False,
    )
    async with session:
        yield ServiceClient(session, addresses)


def _multidict(headers: Iterable[Header]) -> CIMultiDict[str]:
    return CIMultiDict((name.decode("latin-1"), value.decode("latin-1")) for name, value in headers)
