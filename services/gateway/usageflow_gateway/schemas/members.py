"""Members and invitations as the API shows and takes them."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from pydantic import Field

from usageflow_common.ids import Prefix
from usageflow_common.wire import Instant, RequestModel, ResponseModel, public
from usageflow_gateway.domain.scopes import Role
from usageflow_gateway.schemas.people import Email
from usageflow_gateway.store.members import Invitation, Member


class RoleChange(RequestModel):
    """Another role."""

    role: Role


class InvitationCreate(RequestModel):
    """Whom to invite, and as what."""

    email: Email
    role: Role


class MemberBody(ResponseModel):
    """A member."""

    user_id: Annotated[UUID, public(Prefix.USER)]
    email: str | None
    name: str
    role: Role
    joined_at: Instant
    last_seen_at: Instant | None
    version: int


class MemberList(ResponseModel):
    """All members."""

    data: list[MemberBody]
    next_cursor: None = None


class InvitationBody(ResponseModel):
    """An open invitation."""

    id: Annotated[UUID, public(Prefix.INVITATION)]
    email: str
    role: Role
    expires_at: Instant
    created_at: Instant


class NewInvitationBody(InvitationBody):
    """The answer of its making: `token` is shown this once, and `acceptUrl` is where it is used."""

    token: Annotated[str, Field(min_length=1)]
    accept_url: str


class InvitationList(ResponseModel):
    """Open invitations, newest first."""

    data: list[InvitationBody]
    next_cursor: None = None


def member_body(member: Member) -> MemberBody:
    """The public shape."""
    return MemberBody(
        user_id=member.user_id,
        email=member.email,
        name=member.name,
        role=member.role,
        joined_at=member.joined_at,
        last_seen_at=member.last_seen_at,
        version=member.version,
    )


def invitation_body(invitation: Invitation) -> InvitationBody:
    """The public shape, without the token."""
    return InvitationBody(
        id=invitation.invitation_id,
        email=invitation.email,
        role=invitation.role,
        expires_at=invitation.expires_at,
        created_at=invitation.created_at,
    )
