"""Signing secrets at rest: AES-256-GCM under a key from outside the database, bound to the endpoint they belong to."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from usageflow_common.ids import new_id
from usageflow_webhooks.domain.endpoints import SealedSecret
from usageflow_webhooks.domain.signing import SECRET_BYTES

_NONCE_BYTES: Final = 12


class UnknownKey(Exception):
    """A secret was sealed under a key that this process does not have: an operator must add it to the older keys."""


class Vault:
    """Seals under the current key, opens under any it knows. A key's id is derived from it, so the two cannot disagree."""

    def __init__(self, current: bytes, older: Sequence[bytes] = ()) -> None:
        """Keys are 32 bytes. After a change of keys the old one stays among `older` until nothing is sealed under it."""
        self._current = _key_id(current)
        self._keys = {_key_id(key): AESGCM(key) for key in (current, *older)}

    @property
    def key_id(self) -> str:
        """Of the key that seals."""
        return self._current

    @property
    def older_key_ids(self) -> list[str]:
        """Of the keys that only open."""
        return [key_id for key_id in self._keys if key_id != self._current]

    def make(self, org_id: UUID, endpoint_id: UUID) -> tuple[bytes, SealedSecret]:
        """A new signing key, and the form in which it is stored."""
        key, secret_id = secrets.token_bytes(SECRET_BYTES), new_id()
        nonce = secrets.token_bytes(_NONCE_BYTES)
        sealed = self._keys[self._current].encrypt(nonce, key, _place(org_id, endpoint_id, secret_id))
        return key, SealedSecret(endpoint_id, secret_id, self._current, nonce + sealed, None)

    def open(self, org_id: UUID, secret: SealedSecret) -> bytes:
        """The signing key; UnknownKey, or cryptography's InvalidTag when the row was tampered with or moved."""
        cipher = self._keys.get(secret.key_id)
        if cipher is None:
            raise UnknownKey(secret.key_id)
        nonce, sealed = secret.sealed[:_NONCE_BYTES], secret.sealed[_NONCE_BYTES:]
        return cipher.decrypt(nonce, sealed, _place(org_id, secret.endpoint_id, secret.secret_id))

    def seal_headers(self, org_id: UUID, endpoint_id: UUID, headers: Mapping[str, str]) -> tuple[str, bytes]:
        """An endpoint's own headers as stored, with the key's id: they often carry a credential."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        text = msgspec.json.encode(headers)
        return self._current, nonce + self._keys[self._current].encrypt(
            nonce, text, _headers_place(org_id, endpoint_id)
        )

    def open_headers(self, org_id: UUID, endpoint_id: UUID, key_id: str, sealed: bytes) -> dict[str, str]:
        """The headers; raises as `open` does."""
        cipher = self._keys.get(key_id)
        if cipher is None:
            raise UnknownKey(key_id)
        nonce, text = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
        return msgspec.json.decode(
            cipher.decrypt(nonce, text, _headers_place(org_id, endpoint_id)), type=dict[str, str]
        )

    def seal_anew(self, org_id: UUID, secret: SealedSecret) -> SealedSecret:
        """The same secret under the current key."""
        key, nonce = self.open(org_id, secret), secrets.token_bytes(_NONCE_BYTES)
        place = _place(org_id, secret.endpoint_id, secret.secret_id)
        sealed = nonce + self._keys[self._current].encrypt(nonce, key, place)
        return replace(secret, key_id=self._current, sealed=sealed)

    def open_live(self, org_id: UUID, live: Sequence[SealedSecret], now: datetime) -> list[bytes]:
        """The keys that sign at `now`, in their order."""
        return [self.open(org_id, secret) for secret in live if secret.expires_at is None or secret.expires_at > now]


def _key_id(key: bytes) -> str:
    if len(key) != 32:
        raise ValueError("A secrets key has 32 bytes.")
    return hashlib.sha256(b"usageflow secrets key\0" + key).hexdigest()[:16]


def _headers_place(org_id: UUID, endpoint_id: UUID) -> bytes:
    return b"headers" + org_id.bytes + endpoint_id.bytes


def _place(org_id: UUID, endpoint_id: UUID, secret_id: UUID) -> bytes:
    """What a sealed secret is bound to: it cannot be moved to another row."""
    return org_id.bytes + endpoint_id.bytes + secret_id.bytes
