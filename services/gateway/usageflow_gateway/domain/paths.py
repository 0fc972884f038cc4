"""A request's path, read once and strictly: whatever two programs could read differently names nothing here.

Each segment is percent-decoded exactly once. Empty and dot segments, encoded separators, encoded percent signs and control
characters are refused, and the path that goes on is written anew from the decoded segments, so a service can never see another
path than the one that was authorized.
"""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import quote

PATH_BYTES_MAX: Final = 2_048
_SEGMENT: Final = re.compile(r"(?:[A-Za-z0-9\-._~!$&'()*+,;=:@|]|%[0-9A-Fa-f]{2})+")
_ESCAPE: Final = re.compile(r"%([0-9A-Fa-f]{2})")
_FORBIDDEN: Final = frozenset("/\\%;")
_PLAIN: Final = "-._~!$&'()*+,=:@"


def split_path(raw: bytes) -> tuple[str, ...] | None:
    """The decoded segments of a raw path, None when it is not one that can name anything here."""
    if len(raw) > PATH_BYTES_MAX or not raw.startswith(b"/"):
        return None
    segments = tuple(_decode(segment) for segment in raw[1:].decode("latin-1").split("/"))
    whole = tuple(segment for segment in segments if segment is not None)
    return whole if len(whole) == len(segments) else None


def join_path(segments: tuple[str, ...]) -> str:
    """The one way in which a path goes on to a service, and enters operation ids and fingerprints."""
    return "/" + "/".join(quote(segment, safe=_PLAIN) for segment in segments)


def _decode(segment: str) -> str | None:
    if not _SEGMENT.fullmatch(segment):
        return None
    decoded = _ESCAPE.sub(lambda match: chr(int(match[1], 16)), segment)
    if decoded in {".", ".."} or not (decoded.isascii() and decoded.isprintable()) or set(decoded) & _FORBIDDEN:
        return None
    return decoded
