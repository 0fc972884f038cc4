"""What owners alone decide: one organization more, whose it is, and its end. The last two ask for the password again."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Literal
from uuid import UUID

from usageflow_common import operations, outbox
from usageflow_common.database import transaction
from usageflow_common.errors import Conflict, FieldError, InsufficientScope, NotFound, ValidationFailed
from usageflow_common.ids import Prefix, new_id, public_id
from usageflow_common.operations import Answer, Change
from usageflow_common.records import ActorRecord
from usageflow_common.tokens import Caller
from usageflow_gateway.domain.organizations import found_organization
from usageflow_gateway.domain.scopes import Role
from usageflow_gateway.domain.sessions import Session
from usageflow_gateway.schemas.members import member_body
from usageflow_gateway.service.organizations import announcement, record_founding, shown_organization
from usageflow_gateway.service.sessions import People, SignUpClosed
from usageflow_gateway.store import members, organizations


async def found_another(people: People, caller: Caller, name: str, mode: Literal["live", "test"]) -> Answer:
    """An organization of somebody who has signed in; `caller` stands for themselves. SignUpClosed where nobody founds any."""
    if not people.sign_up_open:
        raise SignUpClosed("Ask an operator for an organization.")
    await people.slow_down(f"founder:{caller.actor.id}")
    organization = found_organization(new_id(), name, mode, at=people.clock.wall())
    async with transaction(people.engine) as tx:
        if done := await operations.claim(tx, caller):
            return done
        actor = ActorRecord(type="user", id=str(caller.actor.id), name=caller.actor.name, role=Role.OWNER)
        await record_founding(tx, organization, actor, caller.actor.id)
        shown = shown_organization(organization)
        return await operations.finish(tx, caller, Answer(201, shown, etag=str(organization.version)))


async def transfer(people: People, caller: Caller, session: Session, to_user_id: UUID, password: str) -> Answer:
    """Another member becomes OWNER and the caller ADMIN, in one step. InvalidCredentials; ValidationFailed where nobody is meant."""
    await people.prove(session, password)
    async with transaction(people.engine) as tx:
        if done := await operations.claim(tx, caller):
            return done
        await members.hold_members(tx, caller.org_id)
        own = await members.member_of(tx, caller.org_id, caller.actor.id)
        if own is None or own.role is not Role.OWNER:
            raise InsufficientScope("owner")
        if to_user_id == caller.actor.id:
            raise Conflict("The organization is yours already.")
        if await members.member_of(tx, caller.org_id, to_user_id) is None:
            raise ValidationFailed.of(FieldError("/userId", "reference_not_found", "Nobody here"))
        await members.set_role(tx, caller.org_id, to_user_id, Role.OWNER)
        await members.set_role(tx, caller.org_id, caller.actor.id, Role.ADMIN)
        after = await members.member_of(tx, caller.org_id, to_user_id)
        if after is None:
            raise NotFound
        shown = member_body(after).model_dump(mode="json", by_alias=True)
        change = Change(
            "organization.transferred",
            "organization",
            public_id(Prefix.ORGANIZATION, caller.org_id),
            before={"owner": public_id(Prefix.USER, caller.actor.id)},
            after={"owner": public_id(Prefix.USER, to_user_id)},
        )
        return await operations.finish(tx, caller, Answer(200, shown, etag=str(after.version)), change)


async def answered_before(people: People, caller: Caller, lacks: str) -> Answer:
    """The answer that this very request got when the caller could still ask it; InsufficientScope when there is none."""
    async with transaction(people.engine) as tx:
        if done := await operations.claim(tx, caller):
            return done
    raise InsufficientScope(lacks)


async def delete(
    people: People,
    caller: Caller,
    session: Session,
    written: tuple[str, str],
    lives: Callable[[], Awaitable[bool]],
) -> Answer:
    """The end: keys and sessions open it no more within a second, every service learns it. `written`: its name and the password.

    `lives` asks whether a subscription goes on. Conflict then; InvalidCredentials; ValidationFailed for another name.
    """
    name, password = written
    await people.prove(session, password)
    if await lives():
        raise Conflict("Subscriptions live: cancel them first.", code="in_use")
    async with transaction(people.engine) as tx:
        if done := await operations.claim(tx, caller):
            return done
        before = await organizations.organization_of(tx, caller.org_id, lock=True)
        if before is None or before.status != "active":
            raise NotFound
        if before.name != name:
            raise ValidationFailed.of(FieldError("/name", "invalid_value", "Must be the organization's name"))
        after = replace(before, status="deleted", deleted_at=people.clock.wall(), version=before.version + 1)
        await organizations.update_organization(tx, after)
        await outbox.enqueue(tx, [announcement(after)])
        public = public_id(Prefix.ORGANIZATION, caller.org_id)
        change = Change("organization.deleted", "organization", public, before={"name": name})
        return await operations.finish(tx, caller, Answer(200, shown_organization(after)), change)
