"""Through a proxy, where a network lets nothing out otherwise: CONNECT names the address that was vetted here, never a name.

So the proxy resolves nothing, and what was judged is what it connects to. TLS is with the receiver, inside the tunnel.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from base64 import b64encode
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from ipaddress import IPv6Address
from typing import Any, Final
from weakref import WeakKeyDictionary

import aiohttp
from aiohttp.client_proto import ResponseHandler
from yarl import URL

from usageflow_webhooks.domain.addresses import Address

_HEAD_BYTES_MAX: Final = 8192
_END: Final = b"\r\n\r\n"


Vet = Callable[[Sequence[Any]], tuple[Address, int]]
"""The name of a socket → its address and port, when they pass."""


class TunnelRefused(OSError):
    """The proxy is not there, or would not connect."""


@dataclass(frozen=True, slots=True)
class Proxy:
    """An HTTP proxy that knows CONNECT. `authorization` is the value of its header."""

    host: str
    port: int
    authorization: str | None = field(default=None, repr=False)


def parse_proxy(text: str) -> Proxy:
    """`http://[user:password@]host:port`; ValueError for anything else."""
    url = URL(text)
    if url.scheme != "http" or not url.host or url.port is None or url.path not in {"", "/"} or url.query_string:
        raise ValueError("a proxy is given as http://[user:password@]host:port")
    credentials = f"{url.user or ''}:{url.password or ''}"
    authorization = "Basic " + b64encode(credentials.encode()).decode() if url.user is not None else None
    return Proxy(url.host, url.port, authorization)


async def open_tunnel(proxy: Proxy, address: Address, port: int) -> socket.socket:
    """A connected socket whose other end is this address, by way of the proxy. TunnelRefused when there is none."""
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(proxy.host, proxy.port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise TunnelRefused("the proxy's name has no address") from error
    family, kind, protocol, _, where = found[0]
    opened = socket.socket(family, kind, protocol)
    try:
        opened.settimeout(0)
        await loop.sock_connect(opened, where)
        await loop.sock_sendall(opened, _request(proxy, address, port))
        await _accepted(opened)
    except BaseException:
        opened.close()
        raise
    return opened


_HOOK: Final = "_wrap_create_connection"
"""The one private name of aiohttp's that is used; see TunnelConnector."""


class TunnelConnector(aiohttp.TCPConnector):
    """Makes every connection through a proxy. `ends`: what a connection leads to, for as long as it stands.

    It overrides a private method of aiohttp's, for none of its public ways is right. Its own proxies are told names; were they told
    addresses, as URLs with a Host header of ours, plain http would be asked of the proxy without a tunnel, and an error of the proxy's
    would be taken for the receiver's answer. A socket factory makes a socket that is not connected yet, and what connects it cannot be
    chosen. So this stands on that method, and cannot be left out unnoticed: a version of aiohttp without it is refused here, and
    the socket of a connection that would go past it is not made.
    """

    def __init__(self, proxy: Proxy, vet: Vet, **options: Any) -> None:
        """`vet` judges where a tunnel is about to lead, and raises what forbids it. RuntimeError where aiohttp has changed."""
        if not hasattr(aiohttp.TCPConnector, _HOOK):
            raise RuntimeError(f"this version of aiohttp makes connections otherwise: there is no {_HOOK}")
        super().__init__(socket_factory=_no_other_way, **options)
        self._proxy = proxy
        self._vet = vet
        self.ends: WeakKeyDictionary[ResponseHandler, Address] = WeakKeyDictionary()

    async def _wrap_create_connection(
        self, *args: Any, addr_infos: list[Any], req: aiohttp.ClientRequest, **options: Any
    ) -> tuple[asyncio.Transport, ResponseHandler]:
        """As aiohttp's own, with a socket of ours."""
        for name in ("timeout", "client_error"):
            options.pop(name, None)
        try:
            address, opened = await self._open([info[4] for info in addr_infos])
            made: tuple[asyncio.Transport, ResponseHandler] = await self._loop.create_connection(
                *args, **options, sock=opened
            )
        except ssl.SSLError as error:
            raise aiohttp.ClientConnectorSSLError(req.connection_key, error) from error
        except OSError as error:
            raise aiohttp.ClientConnectorError(req.connection_key, error) from error
        self.ends[made[1]] = address
        return made

    async def _open(self, places: Sequence[Sequence[Any]]) -> tuple[Address, socket.socket]:
        """A tunnel to the first of these addresses to which the proxy connects."""
        for where in places[:-1]:
            with suppress(TunnelRefused):
                address, port = self._vet(where)
                return address, await open_tunnel(self._proxy, address, port)
        address, port = self._vet(places[-1])
        return address, await open_tunnel(self._proxy, address, port)


def _no_other_way(_entry: object) -> socket.socket:
    raise RuntimeError("a connection that would not go through the proxy")


def _request(proxy: Proxy, address: Address, port: int) -> bytes:
    end = f"[{address}]:{port}" if isinstance(address, IPv6Address) else f"{address}:{port}"
    authorization = f"Proxy-Authorization: {proxy.authorization}\r\n" if proxy.authorization else ""
    return f"CONNECT {end} HTTP/1.1\r\nHost: {end}\r\n{authorization}\r\n".encode()


async def _accepted(opened: socket.socket) -> None:
    """Read the proxy's answer. Nobody else speaks before we do, so nothing may follow its head."""
    loop, head = asyncio.get_running_loop(), b""
    while not head.endswith(_END):
        more = await loop.sock_recv(opened, _HEAD_BYTES_MAX)
        head += more
        if not more or len(head) > _HEAD_BYTES_MAX or (_END in head and not head.endswith(_END)):
            raise TunnelRefused("the proxy's answer cannot be read")
    status = head.split(b"\r\n", 1)[0].split(b" ")
    if len(status) < 2 or not status[0].startswith(b"HTTP/1.") or not status[1].startswith(b"2"):
        raise TunnelRefused("the proxy does not connect")
