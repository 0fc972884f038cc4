"""POST /api/organizations, /api/organization/transfer and /delete: people decide these, by a session."""

from __future__ import annotations

from typing import Annotated, Final, TypeAlias

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from usageflow_common.http import ExactRoute, answer_response
from usageflow_common.operations import Answer
from usageflow_gateway.questions import Questions
from usageflow_gateway.routes.callers import AdmittedSession, CallerOf, PeopleOf, scope_of
from usageflow_gateway.schemas.members import MemberBody
from usageflow_gateway.schemas.own import (
    OrganizationCreate,
    OrganizationDeletion,
    OrganizationModel,
    OrganizationTransfer,
)
from usageflow_gateway.service import ownership

router: Final = APIRouter(route_class=ExactRoute)


async def _answered_before(request: Request, caller: CallerOf, people: PeopleOf) -> Answer | None:
    """What a repetition gets once its effect has taken the scope; InsufficientScope before a body is looked at."""
    lacks: str | None = request.state.admitted.lacks
    return None if lacks is None else await ownership.answered_before(people.people, caller, lacks)


AnsweredBefore: TypeAlias = Annotated[Answer | None, Depends(_answered_before)]


@router.post("/api/organizations", status_code=201, response_model=OrganizationModel)
async def found_organization(body: OrganizationCreate, caller: CallerOf, people: PeopleOf) -> Response:
    """Another organization, whose OWNER is the user."""
    return answer_response(await ownership.found_another(people.people, caller, body.name, body.mode))


@router.post(
    "/api/organization/transfer",
    response_model=MemberBody,
    openapi_extra=scope_of("POST", "/api/organization/transfer"),
)
async def transfer_organization(
    body: OrganizationTransfer, caller: CallerOf, session: AdmittedSession, people: PeopleOf, before: AnsweredBefore
) -> Response:
    """Another member becomes OWNER and the caller ADMIN. The password is asked for again."""
    if before is not None:
        return answer_response(before)
    return answer_response(await ownership.transfer(people.people, caller, session, body.user_id, body.password))


@router.post(
    "/api/organization/delete",
    response_model=OrganizationModel,
    openapi_extra=scope_of("POST", "/api/organization/delete"),
)
async def delete_organization(
    body: OrganizationDeletion, caller: CallerOf, session: AdmittedSession, people: PeopleOf, request: Request
) -> Response:
    """Nobody gets in any more. Not while subscriptions live; its name and the password are asked for."""
    questions: Questions = request.state.questions

    async def lives() -> bool:
        return await questions.subscriptions_live(caller, request.state.request_id)

    return answer_response(await ownership.delete(people.people, caller, session, (body.name, body.password), lives))
