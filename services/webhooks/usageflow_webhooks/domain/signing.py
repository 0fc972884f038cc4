"""Signatures by the Standard Webhooks specification (v1, symmetric): HMAC-SHA256 over `id.timestamp.body`.

A receiver needs the raw body, three headers and its secret; any of the public libraries verifies them.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Sequence
from typing import Final

SECRET_BYTES: Final = 32
_SECRET_PREFIX: Final = "whsec_"  # noqa: S105 -- the public prefix, not a secret


def secret_text(key: bytes) -> str:
    """How a secret is shown and handed over: `whsec_` and base64 of its 32 bytes."""
    return _SECRET_PREFIX + base64.b64encode(key).decode()


def secret_key(text: str) -> bytes:
    """The key behind a shown secret; ValueError when it is not one."""
    if not text.startswith(_SECRET_PREFIX):
        raise ValueError("not a signing secret")
    return base64.b64decode(text.removeprefix(_SECRET_PREFIX), validate=True)


def signature_header(keys: Sequence[bytes], webhook_id: str, timestamp: int, body: bytes) -> str:
    """The value of `webhook-signature`: one `v1,…` item for each live key, in the given order, with a space between.

    `timestamp` is the attempt's time in whole seconds since 1970. During a rotation old and new keys both sign.
    """
    signed = f"{webhook_id}.{timestamp}.".encode() + body
    digests = (hmac.new(key, signed, hashlib.sha256).digest() for key in keys)
    return " ".join("v1," + base64.b64encode(digest).decode() for digest in digests)
