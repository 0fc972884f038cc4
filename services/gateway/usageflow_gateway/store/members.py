"""Members of an organization, and invitations to become one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from usageflow_common.database import Transaction
from usageflow_gateway.domain.scopes import Role
from usageflow_gateway.tables import api_keys, invitations, memberships, organizations, sessions, users


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody who belongs to an organization."""

    user_id: UUID
    email: str | None
    name: str
    role: Role
    joined_at: datetime
    last_seen_at: datetime | None
    version: int


@dataclass(frozen=True, slots=True)
class Invitation:
    """An offer to join, open until it is accepted, withdrawn or over."""

    org_id: UUID
    invitation_id: UUID
    email: str
    role: Role
    invited_by: UUID
    created_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Offered:
    """An open invitation with the name of its organization."""

    invitation: Invitation
    organization_name: str


async def hold_members(tx: Transaction, org_id: UUID) -> None:
    """Whoever changes members of an organization comes one by one: its last OWNER must stay."""
    await tx.execute(sa.select(organizations.c.org_id).where(organizations.c.org_id == org_id).with_for_update())


async def list_members(tx: Transaction, org_id: UUID) -> list[Member]:
    """All of them, in the order of joining."""
    rows = await tx.execute(_members(org_id).order_by(memberships.c.joined_at, memberships.c.user_id))
    return [_member(row) for row in rows]


async def member_of(tx: Transaction, org_id: UUID, user_id: UUID) -> Member | None:
    """One of them."""
    row = (await tx.execute(_members(org_id).where(memberships.c.user_id == user_id))).one_or_none()
    return None if row is None else _member(row)


async def is_member(tx: Transaction, org_id: UUID, email: str) -> bool:
    """Whether somebody with this address belongs to it."""
    m, u = memberships.c, users.c
    found = sa.exists().where(m.org_id == org_id, m.user_id == u.user_id, sa.func.lower(u.email) == email.lower())
    return bool(await tx.scalar(sa.select(found)))


async def count_owners(tx: Transaction, org_id: UUID) -> int:
    """After hold_members, nobody adds or takes one meanwhile."""
    m = memberships.c
    count = await tx.scalar(sa.select(sa.func.count()).where(m.org_id == org_id, m.role == Role.OWNER))
    return int(count or 0)


async def set_role(tx: Transaction, org_id: UUID, user_id: UUID, role: Role) -> None:
    """Another role, one version later; keys of the member are cut to it at their next use."""
    m = memberships.c
    await tx.execute(
        sa.update(memberships)
        .where(m.org_id == org_id, m.user_id == user_id)
        .values(role=role, version=m.version + 1, changed_at=sa.func.clock_timestamp())
    )


async def remove_member(tx: Transaction, org_id: UUID, user_id: UUID, heir_id: UUID) -> None:
    """Their keys pass to the heir first."""
    k, m = api_keys.c, memberships.c
    await tx.execute(
        sa.update(api_keys)
        .where(k.org_id == org_id, k.created_by == user_id)
        .values(created_by=heir_id, changed_at=sa.func.clock_timestamp(), version=k.version + 1)
    )
    await tx.execute(sa.delete(memberships).where(m.org_id == org_id, m.user_id == user_id))


async def insert_invitation(tx: Transaction, invitation: Invitation, token_hash: bytes) -> None:
    """Raises an IntegrityError on uq_invitations_open."""
    await tx.execute(
        sa.insert(invitations).values(
            org_id=invitation.org_id,
            invitation_id=invitation.invitation_id,
            token_hash=token_hash,
            email=invitation.email,
            role=invitation.role,
            invited_by=invitation.invited_by,
            created_at=invitation.created_at,
            expires_at=invitation.expires_at,
        )
    )


async def withdraw_expired(tx: Transaction, org_id: UUID, email: str, now: datetime) -> None:
    """One that is over makes room for a new one."""
    i = invitations.c
    await tx.execute(
        sa.update(invitations)
        .where(i.org_id == org_id, sa.func.lower(i.email) == email.lower(), _unanswered(), i.expires_at <= now)
        .values(withdrawn_at=now)
    )


async def list_invitations(tx: Transaction, org_id: UUID, now: datetime) -> list[Invitation]:
    """The open ones, newest first."""
    i = invitations.c
    rows = await tx.execute(
        sa.select(invitations)
        .where(i.org_id == org_id, _unanswered(), i.expires_at > now)
        .order_by(i.created_at.desc(), i.invitation_id)
    )
    return [_invitation(row) for row in rows]


async def withdraw_invitation(tx: Transaction, org_id: UUID, invitation_id: UUID, now: datetime) -> Invitation | None:
    """None where there is no open one."""
    i = invitations.c
    row = (
        await tx.execute(
            sa.update(invitations)
            .where(i.org_id == org_id, i.invitation_id == invitation_id, _unanswered())
            .values(withdrawn_at=now)
            .returning(*invitations.c)
        )
    ).one_or_none()
    return None if row is None else _invitation(row)


async def find_offered(tx: Transaction, token_hash: bytes, now: datetime, *, lock: bool = False) -> Offered | None:
    """The open invitation of a token, of an organization that is active."""
    i, o = invitations.c, organizations.c
    statement = (
        sa.select(invitations, o.name.label("organization_name"))
        .join(organizations, o.org_id == i.org_id)
        .where(i.token_hash == token_hash, _unanswered(), i.expires_at > now, o.status == "active")
    )
    row = (await tx.execute(statement.with_for_update() if lock else statement)).one_or_none()
    return None if row is None else Offered(_invitation(row), row.organization_name)


async def note_accepted(tx: Transaction, invitation: Invitation, now: datetime) -> None:
    """Its one use."""
    i = invitations.c
    await tx.execute(
        sa.update(invitations)
        .where(i.org_id == invitation.org_id, i.invitation_id == invitation.invitation_id)
        .values(accepted_at=now)
    )


def _unanswered() -> sa.ColumnElement[bool]:
    return sa.and_(invitations.c.accepted_at.is_(None), invitations.c.withdrawn_at.is_(None))


def _members(org_id: UUID) -> sa.Select[tuple[object, ...]]:
    m, u = memberships.c, users.c
    seen = sa.select(sa.func.max(sessions.c.last_seen_at)).where(sessions.c.user_id == u.user_id).scalar_subquery()
    return (
        sa.select(m.user_id, u.email, u.name, m.role, m.joined_at, seen.label("last_seen_at"), m.version)
        .join(users, u.user_id == m.user_id)
        .where(m.org_id == org_id)
    )


def _member(row: sa.Row[tuple[object, ...]]) -> Member:
    return Member(row.user_id, row.email, row.name, Role(row.role), row.joined_at, row.last_seen_at, row.version)


def _invitation(row: sa.Row[tuple[object, ...]]) -> Invitation:
    return Invitation(
        row.org_id, row.invitation_id, row.email, Role(row.role), row.invited_by, row.created_at, row.expires_at
    )
