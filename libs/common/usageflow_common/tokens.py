"""Who is asking: short-lived Ed25519 tokens from the gateway (and the invoicer, for itself) to services."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Actor:
    """`type`: user, api_key, service or operator."""

    type: str
    id: UUID
    name: str | None = None


@dataclass(frozen=True, slots=True)
class BackfillGrant:
    """For backfill events: which backfill, and the ages it allows (RFC 3339)."""

    id: UUID
    from_: str
    to: str


@dataclass(frozen=True, slots=True)
class Caller:
    """Everything a service knows of a caller; it comes from the token alone. `operation_id` is None for reads and on ingest routes."""

    org_id: UUID
    actor: Actor
    role: str | None
    scopes: frozenset[str]
    issuer: str
    operation_id: UUID | None = None
    fingerprint: str | None = None
    request_id: str | None = None
    ip: str | None = None
    user_agent: str | None = None
    backfill: BackfillGrant | None = None
    idempotency_key: str | None = None
    """From the Idempotency-Key header that goes along: it seals secrets, and names events on ingest routes."""

    def may(self, scope: str) -> bool:
        """Whether the scopes hold `scope`; `x:write` includes `x:read`."""
        raise NotImplementedError


class TokenSigner:
    """Signs tokens for callers. `lifetime_seconds` at most 60."""

    def __init__(self, private_key: bytes, key_id: str, issuer: str) -> None:
        raise NotImplementedError

    def sign(self, caller: Caller, audience: str, *, lifetime_seconds: int = 60) -> str:
        """A JWT as the API describes it (EdDSA, `kid`, iss, aud, iat, exp, org, actor, role, scopes, op, fingerprint, requestId, …)."""
        raise NotImplementedError


class TokenVerifier:
    """Verifies tokens for one audience; 5 s leeway; verified tokens are remembered until they expire (bounded)."""

    def __init__(self, public_keys: Mapping[str, Mapping[str, bytes]], audience: str) -> None:
        """`public_keys`: issuer → key id → raw public key."""
        raise NotImplementedError

    def verify(self, token: str) -> Caller:
        """The caller; Unauthenticated for anything that is not exactly right (alg, kid, iss, aud, exp, shape)."""
        raise NotImplementedError
