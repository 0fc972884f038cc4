"""People sign up, sign in and out; each session is a row, so that its end holds everywhere at once."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine

from usageflow_common import operations
from usageflow_common.clock import Clock
from usageflow_common.database import Transaction, transaction
from usageflow_common.errors import Conflict, FieldError, NotFound, UsageflowError, ValidationFailed
from usageflow_common.ids import Prefix, new_id, public_id
from usageflow_common.operations import Change
from usageflow_common.records import ActorRecord
from usageflow_gateway.domain.errors import RateLimited
from usageflow_gateway.domain.organizations import found_organization
from usageflow_gateway.domain.passwords import weakness_of
from usageflow_gateway.domain.scopes import Role
from usageflow_gateway.domain.sessions import SEEN_EVERY, TOKEN_BYTES, Session, User, token_hash
from usageflow_gateway.service.organizations import OPERATOR, record_founding
from usageflow_gateway.service.passwords import Passwords
from usageflow_gateway.store import sessions
from usageflow_gateway.store.sessions import Listed

ATTEMPTS_WINDOW: Final = timedelta(minutes=1)


class InvalidCredentials(UsageflowError):
    """No such user, or another password: one answer for both."""

    status = 401
    code = "invalid_credentials"
    title = "Address or password are not right"


class SignUpClosed(UsageflowError):
    """Nobody signs up here by themselves."""

    status = 403
    code = "sign_up_closed"
    title = "This installation takes no new organizations"


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a request comes from."""

    ip: str | None
    user_agent: str | None


@dataclass(frozen=True, slots=True, repr=False)
class SignedIn:
    """A new session; the token is for the cookie and kept nowhere."""

    session: Session
    token: str


@dataclass(frozen=True, slots=True, repr=False)
class NewAccount:
    """Who signs up, and for which organization."""

    email: str
    password: str
    name: str
    organization_name: str


@dataclass(frozen=True, slots=True)
class People:
    """The accounts of an installation."""

    engine: AsyncEngine
    passwords: Passwords
    clock: Clock
    sign_up_open: bool = True
    attempts_per_minute: int = 10

    async def sign_up(self, wanted: NewAccount, origin: Origin) -> SignedIn:
        """A user, their organization, and a session. Conflict when the address belongs to somebody."""
        if not self.sign_up_open:
            raise SignUpClosed("Ask for an invitation.")
        await self.slow_down(f"address:{origin.ip}")
        refuse_weak(wanted.password, wanted.email, wanted.name, wanted.organization_name)
        hashed = await self.passwords.hash(wanted.password)
        now = self.clock.wall()
        user = User(new_id(), wanted.name, wanted.email)
        organization = found_organization(new_id(), wanted.organization_name, "live", at=now)
        async with transaction(self.engine) as tx:
            if not await sessions.insert_account(tx, user, hashed, now):
                raise Conflict("There is a user with this address.")
            actor = ActorRecord(type="user", id=str(user.user_id), name=user.name, role=Role.OWNER)
            await record_founding(tx, organization, actor, user.user_id)
            return await self.open_session(tx, user, origin)

    async def sign_in(self, email: str, password: str, origin: Origin) -> SignedIn:
        """A session. InvalidCredentials after the same time whoever it was; a failing account or address is slowed, never locked."""
        account_subject = f"account:{email.lower()}"
        await self.slow_down(account_subject, f"address:{origin.ip}")
        async with transaction(self.engine, read_only=True) as tx:
            account = await sessions.account_of(tx, email)
        right = await self.passwords.verify(account.password_hash if account else None, password)
        if account is None or not right:
            raise InvalidCredentials("Check the address and the password.")
        async with transaction(self.engine) as tx:
            await sessions.forget_attempts(tx, account_subject)
            return await self.open_session(tx, account.user, origin)

    async def open_session(self, tx: Transaction, user: User, origin: Origin) -> SignedIn:
        """A new one for somebody who has proved who they are."""
        token, now = secrets.token_urlsafe(TOKEN_BYTES), self.clock.wall()
        found = await sessions.memberships_of(tx, user.user_id)
        session = Session(new_id(), user, token_hash(token), now, now, found)
        await sessions.insert_session(tx, session, ip=origin.ip, user_agent=origin.user_agent)
        return SignedIn(session, token)

    async def find_session(self, token: str) -> Session | None:
        """The session of a cookie, if it has not ended; being looked for, it lives on."""
        now, hashed = self.clock.wall(), token_hash(token)
        async with transaction(self.engine, read_only=True) as tx:
            session = await sessions.find_session(tx, hashed, now)
        if session is None or now - session.last_seen_at < SEEN_EVERY:
            return session
        async with transaction(self.engine) as tx:
            await sessions.note_seen(tx, session.session_id, now)
        return replace(session, last_seen_at=now)

    async def sign_out(self, token: str) -> None:
        """It opens nothing any more; also when it has ended already."""
        async with transaction(self.engine) as tx:
            await sessions.end_session(tx, token_hash(token))

    async def change_password(self, session: Session, current: str, new: str) -> None:
        """A new password ends all other sessions. InvalidCredentials when the present one is another."""
        refuse_weak(new, session.user.email or "", session.user.name, field="/newPassword")
        await self.prove(session, current)
        hashed = await self.passwords.hash(new)
        async with transaction(self.engine) as tx:
            await sessions.set_password(tx, session.user.user_id, hashed)
            await sessions.end_sessions(tx, session.user.user_id, but=session.session_id)

    async def prove(self, session: Session, password: str) -> None:
        """Somebody who has signed in shows their password again. InvalidCredentials when it is another."""
        await self.slow_down(f"account:{session.user.email}")
        async with transaction(self.engine, read_only=True) as tx:
            account = await sessions.account_of(tx, session.user.email or "")
        if not await self.passwords.verify(account.password_hash if account else None, password):
            raise InvalidCredentials("The present password is another one.")

    async def give_password(self, email: str, password: str) -> None:
        """An operator gives a user a new password, which ends all their sessions and stands in the audit log of each organization.

        NotFound; ValidationFailed for a weak one.
        """
        async with transaction(self.engine, read_only=True) as tx:
            account = await sessions.account_of(tx, email)
        if account is None:
            raise NotFound("There is no user with this address.")
        refuse_weak(password, email, account.user.name)
        hashed = await self.passwords.hash(password)
        async with transaction(self.engine) as tx:
            await sessions.set_password(tx, account.user.user_id, hashed)
            await sessions.end_sessions(tx, account.user.user_id)
            change = Change("member.password_given", "user", public_id(Prefix.USER, account.user.user_id))
            for membership in await sessions.memberships_of(tx, account.user.user_id):
                await operations.record_change(tx, membership.org_id, OPERATOR, change)

    async def list_sessions(self, session: Session) -> list[Listed]:
        """All of the user's that have not ended."""
        async with transaction(self.engine, read_only=True) as tx:
            return await sessions.list_sessions(tx, session.user.user_id, self.clock.wall())

    async def end_session(self, session: Session, session_id: UUID | None) -> None:
        """One of the user's; None: all but this one. NotFound for anybody else's."""
        async with transaction(self.engine) as tx:
            if session_id is None:
                await sessions.end_sessions(tx, session.user.user_id, but=session.session_id)
            elif not await sessions.end_sessions(tx, session.user.user_id, only=session_id):
                raise NotFound

    async def slow_down(self, *subjects: str) -> None:
        """RateLimited when one of them was tried too often in this minute. Counted before anything else, and committed."""
        now = self.clock.wall()
        async with transaction(self.engine) as tx:
            counted = [await sessions.note_attempt(tx, subject, now, ATTEMPTS_WINDOW) for subject in subjects]
        over = [since for since, attempts in counted if attempts > self.attempts_per_minute]
        if over:
            raise RateLimited("Wait a moment.", headers={"Retry-After": str(_seconds_left(max(over), now))})


def refuse_weak(password: str, *about: str, field: str = "/password") -> None:
    """ValidationFailed for a password that would be guessed."""
    weakness = weakness_of(password, about)
    if weakness is not None:
        error = FieldError(field, "password_too_weak", weakness)
        raise ValidationFailed("The password is too weak.", code="password_too_weak", errors=[error])


def _seconds_left(since: datetime, now: datetime) -> int:
    return max(1, int((since + ATTEMPTS_WINDOW - now).total_seconds()) + 1)
