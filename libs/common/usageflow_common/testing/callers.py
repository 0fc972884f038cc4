"""Callers and their tokens, signed as the gateway and the invoicer sign them, with keys that are worth nothing elsewhere."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID, uuid5

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from usageflow_common.ids import new_id
from usageflow_common.tokens import Actor, Caller, TokenSigner

GATEWAY: Final = "usageflow-gateway"
INVOICER: Final = "usageflow-invoicer"
_KEY_ID: Final = "test"


def caller(
    *scopes: str,
    org_id: UUID | None = None,
    role: str | None = "OWNER",
    issuer: str = GATEWAY,
    actor: Actor | None = None,
    idempotency_key: str | None = None,
    operation_id: UUID | None = None,
    fingerprint: str | None = None,
) -> Caller:
    """A user of an organization (a new one, unless it is given). With an Idempotency-Key it asks for the mutation that the key names."""
    organization = org_id or new_id()
    if idempotency_key is not None and operation_id is None:
        operation_id = uuid5(organization, f"test\n{idempotency_key}")
    if operation_id is not None and fingerprint is None:
        fingerprint = hashlib.sha256(operation_id.bytes).hexdigest()
    return Caller(
        org_id=organization,
        actor=actor or Actor("user", uuid5(organization, "user"), "Ada"),
        role=role,
        scopes=frozenset(scopes),
        issuer=issuer,
        operation_id=operation_id,
        fingerprint=fingerprint,
        request_id=f"req_{new_id().hex}" if operation_id is not None else None,
        idempotency_key=idempotency_key,
    )


@dataclass(frozen=True, slots=True)
class TokenKeys:
    """A key pair for each of the two issuers."""

    private_keys: dict[str, bytes] = field(
        default_factory=lambda: {
            issuer: hashlib.sha256(f"a key for tests of {issuer}".encode()).digest() for issuer in (GATEWAY, INVOICER)
        },
        repr=False,
    )
    key_id: str = _KEY_ID

    @property
    def public_keys(self) -> dict[str, dict[str, bytes]]:
        """Issuer → key id → raw public key, as TokenVerifier takes them."""
        return {
            issuer: {self.key_id: Ed25519PrivateKey.from_private_bytes(key).public_key().public_bytes_raw()}
            for issuer, key in self.private_keys.items()
        }

    @property
    def setting(self) -> dict[str, dict[str, str]]:
        """The same in base64: the setting `token_public_keys`."""
        return {
            issuer: {key_id: base64.b64encode(key).decode() for key_id, key in keys.items()}
            for issuer, keys in self.public_keys.items()
        }

    def headers(self, audience: str, who: Caller) -> dict[str, str]:
        """The headers that make a request to the service `audience` one of `who`."""
        token = TokenSigner(self.private_keys[who.issuer], self.key_id, who.issuer).sign(who, audience)
        key = {"Idempotency-Key": who.idempotency_key} if who.idempotency_key is not None else {}
        return {"Authorization": f"Bearer {token}", **key}

    def token_headers(
        self, audience: str, scopes: Iterable[str], *, org_id: UUID | None = None, idempotency_key: str | None = None
    ) -> dict[str, str]:
        """`headers` of a user with these scopes."""
        return self.headers(audience, caller(*scopes, org_id=org_id, idempotency_key=idempotency_key))
