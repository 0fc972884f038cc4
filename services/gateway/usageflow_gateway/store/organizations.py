"""Organizations, users and memberships."""

from __future__ import annotations

import dataclasses
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from usageflow_common.database import Transaction
from usageflow_gateway.domain.organizations import Organization
from usageflow_gateway.domain.scopes import Role
from usageflow_gateway.tables import api_keys, invitations, memberships, operations, organizations, users

_FIELDS = tuple(field.name for field in dataclasses.fields(Organization))


async def insert_organization(tx: Transaction, organization: Organization) -> None:
    """A new tenant."""
    values = {name: getattr(organization, name) for name in _FIELDS}
    await tx.execute(organizations.insert().values(**values, changed_at=sa.func.clock_timestamp()))


async def organization_of(tx: Transaction, org_id: UUID, *, lock: bool = False) -> Organization | None:
    """The organization, also a deleted one; `lock` keeps others from changing it until the transaction ends."""
    query = sa.select(*(organizations.c[name] for name in _FIELDS)).where(organizations.c.org_id == org_id)
    row = (await tx.execute(query.with_for_update() if lock else query)).one_or_none()
    return None if row is None else Organization(*row)


async def update_organization(tx: Transaction, organization: Organization) -> None:
    """The new state of a locked one."""
    values = {name: getattr(organization, name) for name in _FIELDS}
    await tx.execute(
        sa.update(organizations)
        .where(organizations.c.org_id == organization.org_id)
        .values(**values, changed_at=sa.func.clock_timestamp())
    )


async def update_spread(tx: Transaction, org_id: UUID, spread: int) -> Organization | None:
    """The organization with another spread, one version later; None when it has this one already."""
    statement = (
        sa.update(organizations)
        .where(organizations.c.org_id == org_id, organizations.c.spread != spread)
        .values(spread=spread, version=organizations.c.version + 1, changed_at=sa.func.clock_timestamp())
        .returning(*(organizations.c[name] for name in _FIELDS))
    )
    row = (await tx.execute(statement)).one_or_none()
    return None if row is None else Organization(*row)


async def insert_user(tx: Transaction, user_id: UUID, name: str, email: str | None, at: datetime) -> bool:
    """A new person; False when the address belongs to somebody."""
    statement = (
        insert(users)
        .values(user_id=user_id, name=name, email=email, created_at=at)
        .on_conflict_do_nothing(index_elements=[sa.text("lower(email)")])
        .returning(users.c.user_id)
    )
    return await tx.scalar(statement) is not None


async def insert_membership(tx: Transaction, org_id: UUID, user_id: UUID, role: Role, at: datetime) -> None:
    """A person joins."""
    await tx.execute(
        memberships.insert().values(
            org_id=org_id, user_id=user_id, role=role, version=1, joined_at=at, changed_at=sa.func.clock_timestamp()
        )
    )


async def first_owner(tx: Transaction, org_id: UUID) -> UUID | None:
    """The OWNER who joined first."""
    statement = (
        sa.select(memberships.c.user_id)
        .where(memberships.c.org_id == org_id, memberships.c.role == Role.OWNER)
        .order_by(memberships.c.joined_at, memberships.c.user_id)
        .limit(1)
    )
    found: UUID | None = await tx.scalar(statement)
    return found


async def hold_departed(tx: Transaction, ended_before: datetime) -> UUID | None:
    """An organization that ended before then and whose members, invitations or keys are still here; nobody else purges it meanwhile."""
    left = (
        sa.exists().where(table.c.org_id == organizations.c.org_id) for table in (api_keys, invitations, memberships)
    )
    statement = (
        sa.select(organizations.c.org_id)
        .where(organizations.c.status == "deleted", organizations.c.deleted_at < ended_before, sa.or_(*left))
        .order_by(organizations.c.deleted_at)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    found: UUID | None = await tx.scalar(statement)
    return found


async def purge_access(tx: Transaction, org_id: UUID) -> dict[str, int]:
    """Delete who and what opened the organization, and its stored answers; how many of each kind."""
    counts = {}
    for name, table in (("keys", api_keys), ("invitations", invitations), ("members", memberships)):
        counts[name] = (await tx.execute(table.delete().where(table.c.org_id == org_id))).rowcount
    await tx.execute(operations.delete().where(operations.c.org_id == org_id))
    return counts
