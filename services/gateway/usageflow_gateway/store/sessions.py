"""Users with their passwords, and their sessions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from usageflow_common.database import Transaction
from usageflow_gateway.domain.scopes import Role
from usageflow_gateway.domain.sessions import IDLE, LIFETIME, Membership, Session, User
from usageflow_gateway.tables import auth_attempts, memberships, organizations, sessions, users

_ATTEMPT: Final = """
INSERT INTO auth_attempts (subject, since, attempts) VALUES (:subject, :now, 1)
    ON CONFLICT (subject) DO UPDATE
   SET since = CASE WHEN auth_attempts.since + :window <= :now THEN :now ELSE auth_attempts.since END,
       attempts = CASE WHEN auth_attempts.since + :window <= :now THEN 1 ELSE auth_attempts.attempts + 1 END
RETURNING since, attempts"""


@dataclass(frozen=True, slots=True)
class Account:
    """A user with the hash of their password; None where they have none."""

    user: User
    password_hash: str | None


@dataclass(frozen=True, slots=True)
class Listed:
    """A session as its owner sees it."""

    session_id: UUID
    created_at: datetime
    last_seen_at: datetime
    ip: str | None
    user_agent: str | None


async def account_of(tx: Transaction, email: str) -> Account | None:
    """By address, whatever its case."""
    row = (await tx.execute(sa.select(users).where(sa.func.lower(users.c.email) == email.lower()))).one_or_none()
    return None if row is None else Account(User(row.user_id, row.name, row.email), row.password_hash)


async def account_of_id(tx: Transaction, user_id: UUID) -> Account:
    """Of somebody who has signed in; locked."""
    row = (await tx.execute(sa.select(users).where(users.c.user_id == user_id).with_for_update())).one()
    return Account(User(row.user_id, row.name, row.email), row.password_hash)


async def set_password(tx: Transaction, user_id: UUID, password_hash: str) -> None:
    """A new password."""
    await tx.execute(sa.update(users).where(users.c.user_id == user_id).values(password_hash=password_hash))


async def insert_session(tx: Transaction, session: Session, *, ip: str | None, user_agent: str | None) -> None:
    """Somebody has signed in."""
    await tx.execute(
        sa.insert(sessions).values(
            session_id=session.session_id,
            user_id=session.user.user_id,
            token_hash=session.token_hash,
            created_at=session.created_at,
            last_seen_at=session.last_seen_at,
            ip=ip,
            user_agent=user_agent,
        )
    )


async def find_session(tx: Transaction, token_hash: bytes, now: datetime) -> Session | None:
    """The session of a token, if it has not ended."""
    s = sessions.c
    row = (
        await tx.execute(
            sa.select(s.session_id, s.created_at, s.last_seen_at, users.c.user_id, users.c.name, users.c.email)
            .join(users, users.c.user_id == s.user_id)
            .where(s.token_hash == token_hash, s.last_seen_at > now - IDLE, s.created_at > now - LIFETIME)
        )
    ).one_or_none()
    if row is None:
        return None
    user = User(row.user_id, row.name, row.email)
    found = await memberships_of(tx, row.user_id)
    return Session(row.session_id, user, token_hash, row.created_at, row.last_seen_at, found)


async def memberships_of(tx: Transaction, user_id: UUID) -> tuple[Membership, ...]:
    """Where a user belongs, in the order of joining; deleted organizations are none."""
    m, o = memberships.c, organizations.c
    rows = await tx.execute(
        sa.select(m.org_id, o.name, m.role)
        .join(organizations, o.org_id == m.org_id)
        .where(m.user_id == user_id, o.status == "active")
        .order_by(m.joined_at, m.org_id)
    )
    return tuple(Membership(row.org_id, row.name, Role(row.role)) for row in rows)


async def note_seen(tx: Transaction, session_id: UUID, at: datetime) -> None:
    """It lives on."""
    await tx.execute(sa.update(sessions).where(sessions.c.session_id == session_id).values(last_seen_at=at))


async def list_sessions(tx: Transaction, user_id: UUID, now: datetime) -> list[Listed]:
    """Those that have not ended, the one that was seen last first."""
    s = sessions.c
    rows = await tx.execute(
        sa.select(s.session_id, s.created_at, s.last_seen_at, s.ip, s.user_agent)
        .where(s.user_id == user_id, s.last_seen_at > now - IDLE, s.created_at > now - LIFETIME)
        .order_by(s.last_seen_at.desc(), s.session_id)
    )
    return [Listed(*row) for row in rows]


async def end_session(tx: Transaction, token_hash: bytes) -> None:
    """Also when it has ended already."""
    await tx.execute(sa.delete(sessions).where(sessions.c.token_hash == token_hash))


async def end_sessions(tx: Transaction, user_id: UUID, *, only: UUID | None = None, but: UUID | None = None) -> int:
    """One of a user's, or all but one; how many."""
    s = sessions.c
    statement = sa.delete(sessions).where(s.user_id == user_id).returning(s.session_id)
    if only is not None:
        statement = statement.where(s.session_id == only)
    if but is not None:
        statement = statement.where(s.session_id != but)
    return len((await tx.execute(statement)).all())


async def end_all_sessions(tx: Transaction) -> int:
    """Of everybody; how many."""
    return len((await tx.execute(sa.delete(sessions).returning(sessions.c.session_id))).all())


async def purge_sessions(tx: Transaction, now: datetime) -> None:
    """Rows of sessions that have ended by themselves, and of attempts of long ago."""
    s = sessions.c
    await tx.execute(sa.delete(sessions).where(sa.or_(s.last_seen_at <= now - IDLE, s.created_at <= now - LIFETIME)))
    await tx.execute(sa.delete(auth_attempts).where(auth_attempts.c.since <= now - IDLE))


async def note_attempt(tx: Transaction, subject: str, now: datetime, window: timedelta) -> tuple[datetime, int]:
    """Since when, and how often it was tried in this window, this time included."""
    row = (await tx.execute(sa.text(_ATTEMPT), {"subject": subject, "now": now, "window": window})).one()
    return row.since, row.attempts


async def forget_attempts(tx: Transaction, subject: str) -> None:
    """It was somebody who knows the password."""
    await tx.execute(sa.delete(auth_attempts).where(auth_attempts.c.subject == subject))


async def insert_account(tx: Transaction, user: User, password_hash: str, at: datetime) -> bool:
    """A new person who can sign in; False when the address belongs to somebody."""
    statement = (
        insert(users)
        .values(user_id=user.user_id, name=user.name, email=user.email, password_hash=password_hash, created_at=at)
        .on_conflict_do_nothing(index_elements=[sa.text("lower(email)")])
        .returning(users.c.user_id)
    )
    return await tx.scalar(statement) is not None
