"""Cursors of lists: opaque, signed, never expiring, and bound to the filters that they were made for."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from usageflow_common.errors import InvalidCursor


@dataclass(frozen=True, slots=True)
class PageRequest:
    """`limit` 1..200, and the key to go on from."""

    limit: int
    after: tuple[str, ...] | None


class _Position(msgspec.Struct, array_like=True, frozen=True):
    filters: bytes
    after: tuple[str, ...]


class Cursors:
    """Opaque signed cursors: they carry the position and a digest of filters and sort; other filters are 400 invalid_cursor."""

    _SIGNATURE_BYTES: Final = 16
    _CHARACTERS_MAX: Final = 8_192

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def read(self, cursor: str | None, limit: int, filters: Mapping[str, Any]) -> PageRequest:
        """The page asked for; InvalidCursor when it is forged or belongs to other filters."""
        if cursor is None:
            return PageRequest(limit, None)
        position = self._open(cursor)
        if position is None:
            raise InvalidCursor("The cursor is not one of ours.")
        if not hmac.compare_digest(position.filters, _digest(filters)):
            raise InvalidCursor("The cursor belongs to other filters.")
        return PageRequest(limit, position.after)

    def next(
        self, rows: Sequence[Any], page: PageRequest, position: Sequence[str] | None, filters: Mapping[str, Any]
    ) -> str | None:
        """The cursor behind `position` (the last row's key as texts), None on the last page.

        A page is the last one when it holds fewer rows than its limit, so ask the database for `limit` rows.
        """
        if position is None or len(rows) < page.limit:
            return None
        payload = msgspec.msgpack.encode(_Position(_digest(filters), tuple(position)))
        return base64.urlsafe_b64encode(self._sign(payload) + payload).decode("ascii").rstrip("=")

    def _open(self, cursor: str) -> _Position | None:
        if len(cursor) > self._CHARACTERS_MAX:
            return None
        try:
            sealed = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        except (binascii.Error, ValueError):
            return None
        signature, payload = sealed[: self._SIGNATURE_BYTES], sealed[self._SIGNATURE_BYTES :]
        if not hmac.compare_digest(signature, self._sign(payload)):
            return None
        return msgspec.msgpack.decode(payload, type=_Position)

    def _sign(self, payload: bytes) -> bytes:
        return hmac.digest(self._secret, payload, "sha256")[: self._SIGNATURE_BYTES]


def _digest(filters: Mapping[str, Any]) -> bytes:
    """Of the filters that are set: an absent one and a null one are the same."""
    given = {name: value for name, value in filters.items() if value is not None}
    return hashlib.sha256(msgspec.json.encode(given, order="sorted", enc_hook=str)).digest()[:16]
