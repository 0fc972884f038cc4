"""Who belongs to an organization: roles, leaving, invitations. Nobody acts above their own rank, and the last OWNER stays."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from usageflow_common import operations
from usageflow_common.clock import Clock
from usageflow_common.database import Transaction, constraint_of, transaction
from usageflow_common.errors import Conflict, NotFound, PreconditionFailed, UsageflowError
from usageflow_common.ids import Prefix, new_id, public_id
from usageflow_common.operations import Answer, Change
from usageflow_common.records import ActorRecord
from usageflow_common.tokens import Caller
from usageflow_gateway.domain.scopes import Role, outranks
from usageflow_gateway.domain.sessions import TOKEN_BYTES, Session, User, token_hash
from usageflow_gateway.schemas.members import invitation_body, member_body
from usageflow_gateway.service.sessions import Origin, People, SignedIn, refuse_weak
from usageflow_gateway.store import members as store
from usageflow_gateway.store import organizations, sessions
from usageflow_gateway.store.members import Invitation, Member, Offered

INVITED_FOR: Final = timedelta(days=7)


class RankExceeded(UsageflowError):
    """It needs a higher role."""

    status = 403
    code = "rank_exceeded"
    title = "Not above your own role"


class SignInRequired(UsageflowError):
    """The invited address has an account: its owner accepts."""

    status = 401
    code = "sign_in_required"
    title = "Sign in as the invited address first"


class InvitationGone(UsageflowError):
    """Used, withdrawn, over, or never there: one answer for all."""

    status = 410
    code = "invitation_gone"
    title = "The invitation is not open any more"


async def list_members(engine: AsyncEngine, caller: Caller) -> list[Member]:
    """In the order of joining."""
    async with transaction(engine, read_only=True) as tx:
        return await store.list_members(tx, caller.org_id)


async def change_role(engine: AsyncEngine, caller: Caller, user_id: UUID, role: Role, expected: int | None) -> Answer:
    """RankExceeded for a role, now or then, above the caller's own; Conflict for the last OWNER."""
    async with transaction(engine) as tx:
        if done := await operations.claim(tx, caller):
            return done
        before = await _hold(tx, caller, user_id)
        if expected not in (None, before.version):
            raise PreconditionFailed("The member has another version.")
        _require_rank(caller, before.role, role)
        if before.role is Role.OWNER and role is not Role.OWNER:
            await _require_another_owner(tx, caller.org_id)
        await store.set_role(tx, caller.org_id, user_id, role)
        after = await _member(tx, caller.org_id, user_id)
        return await operations.finish(
            tx,
            caller,
            Answer(200, _shown(after), etag=str(after.version)),
            _change("role_changed", user_id, _shown(before), _shown(after)),
        )


async def remove_member(engine: AsyncEngine, caller: Caller, user_id: UUID) -> Answer:
    """Their keys pass to whoever removes them, or to the first OWNER if they leave by themselves."""
    async with transaction(engine) as tx:
        if done := await operations.claim(tx, caller):
            return done
        before = await _hold(tx, caller, user_id)
        leaves = user_id == caller.actor.id
        if not leaves:
            _require_rank(caller, before.role)
        if before.role is Role.OWNER:
            await _require_another_owner(tx, caller.org_id)
        heir_id = await _heir(tx, caller, user_id) if leaves else caller.actor.id
        await store.remove_member(tx, caller.org_id, user_id, heir_id)
        word = "left" if leaves else "removed"
        return await operations.finish(tx, caller, Answer(204, None), _change(word, user_id, _shown(before), None))


async def invite(people: People, caller: Caller, email: str, role: Role, accept_url: str) -> Answer:
    """The token is shown once, and passed on by whoever invites. Conflict for a member, and where one is open already."""
    token, now = secrets.token_urlsafe(TOKEN_BYTES), people.clock.wall()
    invitation = Invitation(caller.org_id, new_id(), email, role, caller.actor.id, now, now + INVITED_FOR)
    try:
        async with transaction(people.engine) as tx:
            if done := await operations.claim(tx, caller):
                return done
            _require_rank(caller, role)
            if await store.is_member(tx, caller.org_id, email):
                raise Conflict("Somebody with this address is a member.")
            await store.withdraw_expired(tx, caller.org_id, email, now)
            await store.insert_invitation(tx, invitation, token_hash(token))
            shown = invitation_body(invitation).model_dump(mode="json", by_alias=True)
            body = shown | {"token": token, "acceptUrl": f"{accept_url}#{token}"}
            change = Change("invitation.created", "invitation", shown["id"], after=shown)
            return await operations.finish(tx, caller, Answer(201, body), change, secret=True)
    except IntegrityError as error:
        if constraint_of(error) == "uq_invitations_open":
            raise Conflict("The address is invited already.") from error
        raise


async def list_invitations(engine: AsyncEngine, clock: Clock, caller: Caller) -> list[Invitation]:
    """The open ones, newest first."""
    async with transaction(engine, read_only=True) as tx:
        return await store.list_invitations(tx, caller.org_id, clock.wall())


async def withdraw(engine: AsyncEngine, clock: Clock, caller: Caller, invitation_id: UUID) -> Answer:
    """It cannot be accepted any more."""
    async with transaction(engine) as tx:
        if done := await operations.claim(tx, caller):
            return done
        gone = await store.withdraw_invitation(tx, caller.org_id, invitation_id, clock.wall())
        if gone is None:
            raise NotFound
        _require_rank(caller, gone.role)
        shown = invitation_body(gone).model_dump(mode="json", by_alias=True)
        change = Change("invitation.withdrawn", "invitation", shown["id"], before=shown)
        return await operations.finish(tx, caller, Answer(204, None), change)


async def look_up(engine: AsyncEngine, clock: Clock, token: str) -> Offered:
    """What a token offers. InvitationGone."""
    async with transaction(engine, read_only=True) as tx:
        offered = await store.find_offered(tx, token_hash(token), clock.wall())
    if offered is None:
        raise InvitationGone("Ask for a new one.")
    return offered


async def accept_as_user(people: People, session: Session, token: str, session_token: str) -> SignedIn:
    """Somebody who has signed in as the invited address joins; their session goes on."""
    async with transaction(people.engine) as tx:
        invitation = await _take(tx, people, token)
        if (session.user.email or "").lower() != invitation.email.lower():
            raise SignInRequired(f"Sign in as {invitation.email}.")
        await _join(tx, people, session.user, invitation)
        found = await sessions.find_session(tx, session.token_hash, people.clock.wall())
    if found is None:
        raise SignInRequired("The session has ended.")
    return SignedIn(found, session_token)


async def accept_as_new(people: People, token: str, name: str, password: str, origin: Origin) -> SignedIn:
    """Somebody new joins. SignInRequired when the address has an account: a token proves an invitation, not who holds it."""
    await people.slow_down(f"address:{origin.ip}")
    offered = await look_up(people.engine, people.clock, token)
    refuse_weak(password, offered.invitation.email, name, offered.organization_name)
    hashed = await people.passwords.hash(password)
    async with transaction(people.engine) as tx:
        invitation = await _take(tx, people, token)
        user = User(new_id(), name, invitation.email)
        if not await sessions.insert_account(tx, user, hashed, people.clock.wall()):
            raise SignInRequired(f"{invitation.email} has an account: sign in.")
        await _join(tx, people, user, invitation)
        return await people.open_session(tx, user, origin)


async def _take(tx: Transaction, people: People, token: str) -> Invitation:
    now = people.clock.wall()
    offered = await store.find_offered(tx, token_hash(token), now, lock=True)
    if offered is None:
        raise InvitationGone("Ask for a new one.")
    await store.note_accepted(tx, offered.invitation, now)
    return offered.invitation


async def _join(tx: Transaction, people: People, user: User, invitation: Invitation) -> None:
    if await store.member_of(tx, invitation.org_id, user.user_id) is not None:
        return
    await organizations.insert_membership(tx, invitation.org_id, user.user_id, invitation.role, people.clock.wall())
    actor = ActorRecord(type="user", id=str(user.user_id), name=user.name, role=invitation.role)
    change = _change("joined", user.user_id, None, {"role": invitation.role, "email": invitation.email})
    await operations.record_change(tx, invitation.org_id, actor, change)


async def _hold(tx: Transaction, caller: Caller, user_id: UUID) -> Member:
    await store.hold_members(tx, caller.org_id)
    return await _member(tx, caller.org_id, user_id)


async def _member(tx: Transaction, org_id: UUID, user_id: UUID) -> Member:
    found = await store.member_of(tx, org_id, user_id)
    if found is None:
        raise NotFound
    return found


async def _heir(tx: Transaction, caller: Caller, leaver_id: UUID) -> UUID:
    owners = [each for each in await store.list_members(tx, caller.org_id) if each.role is Role.OWNER]
    return next(each.user_id for each in owners if each.user_id != leaver_id)


async def _require_another_owner(tx: Transaction, org_id: UUID) -> None:
    if await store.count_owners(tx, org_id) < 2:
        raise Conflict("The last OWNER stays.", code="last_owner")


def _require_rank(caller: Caller, *roles: Role) -> None:
    own = Role(caller.role or Role.VIEWER)
    if not all(outranks(own, role) for role in roles):
        raise RankExceeded(f"A {own} does not make or unmake a higher role.")


def _shown(member: Member) -> dict[str, Any]:
    return member_body(member).model_dump(mode="json", by_alias=True)


def _change(word: str, user_id: UUID, before: dict[str, Any] | None, after: dict[str, Any] | None) -> Change:
    return Change(f"member.{word}", "user", public_id(Prefix.USER, user_id), before=before, after=after)
