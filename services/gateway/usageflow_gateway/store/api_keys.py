"""API keys as their organization manages them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from usageflow_common.database import Transaction
from usageflow_gateway.tables import api_keys


@dataclass(frozen=True, slots=True)
class StoredKey:
    """A key as it was made; `scopes` are not cut to its maker's present role."""

    key_id: UUID
    name: str
    start: str
    last4: str
    scopes: tuple[str, ...]
    created_by: UUID
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    allowed_addresses: tuple[str, ...] | None
    last_used_at: datetime | None
    replaces: UUID | None
    version: int


async def list_keys(tx: Transaction, org_id: UUID) -> list[StoredKey]:
    """All of them, newest first."""
    k = api_keys.c
    rows = await tx.execute(
        sa.select(api_keys).where(k.org_id == org_id).order_by(k.created_at.desc(), k.key_id.desc())
    )
    return [_stored(row) for row in rows]


async def read_key(tx: Transaction, org_id: UUID, key_id: UUID, *, lock: bool = False) -> StoredKey | None:
    """One of them."""
    statement = sa.select(api_keys).where(api_keys.c.org_id == org_id, api_keys.c.key_id == key_id)
    row = (await tx.execute(statement.with_for_update() if lock else statement)).one_or_none()
    return None if row is None else _stored(row)


async def update_key(
    tx: Transaction,
    org_id: UUID,
    key_id: UUID,
    *,
    name: str | None = None,
    expires_at: datetime | None = None,
    revoked_at: datetime | None = None,
) -> None:
    """What is given changes, one version later; every gateway learns it within a second."""
    k = api_keys.c
    given = {"name": name, "expires_at": expires_at, "revoked_at": revoked_at}
    await tx.execute(
        sa.update(api_keys)
        .where(k.org_id == org_id, k.key_id == key_id)
        .values(
            **{field: value for field, value in given.items() if value is not None},
            version=k.version + 1,
            changed_at=sa.func.clock_timestamp(),
        )
    )


async def note_used(tx: Transaction, used: Mapping[tuple[UUID, UUID], datetime]) -> None:
    """(Organization, key) → when it was used last. Not a change of the key: nobody has to learn it."""
    k = api_keys.c
    for (org_id, key_id), at in sorted(used.items()):
        await tx.execute(sa.update(api_keys).where(k.org_id == org_id, k.key_id == key_id).values(last_used_at=at))


def _stored(row: sa.Row[tuple[object, ...]]) -> StoredKey:
    addresses: Sequence[str] | None = row.allowed_addresses
    return StoredKey(
        row.key_id,
        row.name,
        row.start,
        row.last4,
        tuple(row.scopes),
        row.created_by,
        row.created_at,
        row.expires_at,
        row.revoked_at,
        None if addresses is None else tuple(addresses),
        row.last_used_at,
        row.replaces,
        row.version,
    )
