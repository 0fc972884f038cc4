"""Scopes and roles: what a role may do, and how far a key reaches that somebody of that role made.

`x:write` includes `x:read`. A key's scopes are cut to those of its creator's role whenever it is used, so that a demotion reaches it.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Final


class Role(StrEnum):
    """A member's role in an organization."""

    OWNER = "OWNER"
    ADMIN = "ADMIN"
    DEVELOPER = "DEVELOPER"
    VIEWER = "VIEWER"


_EVERYBODY: Final = frozenset(
    {
        "events:read",
        "metrics:read",
        "usage:read",
        "customers:read",
        "plans:read",
        "subscriptions:read",
        "invoices:read",
        "organization:read",
    }
)
_DEVELOPER: Final = _EVERYBODY | {
    "track:write",
    "events:write",
    "metrics:write",
    "webhooks:read",
    "webhooks:write",
    "audit:read",
}
_ADMIN: Final = _DEVELOPER | {"customers:write", "plans:write", "subscriptions:write", "invoices:write"}

_KEY_SCOPES_OF_ROLE: Final = {
    Role.OWNER: _ADMIN,
    Role.ADMIN: _ADMIN,
    Role.DEVELOPER: _DEVELOPER,
    Role.VIEWER: _EVERYBODY,
}
KEY_SCOPES: Final = _ADMIN
"""Every scope that a key can hold. Settings, members, keys and ownership are for people alone."""

INGEST_SCOPES: Final = frozenset({"track:write"})
"""What an ingest key holds: the only keys that a DEVELOPER sees and makes."""

_SETTINGS: Final = frozenset({"organization:write", "members:read", "members:write", "keys:read", "keys:write"})
_SESSION_SCOPES_OF_ROLE: Final = {
    Role.OWNER: _ADMIN | _SETTINGS | {"owner"},
    Role.ADMIN: _ADMIN | _SETTINGS,
    Role.DEVELOPER: _DEVELOPER | {"keys:read", "keys:write"},
    Role.VIEWER: _EVERYBODY,
}
RANKS: Final = (Role.VIEWER, Role.DEVELOPER, Role.ADMIN, Role.OWNER)


def session_scopes(role: Role) -> frozenset[str]:
    """What a member may do who has signed in."""
    return _SESSION_SCOPES_OF_ROLE[role]


def key_scopes(role: Role) -> frozenset[str]:
    """What the keys that a member makes may hold at most."""
    return INGEST_SCOPES if role is Role.DEVELOPER else _KEY_SCOPES_OF_ROLE[role]


def outranks(role: Role, other: Role) -> bool:
    """Whether somebody of this role may make or unmake one of the other: nobody acts above their own rank."""
    return RANKS.index(role) >= RANKS.index(other)


class UnknownScope(ValueError):
    """No key can hold this scope."""


def parse_scopes(text: str, role: Role) -> frozenset[str]:
    """A comma list of scopes, or `*` for everything that a key made by this role can hold. UnknownScope names what is wrong."""
    names = frozenset(name.strip() for name in text.split(",") if name.strip())
    if names == {"*"}:
        return _KEY_SCOPES_OF_ROLE[role]
    for name in sorted(names):
        if name not in KEY_SCOPES:
            raise UnknownScope(f"no key can hold the scope {name!r}")
    if not names:
        raise UnknownScope("a key needs at least one scope")
    return cut_scopes(names, role)


def cut_scopes(held: Iterable[str], role: Role) -> frozenset[str]:
    """What is left of `held` under a role: a scope that the role lacks goes, a write scope falls back to reading where that is allowed."""
    allowed = _KEY_SCOPES_OF_ROLE[role]
    kept = set()
    for scope in held:
        reading = f"{scope.partition(':')[0]}:read"
        if scope in allowed:
            kept.add(scope)
        elif reading in allowed:
            kept.add(reading)
    return frozenset(kept)
