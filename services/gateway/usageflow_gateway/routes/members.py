"""/api/members and /api/invitations."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Path, Request
from starlette.responses import Response

from usageflow_common.http import ExactRoute, SeenVersion, answer_response, json_response
from usageflow_common.ids import Prefix
from usageflow_gateway.routes.callers import CallerOf, PeopleOf, id_in_path, scope_of
from usageflow_gateway.schemas.members import (
    InvitationCreate,
    InvitationList,
    MemberBody,
    MemberList,
    NewInvitationBody,
    RoleChange,
    invitation_body,
    member_body,
)
from usageflow_gateway.service import members as service

router: Final = APIRouter(route_class=ExactRoute)
UserId = Annotated[str, Path(alias="userId")]

ACCEPT_PATH: Final = "/invitations/accept"
"""Of the dashboard. The token stands behind a `#`: no server on the way sees it."""


@router.get("/api/members", response_model=MemberList, openapi_extra=scope_of("GET", "/api/members"))
async def list_members(caller: CallerOf, request: Request) -> Response:
    """Members, in the order of joining."""
    found = await service.list_members(request.state.engine, caller)
    return json_response(MemberList(data=[member_body(each) for each in found]))


@router.patch(
    "/api/members/{userId}", response_model=MemberBody, openapi_extra=scope_of("PATCH", "/api/members/{userId}")
)
async def change_role(
    user_id: UserId, body: RoleChange, caller: CallerOf, seen: SeenVersion, request: Request
) -> Response:
    """Another role, neither above one's own before nor after."""
    found = id_in_path(Prefix.USER, user_id)
    return answer_response(await service.change_role(request.state.engine, caller, found, body.role, seen))


@router.delete(
    "/api/members/{userId}",
    status_code=204,
    response_model=None,
    openapi_extra=scope_of("DELETE", "/api/members/{userId}"),
)
async def remove_member(user_id: UserId, caller: CallerOf, request: Request) -> Response:
    """Removes a member, or oneself; their keys pass on."""
    return answer_response(await service.remove_member(request.state.engine, caller, id_in_path(Prefix.USER, user_id)))


@router.get("/api/invitations", response_model=InvitationList, openapi_extra=scope_of("GET", "/api/invitations"))
async def list_invitations(caller: CallerOf, request: Request) -> Response:
    """Open invitations, newest first."""
    found = await service.list_invitations(request.state.engine, request.state.clock, caller)
    return json_response(InvitationList(data=[invitation_body(each) for each in found]))


@router.post(
    "/api/invitations",
    status_code=201,
    response_model=NewInvitationBody,
    openapi_extra=scope_of("POST", "/api/invitations"),
)
async def invite(body: InvitationCreate, caller: CallerOf, people: PeopleOf) -> Response:
    """An invitation; its token is shown this once, to be passed on."""
    accept_url = people.dashboard_origin + ACCEPT_PATH
    return answer_response(await service.invite(people.people, caller, body.email, body.role, accept_url))


@router.delete(
    "/api/invitations/{invitationId}",
    status_code=204,
    response_model=None,
    openapi_extra=scope_of("DELETE", "/api/invitations/{invitationId}"),
)
async def withdraw(
    invitation_id: Annotated[str, Path(alias="invitationId")], caller: CallerOf, request: Request
) -> Response:
    """It cannot be accepted any more."""
    found = id_in_path(Prefix.INVITATION, invitation_id)
    return answer_response(await service.withdraw(request.state.engine, request.state.clock, caller, found))
