"""API keys: written by operators, read whole by the key feed, then by what has changed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from ipaddress import ip_network
from typing import Final
from uuid import UUID

import sqlalchemy as sa

from usageflow_common.database import Row, Transaction
from usageflow_gateway.domain.addresses import Network
from usageflow_gateway.domain.api_keys import ApiKey
from usageflow_gateway.domain.scopes import Role, cut_scopes
from usageflow_gateway.tables import api_keys, memberships, organizations

OVERLAP: Final = timedelta(seconds=45)
"""A change carries the time of its statement and may commit as much later as a transaction may last, which is 30 s."""

_KEYS: Final = (
    sa.select(
        api_keys.c.org_id,
        api_keys.c.key_id,
        api_keys.c.name,
        api_keys.c.scopes,
        api_keys.c.secret_hash,
        api_keys.c.expires_at,
        api_keys.c.allowed_addresses,
        memberships.c.role,
        sa.and_(api_keys.c.revoked_at.is_(None), organizations.c.status == "active").label("usable"),
    )
    .join(
        memberships,
        sa.and_(memberships.c.org_id == api_keys.c.org_id, memberships.c.user_id == api_keys.c.created_by),
    )
    .join(organizations, organizations.c.org_id == api_keys.c.org_id)
)


async def insert_key(
    tx: Transaction,
    org_id: UUID,
    key_id: UUID,
    *,
    secret_hash: bytes,
    name: str,
    start: str,
    last4: str,
    scopes: frozenset[str],
    created_by: UUID,
    at: datetime,
    expires_at: datetime | None = None,
    allowed_addresses: Sequence[str] | None = None,
    replaces: UUID | None = None,
) -> None:
    """A new key; its secret is not kept."""
    await tx.execute(
        api_keys.insert().values(
            org_id=org_id,
            key_id=key_id,
            secret_hash=secret_hash,
            name=name,
            start=start,
            last4=last4,
            scopes=sorted(scopes),
            created_by=created_by,
            version=1,
            created_at=at,
            expires_at=expires_at,
            allowed_addresses=list(allowed_addresses) if allowed_addresses is not None else None,
            replaces=replaces,
            changed_at=sa.func.clock_timestamp(),
        )
    )


async def revoke_key(tx: Transaction, key_id: UUID, at: datetime) -> tuple[UUID, str] | None:
    """Organization and name of the key that is revoked now; None when there is no live key of this id.

    An operator names a key by its id alone: it is unique over all organizations.
    """
    statement = (
        api_keys.update()
        .where(api_keys.c.key_id == key_id, api_keys.c.revoked_at.is_(None))
        .values(revoked_at=at, changed_at=sa.func.clock_timestamp(), version=api_keys.c.version + 1)
        .returning(api_keys.c.org_id, api_keys.c.name)
    )
    row = (await tx.execute(statement)).one_or_none()
    return None if row is None else (row.org_id, row.name)


async def live_keys(tx: Transaction) -> list[ApiKey]:
    """Every key that can still be used, of all organizations."""
    statement = _KEYS.where(api_keys.c.revoked_at.is_(None), organizations.c.status == "active")
    return [_key_of(row) for row in await tx.execute(statement)]


async def changed_keys(tx: Transaction, since: datetime) -> list[ApiKey]:
    """Keys that changed, or whose creator's membership or organization did, since a little before an instant of the database's clock."""
    horizon = since - OVERLAP
    # One statement per table: each reads only the end of its own index.
    changed = sa.union_all(
        *(_KEYS.where(table.c.changed_at > horizon) for table in (api_keys, memberships, organizations))
    )
    return [_key_of(row) for row in await tx.execute(changed)]


async def find_key(tx: Transaction, hashes: Sequence[bytes]) -> ApiKey | None:
    """The key of one of these hashes, usable or not."""
    row = (await tx.execute(_KEYS.where(api_keys.c.secret_hash.in_(hashes)).limit(1))).one_or_none()
    return None if row is None else _key_of(row)


async def transaction_started_at(tx: Transaction) -> datetime:
    """The database's clock at the begin of this transaction."""
    started: datetime = (await tx.execute(sa.select(sa.func.now()))).scalar_one()
    return started


def _key_of(row: Row) -> ApiKey:
    role = Role(row.role)
    return ApiKey(
        org_id=row.org_id,
        key_id=row.key_id,
        name=row.name,
        role=role,
        scopes=_scopes_of(tuple(row.scopes), role),
        secret_hash=bytes(row.secret_hash),
        expires_at=row.expires_at,
        usable=row.usable,
        allowed_addresses=_networks(row.allowed_addresses),
    )


@lru_cache(maxsize=1024)
def _scopes_of(held: tuple[str, ...], role: Role) -> frozenset[str]:
    """One set for all keys that may do the same: a gateway holds every key there is."""
    return cut_scopes(held, role)


def _networks(texts: Sequence[str] | None) -> tuple[Network, ...] | None:
    return None if texts is None else tuple(ip_network(text) for text in texts)
