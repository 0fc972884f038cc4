"""What makes two requests the same request: method, path with query, content type and the body as sent."""

from __future__ import annotations

import hashlib


def fingerprint(method: str, path_with_query: str, content_type: str, body: bytes) -> str:
    """SHA-256 in hex. Unambiguous: the first three parts cannot hold a line break, the body comes last."""
    head = f"{method}\n{path_with_query}\n{content_type}\n"
    return hashlib.sha256(head.encode("latin-1", "backslashreplace") + body).hexdigest()
