"""Who is asking: short-lived Ed25519 tokens from the gateway (and the invoicer, for itself) to services."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar
from uuid import UUID

import jwt
import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from jwt.api_jws import PyJWS

from usageflow_common.clock import Clock
from usageflow_common.errors import Unauthenticated

LIFETIME_SECONDS_MAX: Final = 60
LEEWAY_SECONDS: Final = 5
REUSE_SECONDS: Final = 30
"""A token that names no single request is signed once and serves its caller for so long."""

_REMEMBERED_MAX: Final = 4096
_ALGORITHM: Final = "EdDSA"
_TOKEN_CHARACTERS_MAX: Final = 16_384  # the longest names and user agents there can be, escaped, and base64

Now = Callable[[], int]
K = TypeVar("K")
V = TypeVar("V")


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

    def __hash__(self) -> int:
        """Callers are looked up for every event; that of all their members costs more than what is looked up."""
        return hash(self.actor.id)

    def may(self, scope: str) -> bool:
        """Whether the scopes hold `scope`; `x:write` includes `x:read`."""
        if scope in self.scopes:
            return True
        return scope.endswith(":read") and f"{scope.removesuffix(':read')}:write" in self.scopes


class TokenSigner:
    """Signs tokens for callers. `lifetime_seconds` at most 60."""

    def __init__(self, private_key: bytes, key_id: str, issuer: str, *, now: Now | None = None) -> None:
        """`private_key`: the 32 raw bytes of an Ed25519 key. `now` answers Unix seconds."""
        self._key = Ed25519PrivateKey.from_private_bytes(private_key)
        self._key_id = key_id
        self._issuer = issuer
        self._now = now or _unix_seconds
        self._signed: _Remembered[tuple[Caller, str, int], str] = _Remembered()

    def sign(self, caller: Caller, audience: str, *, lifetime_seconds: int = LIFETIME_SECONDS_MAX) -> str:
        """A JWT as the API describes it (EdDSA, `kid`, iss, aud, iat, exp, org, actor, role, scopes, op, fingerprint, requestId, …).

        A caller without operation and request id gets the same token for up to 30 seconds.
        """
        if not 0 < lifetime_seconds <= LIFETIME_SECONDS_MAX:
            raise ValueError(f"A token lives 1 to {LIFETIME_SECONDS_MAX} seconds")
        now = self._now()
        if caller.operation_id is not None or caller.request_id is not None:
            return self._encode(caller, audience, now, lifetime_seconds)
        asked = (caller, audience, lifetime_seconds)
        token = self._signed.get(asked, now)
        if token is None:
            token = self._encode(caller, audience, now, lifetime_seconds)
            self._signed.put(asked, token, until=now + min(REUSE_SECONDS, lifetime_seconds // 2))
        return token

    def _encode(self, caller: Caller, audience: str, now: int, lifetime_seconds: int) -> str:
        claims = _claims_of(caller, self._issuer, audience, issued_at=now, expires_at=now + lifetime_seconds)
        return jwt.encode(claims, self._key, algorithm=_ALGORITHM, headers={"kid": self._key_id})


class TokenVerifier:
    """Verifies tokens for one audience; 5 s leeway; verified tokens are remembered until they expire (bounded)."""

    def __init__(
        self, public_keys: Mapping[str, Mapping[str, bytes]], audience: str, *, now: Now | None = None
    ) -> None:
        """`public_keys`: issuer → key id → raw public key. `now` answers Unix seconds."""
        self._keys = {
            (issuer, key_id): Ed25519PublicKey.from_public_bytes(raw)
            for issuer, keys in public_keys.items()
            for key_id, raw in keys.items()
        }
        self._audience = audience
        self._now = now or _unix_seconds
        self._jws = PyJWS(algorithms=[_ALGORITHM])
        self._verified: _Remembered[str, Caller] = _Remembered()

    def verify(self, token: str) -> Caller:
        """The caller; Unauthenticated for anything that is not exactly right (alg, kid, iss, aud, exp, shape)."""
        now = self._now()
        caller = self._verified.get(token, now)
        if caller is None:
            claims = self._read(token)
            self._check_claims(claims, now)
            caller = _caller_of(claims)
            self._verified.put(token, caller, until=claims.exp + LEEWAY_SECONDS)
        return caller

    def _read(self, token: str) -> _Claims:
        """The claims, once the signature is proved to be that of the issuer they name."""
        if len(token) > _TOKEN_CHARACTERS_MAX:
            raise _refused()
        try:
            header = self._jws.get_unverified_header(token)
            key_id = header.get("kid")
            if header.get("alg") != _ALGORITHM or not isinstance(key_id, str):
                raise _refused()
            for (issuer, known_id), key in self._keys.items():
                if known_id == key_id and (claims := self._claims_signed_by(token, key)) and claims.iss == issuer:
                    return claims
        except (jwt.InvalidTokenError, msgspec.DecodeError, UnicodeError) as error:
            raise _refused() from error
        raise _refused()

    def _claims_signed_by(self, token: str, key: Ed25519PublicKey) -> _Claims | None:
        try:
            payload = self._jws.decode(token, key, algorithms=[_ALGORITHM])
        except jwt.InvalidSignatureError:
            return None
        return _CLAIMS.decode(payload)

    def _check_claims(self, claims: _Claims, now: int) -> None:
        right = (
            claims.aud == self._audience
            and claims.iat <= now + LEEWAY_SECONDS
            and now < claims.exp + LEEWAY_SECONDS
            and 0 < claims.exp - claims.iat <= LIFETIME_SECONDS_MAX
        )
        if not right:
            raise _refused()


class _ActorClaim(msgspec.Struct, frozen=True):
    type: str
    id: UUID
    name: str | None = None


class _BackfillClaim(msgspec.Struct, frozen=True, rename={"from_": "from"}):
    id: UUID
    from_: str
    to: str


class _Claims(msgspec.Struct, frozen=True, rename="camel"):
    """Missing or mistyped members are refused; members of a later version are not."""

    iss: str
    aud: str
    iat: int
    exp: int
    org: UUID
    actor: _ActorClaim
    role: str | None
    scopes: frozenset[str]
    op: UUID | None
    fingerprint: str | None
    request_id: str | None
    ip: str | None = None
    user_agent: str | None = None
    backfill: _BackfillClaim | None = None


_CLAIMS: Final = msgspec.json.Decoder(_Claims)


def _claims_of(caller: Caller, issuer: str, audience: str, *, issued_at: int, expires_at: int) -> dict[str, Any]:
    grant = caller.backfill
    claims = _Claims(
        iss=issuer,
        aud=audience,
        iat=issued_at,
        exp=expires_at,
        org=caller.org_id,
        actor=_ActorClaim(caller.actor.type, caller.actor.id, caller.actor.name),
        role=caller.role,
        scopes=caller.scopes,
        op=caller.operation_id,
        fingerprint=caller.fingerprint,
        request_id=caller.request_id,
        ip=caller.ip,
        user_agent=caller.user_agent,
        backfill=None if grant is None else _BackfillClaim(grant.id, grant.from_, grant.to),
    )
    plain: dict[str, Any] = msgspec.to_builtins(claims)
    plain["scopes"] = sorted(plain["scopes"])
    return plain


def _caller_of(claims: _Claims) -> Caller:
    grant = claims.backfill
    return Caller(
        org_id=claims.org,
        actor=Actor(claims.actor.type, claims.actor.id, claims.actor.name),
        role=claims.role,
        scopes=claims.scopes,
        issuer=claims.iss,
        operation_id=claims.op,
        fingerprint=claims.fingerprint,
        request_id=claims.request_id,
        ip=claims.ip,
        user_agent=claims.user_agent,
        backfill=None if grant is None else BackfillGrant(grant.id, grant.from_, grant.to),
    )


class _Remembered(Generic[K, V]):
    """A bounded memory whose entries end at a given second; when it is full, the oldest goes."""

    def __init__(self) -> None:
        self._entries: OrderedDict[K, tuple[V, int]] = OrderedDict()

    def get(self, key: K, now: int) -> V | None:
        entry = self._entries.get(key)
        if entry is None:
            return None
        value, until = entry
        if now < until:
            return value
        del self._entries[key]
        return None

    def put(self, key: K, value: V, *, until: int) -> None:
        self._entries[key] = (value, until)
        if len(self._entries) > _REMEMBERED_MAX:
            self._entries.popitem(last=False)


def _refused() -> Unauthenticated:
    return Unauthenticated("The token is missing or not valid.")


def _unix_seconds() -> int:
    return int(Clock().wall().timestamp())
