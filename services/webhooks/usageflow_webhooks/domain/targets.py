"""The URL of an endpoint, read once and by one parser: the same that connects, so that two readings cannot differ."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from typing import Final

from yarl import URL

URL_LENGTH_MAX: Final = 2048

REFUSED_PORTS: Final = frozenset(
    {
        *(25, 110, 143, 465, 587, 993, 995, 2525),  # mail
        *(20, 21, 22, 23, 2222),  # ftp, ssh, telnet
        *(53, 853, 5353),  # DNS
        *(1433, 1434, 1521, 3306, 5432, 5433, 5984, 6379, 6380, 6432, 7000, 7001, 7687),  # databases
        *(8123, 9042, 9200, 9300, 11211, 26257, 27017, 27018, 27019, 28015, 50000),  # more databases
        *(111, 135, 137, 138, 139, 389, 445, 636, 873, 2049, 3389, 5900),  # directories, files, desktops
        *(2375, 2376, 2379, 2380, 6443, 9092, 9093, 10250, 10255),  # clusters and their stores
    }
)
"""Nothing on these ports is a webhook receiver, and several of them can be talked into doing things by an HTTP request."""

_NAME: Final = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)(\.(?!-)[a-z0-9_-]{1,63}(?<!-))*\.?")
_ENDS_IN_NUMBER: Final = re.compile(r"(^|\.)([0-9]+|0x[0-9a-f]*)\.?\Z")
_UNSAFE: Final = re.compile(r"[\x00-\x20\x7f\\]")


class TargetRefused(ValueError):
    """Not a URL that a webhook may have. The text says why and may be shown to the tenant."""


@dataclass(frozen=True, slots=True)
class Target:
    """A URL that passed. `literal` is the address when the host is one; a name must still be resolved and judged."""

    url: str
    scheme: str
    host: str
    port: int
    literal: IPv4Address | IPv6Address | None


@lru_cache(maxsize=4096)  # a reading costs as much as a signature, and endpoints are sent to again and again
def parse_target(text: str) -> Target:
    """Read a URL; TargetRefused unless it is http or https, without user info, with a plain host and an allowed port."""
    if len(text) > URL_LENGTH_MAX:
        raise TargetRefused(f"A URL has at most {URL_LENGTH_MAX} characters.")
    if _UNSAFE.search(text):
        raise TargetRefused("A URL has no spaces, control characters or backslashes.")
    try:
        url = URL(text)
        host, port = (url.raw_host or "").lower(), url.port
    except ValueError:
        raise TargetRefused("This is not a URL.") from None
    if url.scheme not in {"http", "https"}:
        raise TargetRefused("A URL starts with https://.")
    # The text as given: the parser has forgotten an empty user name, and brackets around what is no address.
    authority = re.split(r"[/?#]", text.partition("://")[2], maxsplit=1)[0]
    if "@" in authority:
        raise TargetRefused("A URL carries no user name or password.")
    if ("[" in authority) != (":" in host):
        raise TargetRefused("The host is not an address.")
    if "#" in text:
        raise TargetRefused("A URL has no fragment: it would never be sent.")
    if not port or port in REFUSED_PORTS:
        raise TargetRefused("This port is not allowed.")
    return Target(str(url), url.scheme, host, port, _literal(host))


def _literal(host: str) -> IPv4Address | IPv6Address | None:
    """The address of a literal host, None for a name.

    Resolvers also take 127.1, 0x7f.1 and 017700000001 for addresses, each in its own way: a host whose last label is a number
    is a dotted quad without leading zeros, or refused.
    """
    if ":" in host:
        try:
            address = IPv6Address(host)
        except AddressValueError:
            raise TargetRefused("The host is not an address.") from None
        if address.scope_id is not None:
            raise TargetRefused("The host has a zone.")
        return address
    if len(host) > 253 or not _NAME.fullmatch(host):
        raise TargetRefused("The host is not a name.")
    if not _ENDS_IN_NUMBER.search(host):
        return None
    try:
        return IPv4Address(host)
    except AddressValueError:
        raise TargetRefused("The host is not an address in its usual spelling.") from None
