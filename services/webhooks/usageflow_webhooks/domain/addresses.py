"""Where a webhook may go: every address is judged by a table of our own, at creation and again at connect.

The table is IANA's special-purpose registries for IPv4 and IPv6, whole (also the entries that are globally reachable), plus
multicast and everything outside IPv6's global unicast space. Python's `is_global` is no substitute: it lets NAT64, 6to4,
multicast and others through. An address that embeds an IPv4 address is refused when the embedded one is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network
from typing import Final

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

REFUSED_IPV4: Final = tuple(
    IPv4Network(text)
    for text in (
        "0.0.0.0/8",  # this network
        "10.0.0.0/8",  # private
        "100.64.0.0/10",  # carrier-grade NAT
        "127.0.0.0/8",  # loopback
        "169.254.0.0/16",  # link-local
        "172.16.0.0/12",  # private
        "192.0.0.0/24",  # IETF protocol assignments
        "192.0.2.0/24",  # documentation
        "192.31.196.0/24",  # AS112
        "192.52.193.0/24",  # AMT
        "192.88.99.0/24",  # 6to4 relays
        "192.168.0.0/16",  # private
        "192.175.48.0/24",  # AS112
        "198.18.0.0/15",  # benchmarking
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, and limited broadcast
    )
)

REFUSED_IPV6: Final = tuple(
    IPv6Network(text)
    for text in (
        # Inside global unicast (2000::/3). Everything outside it is refused by GLOBAL_UNICAST: unspecified, loopback, IPv4-mapped,
        # -compatible and -translated, NAT64 (both prefixes), discard-only, unique local, link-local, site-local, SRv6, multicast.
        "2001::/23",  # IETF protocol assignments: Teredo, benchmarking, AMT, ORCHID, remote ID
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4
        "2620:4f:8000::/48",  # AS112
        "3fff::/20",  # documentation
    )
)

GLOBAL_UNICAST: Final = IPv6Network("2000::/3")

METADATA: Final = tuple(
    ip_network(text)
    for text in (
        "169.254.0.0/16",  # the metadata services of nearly every cloud, task credentials, internal DNS
        "100.100.100.200/32",  # Alibaba
        "168.63.129.16/32",  # Azure
        "192.0.0.192/32",  # Oracle
        "fd00:ec2::/32",  # AWS
        "fd20:ce::/32",  # Google
        "fd00:c1::/32",  # Oracle
        "fd00:42::42/128",  # Scaleway
        "fe80::a9fe:a9fe/128",  # OpenStack
    )
)
"""Never reachable, whatever the allow-list says: they hand out credentials to whoever asks."""

_NAT64: Final = (IPv6Network("64:ff9b::/96"), IPv6Network("64:ff9b:1::/48"))
_TEREDO: Final = IPv6Network("2001::/32")
_IPV4_TAILED: Final = (IPv6Network("::/96"), IPv6Network("::ffff:0:0/96"), IPv6Network("::ffff:0:0:0/96"), *_NAT64)
_ISATAP_MARKS: Final = (0x0000_5EFE, 0x0200_5EFE)


class Refusal(StrEnum):
    """Why an address is refused."""

    METADATA = "metadata"
    SPECIAL = "special_purpose"
    SCOPED = "scoped"
    PLAIN_HTTP = "plain_http"


@dataclass(frozen=True, slots=True)
class Policy:
    """`allowed`: networks that an operator has opened; they may also be reached by plain http."""

    allowed: tuple[Network, ...] = ()


def judge_address(address: Address, policy: Policy, *, scheme: str) -> Refusal | None:
    """None when a webhook with this URL scheme may go to this address."""
    if isinstance(address, IPv6Address) and address.scope_id is not None:
        return Refusal.SCOPED
    faces = (address, *embedded_ipv4(address))
    if any(face in network for face in faces for network in METADATA):
        return Refusal.METADATA
    if any(address in network for network in policy.allowed):
        return None
    if any(_is_special(face) for face in faces):
        return Refusal.SPECIAL
    return None if scheme == "https" else Refusal.PLAIN_HTTP


def embedded_ipv4(address: Address) -> Iterator[IPv4Address]:
    """Every IPv4 address that the transition schemes find inside an IPv6 address."""
    if isinstance(address, IPv4Address):
        return
    value = int(address)
    if any(address in network for network in _IPV4_TAILED):
        yield IPv4Address(value & 0xFFFF_FFFF)
    if address in _NAT64[1]:
        # RFC 8215 leaves the length of the prefix to the operator; RFC 6052 puts 8 zero bits at position 64.
        yield IPv4Address(((value >> 64) & 0xFFFF) << 16 | (value >> 40) & 0xFFFF)
        yield IPv4Address((value >> 24) & 0xFFFF_FFFF)
    if address.sixtofour is not None:
        yield address.sixtofour
    if address in _TEREDO:
        yield IPv4Address((value >> 64) & 0xFFFF_FFFF)
        yield IPv4Address(~value & 0xFFFF_FFFF)
    if (value >> 32) & 0xFFFF_FFFF in _ISATAP_MARKS:
        yield IPv4Address(value & 0xFFFF_FFFF)


def judge_answers(addresses: Sequence[Address], policy: Policy, *, scheme: str) -> Refusal | None:
    """A name is as good as the worst of its addresses: the first refusal, or None when all of them pass."""
    refusals = (judge_address(address, policy, scheme=scheme) for address in addresses)
    return next((refusal for refusal in refusals if refusal is not None), None)


def _is_special(address: Address) -> bool:
    if isinstance(address, IPv4Address):
        return any(address in network for network in REFUSED_IPV4)
    return address not in GLOBAL_UNICAST or any(address in network for network in REFUSED_IPV6)
