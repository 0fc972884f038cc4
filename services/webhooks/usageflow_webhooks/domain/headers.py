"""Headers of an endpoint's own: what a tenant may add to its deliveries, and what stays ours. And what the log does not show."""

from __future__ import annotations

import re
from typing import Final

HEADERS_MAX: Final = 20
VALUE_LENGTH_MAX: Final = 1024
MASK: Final = "***"

# Token characters of RFC 9110, 5.6.2; values without line breaks, so that one header stays one.
_NAME: Final = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}")
_VALUE: Final = re.compile(r"[\x21-\x7e]([\x20-\x7e\t]*[\x21-\x7e])?")

RESERVED: Final = frozenset(
    {
        *(
            "host",
            "content-length",
            "content-type",
            "content-encoding",
            "transfer-encoding",
            "connection",
            "keep-alive",
        ),
        *("upgrade", "te", "trailer", "expect", "user-agent", "proxy-authorization", "proxy-connection", "forwarded"),
    }
)
"""What frames the request, or says who sends it."""

RESERVED_PREFIXES: Final = ("webhook-", "x-forwarded-", "x-aws-", "metadata")
"""The signature's own, and what asks metadata services or proxies for favours."""

_SECRET_ANSWERS: Final = frozenset(
    {"set-cookie", "set-cookie2", "authorization", "www-authenticate", "proxy-authenticate"}
)


def refusal_of(name: str, value: str) -> str | None:
    """Why a header may not be added; None when it may."""
    if not _NAME.fullmatch(name):
        return "Not the name of a header."
    lower = name.lower()
    if lower in RESERVED or lower.startswith(RESERVED_PREFIXES):
        return "This header is not yours to set."
    if len(value) > VALUE_LENGTH_MAX or not _VALUE.fullmatch(value):
        return f"1 to {VALUE_LENGTH_MAX} printable ASCII characters."
    return None


def shown(name: str, value: str) -> str:
    """An answer's header as the log keeps it: what may hold a secret of the receiver's is masked."""
    return MASK if name in _SECRET_ANSWERS else value
