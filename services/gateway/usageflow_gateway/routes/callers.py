"""Who is asking, as the dispatcher has found out, and what the routes work with."""

from __future__ import annotations

from typing import Annotated, Any, TypeAlias
from uuid import UUID

from fastapi import Depends, Request

from usageflow_common.errors import NotFound, Unauthenticated
from usageflow_common.ids import Prefix, parse_public_id
from usageflow_common.tokens import Caller
from usageflow_gateway.domain.route_table import ROUTES
from usageflow_gateway.domain.sessions import Session
from usageflow_gateway.people_door import PeopleDoor
from usageflow_gateway.service.api_keys import KeyMaker


def scope_of(method: str, pattern: str) -> dict[str, str]:
    """For the API's description: what the route table asks of a route."""
    [route] = [each for each in ROUTES if (each.method, each.pattern) == (method, pattern)]
    return {"x-required-scope": " ".join(route.scopes)}


async def _caller(request: Request) -> Caller:
    caller: Caller = request.state.admitted.caller
    return caller


async def _session(request: Request) -> Session | None:
    session: Session | None = request.state.entered.session
    return session


async def _signed_in(request: Request) -> Session:
    session = await _session(request)
    if session is None:
        raise Unauthenticated
    return session


async def _admitted_session(request: Request) -> Session:
    session: Session | None = request.state.admitted.session
    if session is None:
        raise Unauthenticated
    return session


async def _people(request: Request) -> PeopleDoor:
    people: PeopleDoor = request.state.people
    return people


async def _keys(request: Request) -> KeyMaker:
    keys: KeyMaker = request.state.keys
    return keys


CallerOf: TypeAlias = Annotated[Caller, Depends(_caller)]
AnySession: TypeAlias = Annotated[Session | None, Depends(_session)]
SignedInSession: TypeAlias = Annotated[Session, Depends(_signed_in)]
AdmittedSession: TypeAlias = Annotated[Session, Depends(_admitted_session)]
"""Of a member: scopes that no key holds come by a session alone."""

PeopleOf: TypeAlias = Annotated[PeopleDoor, Depends(_people)]
KeysOf: TypeAlias = Annotated[KeyMaker, Depends(_keys)]
State: TypeAlias = Any


def id_in_path(prefix: Prefix, text: str) -> UUID:
    """The id that a path names; NotFound when it is malformed or of another kind."""
    found = parse_public_id(prefix, text)
    if found is None:
        raise NotFound
    return found
