"""Signing secrets at rest: AES-256-GCM under a key from outside the database, bound to the endpoint they belong to."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

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

    def open_live(self, org_id: UUID, live: Sequence[SealedSecret], now: datetime) -> list[bytes]:
        """The keys that sign at `now`, in their order."""
        return [self.open(org_id, secret) for secret in live if secret.expires_at is None or secret.expires_at > now]


def _key_id(key: bytes) -> str:
    if len(key) != 32:
        raise ValueError("A secrets key has 32 bytes.")
    return hashlib.sha256(b"usageflow secrets key\0" + key).hexdigest()[:16]


def _place(org_id: UUID, endpoint_id: UUID, secret_id: UUID) -> bytes:
    """What a sealed secret is bound to: it cannot be moved to another row."""
    return org_id.bytes + endpoint_id.bytes + secret_id.bytes
