"""The database role of a service. Roles belong to the whole server, so two databases that are migrated at once meet here."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import unquote, urlsplit

from sqlalchemy import exc
from sqlalchemy.ext.asyncio import AsyncConnection

from usageflow_common.database import sqlstate_of

_ATTEMPTS: Final = 20
_ITERATIONS: Final = 4096
# duplicate_object and unique_violation: somebody created it meanwhile. internal_error: "tuple concurrently updated".
SOMEBODY_ELSE: Final = frozenset({"42710", "23505", "XX000"})


@dataclass(frozen=True, slots=True)
class Role:
    """A role that may log in, and do nothing else until it is granted."""

    name: str
    password: str = field(repr=False)

    async def ensure(self, connection: AsyncConnection, *, search_path: str) -> None:
        """Create the role if it is missing; set password and search path. Commits."""
        known = await connection.exec_driver_sql("SELECT 1 FROM pg_roles WHERE rolname = $1", (self.name,))
        verb = "ALTER" if known.first() is not None else "CREATE"
        await connection.commit()
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                await connection.exec_driver_sql(
                    f"{verb} ROLE {self.name} LOGIN PASSWORD '{scram_verifier(self.password)}'"
                )
                await connection.exec_driver_sql(f"ALTER ROLE {self.name} SET search_path = {search_path}")
                await connection.commit()
            except exc.DBAPIError as error:
                await connection.rollback()
                if sqlstate_of(error) not in SOMEBODY_ELSE or attempt == _ATTEMPTS:
                    raise
                verb = "ALTER"
                await asyncio.sleep(0.02 * attempt)
            else:
                return


def role_of(url: str) -> Role:
    """The role and password that a database URL names."""
    parts = urlsplit(url)
    if not parts.username or not parts.password:
        raise ValueError("The service's database URL must name a role and its password.")
    return Role(unquote(parts.username), unquote(parts.password))


def scram_verifier(password: str) -> str:
    """What PostgreSQL keeps of a password (RFC 5803): the server, and its statement log, never see the password itself."""
    if not password.isascii():
        raise ValueError("A role's password must be ASCII.")  # others would have to be prepared by RFC 4013 first
    salt = secrets.token_bytes(16)
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, _ITERATIONS)
    stored_key = hashlib.sha256(hmac.digest(salted, b"Client Key", "sha256")).digest()
    server_key = hmac.digest(salted, b"Server Key", "sha256")
    salt_text, stored_text, server_text = (base64.b64encode(part).decode() for part in (salt, stored_key, server_key))
    return f"SCRAM-SHA-256${_ITERATIONS}:{salt_text}${stored_text}:{server_text}"
