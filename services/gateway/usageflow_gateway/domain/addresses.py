"""The address of a client, believed only as far as the hops in front of us are ours."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address

Network = IPv4Network | IPv6Network


def client_address(peer: str | None, forwarded_for: Sequence[str], trusted: Sequence[Network]) -> str | None:
    """The last hop that is not a trusted proxy: `peer`, or what trusted proxies wrote into X-Forwarded-For, read from the right."""
    hops = [hop.strip() for value in forwarded_for for hop in value.split(",")]
    address = _normal(peer)
    while address is not None and hops and _is_trusted(address, trusted):
        previous = _normal(hops.pop())
        if previous is None:
            break
        address = previous
    return address


def _normal(text: str | None) -> str | None:
    try:
        address = ip_address(text or "")
    except ValueError:
        return None
    mapped = address.ipv4_mapped if address.version == 6 else None
    return str(mapped or address)


def _is_trusted(address: str, trusted: Sequence[Network]) -> bool:
    parsed = ip_address(address)
    return any(parsed.version == network.version and parsed in network for network in trusted)
