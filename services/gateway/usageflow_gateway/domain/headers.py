"""Which headers pass, in both directions.

Towards a service an allow-list holds: a client's credentials, cookies and anything that looks like ours cannot come through, because
only what is named here does. Back to the client everything passes except what belongs to one connection or is written anew.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

Header = tuple[bytes, bytes]

_FORWARDED: Final = frozenset(
    {b"accept", b"accept-language", b"content-type", b"content-encoding", b"if-match", b"if-none-match", b"tracestate"}
)
_HOP_BY_HOP: Final = frozenset(
    {
        b"connection",
        b"keep-alive",
        b"proxy-authenticate",
        b"proxy-authorization",
        b"proxy-connection",
        b"te",
        b"trailer",
        b"transfer-encoding",
        b"upgrade",
    }
)
_WRITTEN_ANEW: Final = frozenset({b"server", b"date", b"x-request-id", b"set-cookie", b"idempotency-key"})
_TRACEPARENT: Final = re.compile(r"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")


def traceparent(values: Iterable[str]) -> str | None:
    """The trace to go on with; a malformed or repeated one starts no trace."""
    found = list(values)
    return found[0] if len(found) == 1 and _TRACEPARENT.fullmatch(found[0]) else None


def request_headers(headers: Iterable[Header]) -> list[Header]:
    """What of a client's headers goes on to a service."""
    sent = [(name.lower(), value) for name, value in headers]
    bound = _named_by_connection(sent)
    return [(name, value) for name, value in sent if name in _FORWARDED and name not in bound]


def response_headers(headers: Iterable[Header]) -> list[Header]:
    """What of a service's headers goes back to the client. Content-Length stays: the body is not touched."""
    sent = [(name.lower(), value) for name, value in headers]
    dropped = _HOP_BY_HOP | _WRITTEN_ANEW | _named_by_connection(sent)
    return [(name, value) for name, value in sent if name not in dropped]


def _named_by_connection(headers: Iterable[Header]) -> frozenset[bytes]:
    """Headers that Connection declares to belong to this one connection."""
    return frozenset(
        token.strip().lower()
        for name, value in headers
        if name == b"connection"
        for token in value.split(b",")
        if token.strip()
    )
