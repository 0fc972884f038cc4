"""/api/auth/* and /api/organizations: people, before they act in an organization."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Path, Request
from starlette.responses import Response

from usageflow_common.errors import FieldError, Unauthenticated, ValidationFailed
from usageflow_common.http import ExactRoute, json_response
from usageflow_common.ids import Prefix
from usageflow_gateway.people_door import PeopleDoor
from usageflow_gateway.routes.callers import AnySession, PeopleOf, SignedInSession, id_in_path
from usageflow_gateway.schemas.people import (
    InvitationAccept,
    InvitationToken,
    OfferedBody,
    OrganizationList,
    PasswordChange,
    SessionBody,
    SessionList,
    SignIn,
    SignUp,
    listed_session,
    offered_body,
    own_organizations,
    session_body,
)
from usageflow_gateway.service import members
from usageflow_gateway.service.sessions import NewAccount, SignedIn

router: Final = APIRouter(route_class=ExactRoute)

OTHERS: Final = "others"


@router.post("/api/auth/sign-up", status_code=201, response_model=SessionBody)
async def sign_up(body: SignUp, people: PeopleOf, request: Request) -> Response:
    """A user, an organization whose OWNER they are, and a session."""
    wanted = NewAccount(body.email, body.password, body.name, body.organization_name)
    return _with_cookie(people, await people.people.sign_up(wanted, request.state.origin), 201)


@router.post("/api/auth/sign-in", response_model=SessionBody)
async def sign_in(body: SignIn, people: PeopleOf, request: Request) -> Response:
    """A session; unknown addresses and wrong passwords get one answer, after the same time."""
    return _with_cookie(people, await people.people.sign_in(body.email, body.password, request.state.origin), 200)


@router.post("/api/auth/sign-out", status_code=204, response_model=None)
async def sign_out(people: PeopleOf, request: Request) -> Response:
    """Ends this session, also when it has ended already."""
    token = people.token_of(request.headers)
    if token is not None:
        await people.people.sign_out(token)
    response = Response(status_code=204)
    people.delete_cookie(response)
    return response


@router.get("/api/auth/session", response_model=SessionBody)
async def show_session(session: SignedInSession, people: PeopleOf) -> Response:
    """Who has signed in, where they belong, and the token that unsafe requests show."""
    return json_response(session_body(session, people.pepper))


@router.post("/api/auth/password", status_code=204, response_model=None)
async def change_password(body: PasswordChange, session: SignedInSession, people: PeopleOf) -> Response:
    """A new password ends all other sessions."""
    await people.people.change_password(session, body.current_password, body.new_password)
    return Response(status_code=204)


@router.get("/api/auth/sessions", response_model=SessionList)
async def list_sessions(session: SignedInSession, people: PeopleOf) -> Response:
    """The user's sessions, the one that was seen last first."""
    found = await people.people.list_sessions(session)
    return json_response(SessionList(data=[listed_session(each, session) for each in found]))


@router.delete("/api/auth/sessions/{sessionId}", status_code=204, response_model=None)
async def end_session(
    session_id: Annotated[str, Path(alias="sessionId")], session: SignedInSession, people: PeopleOf
) -> Response:
    """One of them, or with the id `others` all but this one."""
    wanted = None if session_id == OTHERS else id_in_path(Prefix.SESSION, session_id)
    await people.people.end_session(session, wanted)
    return Response(status_code=204)


@router.get("/api/organizations", response_model=OrganizationList)
async def list_organizations(session: SignedInSession) -> Response:
    """Where the user belongs, and what they may do there."""
    return json_response(OrganizationList(data=own_organizations(session)))


@router.post("/api/auth/invitations/lookup", response_model=OfferedBody)
async def look_up_invitation(body: InvitationToken, people: PeopleOf) -> Response:
    """What a token offers."""
    offered = await members.look_up(people.people.engine, people.people.clock, body.token)
    return json_response(offered_body(offered))


@router.post("/api/auth/invitations/accept", response_model=SessionBody)
async def accept_invitation(
    body: InvitationAccept, session: AnySession, people: PeopleOf, request: Request
) -> Response:
    """Joins: with a new account, or as the one who has signed in."""
    if body.name is None and body.password is None:
        token = people.token_of(request.headers)
        if session is None or token is None:
            raise members.SignInRequired("Sign in, or send a name and a password.")
        signed_in = await members.accept_as_user(people.people, session, body.token, token)
        return json_response(session_body(signed_in.session, people.pepper))
    if body.name is None or body.password is None:
        missing = "/name" if body.name is None else "/password"
        raise ValidationFailed.of(FieldError(missing, "required", "A new account has both"))
    signed_in = await members.accept_as_new(people.people, body.token, body.name, body.password, request.state.origin)
    return _with_cookie(people, signed_in, 200)


def _with_cookie(people: PeopleDoor, signed_in: SignedIn, status: int) -> Response:
    if not signed_in.token:
        raise Unauthenticated
    response = json_response(session_body(signed_in.session, people.pepper), status=status)
    people.set_cookie(response, signed_in)
    return response
