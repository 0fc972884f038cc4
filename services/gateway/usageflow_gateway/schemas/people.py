"""Sign-up, sign-in and sessions as the API shows and takes them."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, Field

from usageflow_common.ids import Prefix
from usageflow_common.wire import Instant, RequestModel, ResponseModel, public
from usageflow_gateway.domain.passwords import LENGTH_MAX
from usageflow_gateway.domain.scopes import Role, session_scopes
from usageflow_gateway.domain.sessions import Session, csrf_token
from usageflow_gateway.store.members import Offered
from usageflow_gateway.store.sessions import Listed


def _trimmed(value: str) -> str:
    return value.strip()


Email = Annotated[
    str, Field(min_length=3, max_length=254, pattern=r"^\s*[^@\s]+@[^@\s]+\s*$"), AfterValidator(_trimmed)
]
Name = Annotated[str, Field(min_length=1, max_length=200, pattern=r"\S")]
Password = Annotated[str, Field(min_length=1, max_length=LENGTH_MAX)]
Token = Annotated[str, Field(min_length=1, max_length=128)]


class SignUp(RequestModel):
    """A new user with an organization of their own."""

    email: Email
    password: Password
    name: Name
    organization_name: Name


class SignIn(RequestModel):
    """Who signs in."""

    email: Email
    password: Password


class PasswordChange(RequestModel):
    """12 to 128 characters, and none that would be guessed."""

    current_password: Password
    new_password: Password


class InvitationToken(RequestModel):
    """What stands behind the `#` of the link."""

    token: Token


class InvitationAccept(RequestModel):
    """`name` and `password` make an account; somebody who has signed in as the invited address sends the token alone."""

    token: Token
    name: Name | None = None
    password: Password | None = None


class UserBody(ResponseModel):
    """A person."""

    id: Annotated[UUID, public(Prefix.USER)]
    email: str | None
    name: str


class OwnOrganization(ResponseModel):
    """An organization that the user belongs to, and what they may do there."""

    id: Annotated[UUID, public(Prefix.ORGANIZATION)]
    name: str
    role: Role
    scopes: list[str]


class OrganizationList(ResponseModel):
    """The user's organizations, in the order of joining."""

    data: list[OwnOrganization]
    next_cursor: None = None


class SessionBody(ResponseModel):
    """Who has signed in. `csrfToken` goes along with every unsafe request, as `X-CSRF-Token`."""

    user: UserBody
    organizations: list[OwnOrganization]
    csrf_token: str
    expires_at: Instant


class ListedSession(ResponseModel):
    """One of the user's sessions."""

    id: Annotated[UUID, public(Prefix.SESSION)]
    created_at: Instant
    last_seen_at: Instant
    ip: str | None
    user_agent: str | None
    current: bool


class SessionList(ResponseModel):
    """The one that was seen last first."""

    data: list[ListedSession]
    next_cursor: None = None


class OfferedBody(ResponseModel):
    """What an invitation offers."""

    organization_name: str
    email: str
    role: Role
    expires_at: Instant


def session_body(session: Session, pepper: bytes) -> SessionBody:
    """The public shape."""
    user = session.user
    return SessionBody(
        user=UserBody(id=user.user_id, email=user.email, name=user.name),
        organizations=own_organizations(session),
        csrf_token=csrf_token(session, pepper),
        expires_at=session.expires_at,
    )


def own_organizations(session: Session) -> list[OwnOrganization]:
    """Where the user belongs."""
    return [
        OwnOrganization(
            id=each.org_id, name=each.organization_name, role=each.role, scopes=sorted(session_scopes(each.role))
        )
        for each in session.memberships
    ]


def listed_session(listed: Listed, current: Session) -> ListedSession:
    """One of a list."""
    return ListedSession(
        id=listed.session_id,
        created_at=listed.created_at,
        last_seen_at=listed.last_seen_at,
        ip=listed.ip,
        user_agent=listed.user_agent,
        current=listed.session_id == current.session_id,
    )


def offered_body(offered: Offered) -> OfferedBody:
    """The public shape."""
    invitation = offered.invitation
    return OfferedBody(
        organization_name=offered.organization_name,
        email=invitation.email,
        role=invitation.role,
        expires_at=invitation.expires_at,
    )
