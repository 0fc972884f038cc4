"""Seals stored answers that show a secret: only who repeats the request, and so knows its Idempotency-Key, can open one.

HKDF-SHA256 of the key, salted with the operation id, gives the key of AES-256-GCM. The key itself is stored nowhere, and
neither database nor backup can show the secret alone.
"""

from __future__ import annotations

import secrets
from typing import Final
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_NONCE_BYTES: Final = 12
_PURPOSE: Final = b"usageflow stored answer 1"


def seal(plain: bytes, idempotency_key: str, org_id: UUID, operation_id: UUID) -> bytes:
    """Nonce and ciphertext, bound to this operation of this organization."""
    nonce = secrets.token_bytes(_NONCE_BYTES)
    return nonce + _cipher(idempotency_key, operation_id).encrypt(nonce, plain, org_id.bytes + operation_id.bytes)


def unseal(sealed: bytes, idempotency_key: str, org_id: UUID, operation_id: UUID) -> bytes:
    """What was sealed. cryptography.exceptions.InvalidTag with any other key, operation or organization."""
    nonce, ciphertext = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
    return _cipher(idempotency_key, operation_id).decrypt(nonce, ciphertext, org_id.bytes + operation_id.bytes)


def _cipher(idempotency_key: str, operation_id: UUID) -> AESGCM:
    derived = HKDF(algorithm=SHA256(), length=32, salt=operation_id.bytes, info=_PURPOSE)
    return AESGCM(derived.derive(idempotency_key.encode()))
