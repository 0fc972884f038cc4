"""The vetted address, pinned: what was judged is what is connected to, and the peer is looked at once more after connecting.

A name may answer differently from one moment to the next. So the name is resolved once for a connection, the connection is made to
exactly those addresses while TLS and the Host header keep the name, and it is used again only while it stands: its other end
cannot change. Connections are shared by all attempts to a host and a port; each attempt brings its own `Pin`, by a context
variable, because that is what aiohttp passes on to the tasks in which it resolves and connects.
"""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Mapping, Sequence
from contextvars import ContextVar
from functools import lru_cache
from ipaddress import IPv4Address, ip_address
from typing import Any, Final

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.connector import Connection

from usageflow_webhooks.domain.addresses import Address, judge_address
from usageflow_webhooks.domain.targets import Target
from usageflow_webhooks.resolver import AddressRefused, Resolver
from usageflow_webhooks.tunnel import Proxy, TunnelConnector

IDLE_SECONDS: Final = 10.0
"""How long a connection may stand unused; a name that has moved on is looked up again after it."""

PIN: Final[ContextVar[Pin]] = ContextVar("pin")


class Pin:
    """One attempt's way to its target. `peer` is the address that it reached, `refusal` what stopped it."""

    def __init__(self, resolver: Resolver, target: Target) -> None:
        self._resolver = resolver
        self._target = target
        self._sockets: list[socket.socket] = []
        self._marks: dict[str, float] = {"begun": time.monotonic()}
        self.refusal: AddressRefused | None = None
        self.peer: str | None = None
        self.reused = False

    async def resolve(self, host: str, port: int) -> list[ResolveResult]:
        """The vetted addresses of the target's name."""
        self.mark("resolving")
        try:
            found = await self._resolver.vetted(self._target)
        except AddressRefused as refusal:
            self.refusal = refusal
            raise
        finally:
            self.mark("resolved")
        return [_result(host, port, address) for address in found]

    def open_socket(self, entry: tuple[Any, ...]) -> socket.socket:
        """The socket for one address, judged at the last moment: literal hosts come this way too, without any resolver."""
        family, kind, protocol, _, where = entry
        self.mark("connecting")
        self._judge(where)
        opened = socket.socket(family, kind, protocol)
        self._sockets.append(opened)
        return opened

    def tunnelled(self, where: Sequence[Any]) -> tuple[Address, int]:
        """The one address that a proxy is told to connect to, judged at the last moment."""
        self.mark("connecting")
        self._judge(where)
        self.peer = str(_address(where))
        return _address(where), int(where[1])

    def check_peer(self) -> None:
        """After connecting, before anything is sent: the other end is an address that passes."""
        self.mark("connected")
        for connected in self._sockets:
            try:
                where = connected.getpeername()
            except OSError:
                continue  # one that lost the race of addresses
            self._judge(where)
            self.peer = str(_address(where))

    def reached(self, connection: Connection, tunnel_end: Address | None) -> None:
        """The request is out on this connection; of one that stood before, this is where its other end is told."""
        if tunnel_end is not None:
            self.peer = str(tunnel_end)
            return
        where = connection.transport.get_extra_info("peername") if connection.transport else None
        if where:
            self.peer = str(_address(where))

    def mark(self, name: str) -> None:
        """Note when something happened first."""
        self._marks.setdefault(name, time.monotonic())

    def timings(self) -> Mapping[str, int]:
        """How long each part took, in milliseconds; what did not happen is absent."""
        at = self._marks
        secured = at.get("securing", at.get("connected"))
        spans = {
            "dnsMs": (at.get("resolving"), at.get("resolved")),
            "connectMs": (at.get("connecting"), secured),
            "tlsMs": (at.get("securing"), at.get("connected")),
            "firstByteMs": (at.get("connected", at["begun"]), at.get("answered")),
        }
        return {
            name: round((end - begin) * 1000)
            for name, (begin, end) in spans.items()
            if begin is not None and end is not None
        }

    def _judge(self, where: Sequence[Any]) -> None:
        refusal = judge_address(_address(where), self._resolver.policy, scheme=self._target.scheme)
        if refusal is not None:
            self.refusal = AddressRefused(refusal)
            raise self.refusal


class _PinnedNames(AbstractResolver):
    """What aiohttp asks for a name; only vetted addresses are answered."""

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        return await PIN.get().resolve(host, port)

    async def close(self) -> None:
        """Nothing is held."""


class TimedTLS(ssl.SSLContext):
    """Tells the attempt when its handshake begins."""

    def wrap_bio(self, *args: Any, **options: Any) -> ssl.SSLObject:
        """What asyncio calls for a new connection."""
        pin = PIN.get(None)
        if pin is not None:
            pin.mark("securing")
        return super().wrap_bio(*args, **options)


class _Response(aiohttp.ClientResponse):
    async def start(self, connection: Connection) -> aiohttp.ClientResponse:
        connector, protocol = connection._connector, connection.protocol  # noqa: SLF001 -- whose connection it is
        end = connector.ends.get(protocol) if isinstance(connector, TunnelConnector) and protocol else None
        PIN.get().reached(connection, end)
        return await super().start(connection)


def pinned_session(tls: ssl.SSLContext, proxy: Proxy | None = None) -> aiohttp.ClientSession:
    """A session whose every connection is vetted by the attempt that opens it; as many as are needed, nothing from the environment.

    With a proxy, connections are tunnels through it, each to one vetted address.
    """
    options: dict[str, Any] = {
        "resolver": _PinnedNames(),
        "ssl": tls,
        "use_dns_cache": False,
        "keepalive_timeout": IDLE_SECONDS,
        "limit": 0,
    }
    connector = (
        aiohttp.TCPConnector(socket_factory=lambda entry: PIN.get().open_socket(entry), **options)
        if proxy is None
        else TunnelConnector(proxy, lambda where: PIN.get().tunnelled(where), **options)
    )
    return aiohttp.ClientSession(
        connector=connector,
        trust_env=False,  # a proxy from the environment would connect where we did not look
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=False,  # 64 KiB are 64 KiB, whatever they unpack to
        timeout=aiohttp.ClientTimeout(total=None),
        skip_auto_headers=("Accept", "Accept-Encoding", "Content-Type", "User-Agent"),
        trace_configs=[_traces()],
        response_class=_Response,
    )


def _traces() -> aiohttp.TraceConfig:
    async def connected(*_: object) -> None:
        PIN.get().check_peer()

    async def reused(*_: object) -> None:
        PIN.get().reused = True

    config = aiohttp.TraceConfig()
    config.on_connection_create_end.append(connected)
    config.on_connection_reuseconn.append(reused)
    return config


def _address(where: Sequence[Any]) -> Address:
    """The address of a socket name; a scope id is part of it."""
    scope = where[3] if len(where) > 3 and where[3] else None
    return _read(f"{where[0]}%{scope}" if scope is not None and "%" not in where[0] else where[0])


@lru_cache(maxsize=4096)
def _read(text: str) -> Address:
    return ip_address(text)


def _result(host: str, port: int, address: Address) -> ResolveResult:
    return ResolveResult(
        hostname=host,
        host=str(address),
        port=port,
        family=socket.AF_INET if isinstance(address, IPv4Address) else socket.AF_INET6,
        proto=socket.IPPROTO_TCP,
        flags=socket.AI_NUMERICHOST,
    )
