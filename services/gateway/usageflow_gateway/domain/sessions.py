"""Sessions of people: how long they live, the token in their cookie, and the CSRF token that goes with it. Pure."""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from usageflow_gateway.domain.scopes import Role

IDLE: Final = timedelta(hours=12)
LIFETIME: Final = timedelta(days=7)
SEEN_EVERY: Final = timedelta(minutes=1)
"""So exactly it is kept when a session was last seen."""

TOKEN_BYTES: Final = 32


@dataclass(frozen=True, slots=True)
class User:
    """A person; one without an address cannot sign in."""

    user_id: UUID
    name: str
    email: str | None


@dataclass(frozen=True, slots=True)
class Membership:
    """What a user is in an organization that is active."""

    org_id: UUID
    organization_name: str
    role: Role


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody who has signed in, and where they belong."""

    session_id: UUID
    user: User
    token_hash: bytes
    created_at: datetime
    last_seen_at: datetime
    memberships: tuple[Membership, ...]

    @property
    def expires_at(self) -> datetime:
        """When it ends if it is not seen again."""
        return min(self.last_seen_at + IDLE, self.created_at + LIFETIME)


def token_hash(token: str) -> bytes:
    """What is kept of a token; it is random, so a plain hash will do."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


def csrf_token(session: Session, pepper: bytes) -> str:
    """What an unsafe request under the session has to show beside the cookie: another site can send the cookie, and not read this."""
    digest = hmac.digest(pepper, b"csrf:" + session.token_hash, hashlib.sha256)
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode("ascii")
