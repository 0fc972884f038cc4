"""The vetted address, pinned: what was judged is what is connected to, and the peer is looked at once more after connecting.

A name may answer differently from one moment to the next. So the name is resolved once for an attempt, the connection is made to
exactly those addresses while TLS and the Host header keep the name, and no connection outlives its attempt.
"""

from __future__ import annotations

import socket
from collections.abc import Sequence
from ipaddress import IPv4Address, ip_address
from typing import Any

from aiohttp import TCPConnector
from aiohttp.abc import AbstractResolver, ResolveResult

from usageflow_webhooks.domain.addresses import Address, judge_address
from usageflow_webhooks.domain.targets import Target
from usageflow_webhooks.resolver import AddressRefused, Resolver


class Pin(AbstractResolver):
    """One attempt's way to its target. `peer` is the address that it reached, `refusal` what stopped it."""

    def __init__(self, resolver: Resolver, target: Target) -> None:
        self._resolver = resolver
        self._target = target
        self._sockets: list[socket.socket] = []
        self.refusal: AddressRefused | None = None
        self.peer: str | None = None

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """What aiohttp asks for a name; only vetted addresses are answered."""
        try:
            return [_result(host, port, address) for address in await self._resolver.vetted(self._target)]
        except AddressRefused as refusal:
            self.refusal = refusal
            raise

    async def close(self) -> None:
        """Nothing is held."""

    def open_socket(self, entry: tuple[Any, ...]) -> socket.socket:
        """The socket for one address, judged at the last moment: literal hosts come this way too, without any resolver."""
        family, kind, protocol, _, where = entry
        self._judge(where)
        opened = socket.socket(family, kind, protocol)
        self._sockets.append(opened)
        return opened

    def check_peer(self) -> None:
        """After connecting, before anything is sent: the other end is an address that passes."""
        for connected in self._sockets:
            try:
                where = connected.getpeername()
            except OSError:
                continue  # one that lost the race of addresses
            self._judge(where)
            self.peer = str(_address(where))

    def connector(self, tls: Any) -> TCPConnector:
        """A connector for this attempt alone."""
        return TCPConnector(
            resolver=self, socket_factory=self.open_socket, ssl=tls, use_dns_cache=False, force_close=True, limit=1
        )

    def _judge(self, where: Sequence[Any]) -> None:
        refusal = judge_address(_address(where), self._resolver.policy, scheme=self._target.scheme)
        if refusal is not None:
            self.refusal = AddressRefused(refusal)
            raise self.refusal


def _address(where: Sequence[Any]) -> Address:
    """The address of a socket name; a scope id is part of it."""
    scope = where[3] if len(where) > 3 and where[3] else None
    return ip_address(f"{where[0]}%{scope}" if scope is not None and "%" not in where[0] else where[0])


def _result(host: str, port: int, address: Address) -> ResolveResult:
    return ResolveResult(
        hostname=host,
        host=str(address),
        port=port,
        family=socket.AF_INET if isinstance(address, IPv4Address) else socket.AF_INET6,
        proto=socket.IPPROTO_TCP,
        flags=socket.AI_NUMERICHOST,
    )
