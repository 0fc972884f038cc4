"""How many connections a process keeps at once, in all and of one address: beyond it a new one is told so and ended."""

from __future__ import annotations

import contextlib
import resource
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_address
from typing import Final, TypeGuard

Network = IPv4Network | IPv6Network

_FILES_OF_OUR_OWN: Final = 256
"""PostgreSQL, Kafka, other services, the log: they must find a file when clients hold all others."""


@dataclass(frozen=True, slots=True)
class ConnectionLimits:
    """`most` in all, `most_per_address` of one address (None: as many as there are). Addresses in `uncounted` stand for many: proxies."""

    most: int = 10_000
    most_per_address: int | None = None
    uncounted: Sequence[Network] = ()


class Connections:
    """Counts the connections of one process."""

    def __init__(self, limits: ConnectionLimits) -> None:
        self._limits = limits
        self._open = 0
        self._of_address: Counter[str] = Counter()

    def enter(self, address: str | None) -> str | None:
        """Count one more; the reason why not when there are too many: "too_many" or "too_many_of_address"."""
        if self._open >= self._limits.most:
            return "too_many"
        if self._is_bounded(address):
            most = self._limits.most_per_address
            if most is not None and self._of_address[address] >= most:
                return "too_many_of_address"
            self._of_address[address] += 1
        self._open += 1
        return None

    def leave(self, address: str | None) -> None:
        """One that was counted has ended."""
        self._open -= 1
        if self._is_bounded(address):
            self._of_address[address] -= 1
            if not self._of_address[address]:
                del self._of_address[address]

    def _is_bounded(self, address: str | None) -> TypeGuard[str]:
        if address is None or self._limits.most_per_address is None:
            return False
        return not (self._limits.uncounted and _is_in(address, self._limits.uncounted))


def within_open_files(limits: ConnectionLimits) -> ConnectionLimits:
    """The limits that this process can keep: it asks for all the files that it may open, and leaves some for its own work."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(OSError, ValueError):  # some systems permit less than they name
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        soft = hard
    if soft == resource.RLIM_INFINITY:
        return limits
    most = max(1, min(limits.most, soft - _FILES_OF_OUR_OWN))
    return ConnectionLimits(most, limits.most_per_address, limits.uncounted)


def _is_in(address: str, networks: Sequence[Network]) -> bool:
    try:
        parsed = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    mapped = parsed.ipv4_mapped if parsed.version == 6 else None
    return any((mapped or parsed) in network for network in networks)
