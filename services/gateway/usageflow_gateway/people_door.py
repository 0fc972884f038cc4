"""The door for people: the cookie of a session, what must come with it, and whom it stands for in an organization."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from typing import Final

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response

from usageflow_common.database import is_unavailable
from usageflow_common.errors import MalformedRequest, NotFound, Unauthenticated, Unavailable, UsageflowError
from usageflow_common.ids import Prefix, parse_public_id
from usageflow_common.tokens import Actor, Caller
from usageflow_gateway.domain.routing import Door
from usageflow_gateway.domain.scopes import session_scopes
from usageflow_gateway.domain.sessions import LIFETIME, Membership, Session, csrf_token
from usageflow_gateway.service.sessions import People, SignedIn

ISSUER: Final = "usageflow-gateway"
_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})


class CrossSite(UsageflowError):
    """An unsafe request that the dashboard did not send."""

    status = 403
    code = "csrf_failed"
    title = "The request does not come from the dashboard"


@dataclass(frozen=True, slots=True)
class PeopleDoor:
    """`dashboard_origin` is the only one that browsers may send from; the cookie is `Secure` where that is https."""

    people: People
    dashboard_origin: str
    pepper: bytes

    @property
    def cookie_name(self) -> str:
        """Browsers accept the prefix over https alone."""
        return "__Host-uf_session" if self._secure else "uf_session"

    def token_of(self, headers: Headers) -> str | None:
        """What the session's cookie holds."""
        jar: SimpleCookie = SimpleCookie()
        for value in headers.getlist("cookie"):
            try:
                jar.load(value)
            except CookieError:
                return None
        found = jar.get(self.cookie_name)
        return found.value if found is not None and found.value else None

    async def session_of(self, request: Request) -> Session | None:
        """The session of a request that may be acted on. CrossSite for an unsafe one that does not show where it comes from."""
        token = self.token_of(request.headers)
        session = None
        if token is not None:
            try:
                session = await self.people.find_session(token)
            except Exception as error:
                if is_unavailable(error):
                    raise Unavailable("Sessions cannot be checked right now.") from error
                raise
        if request.method not in _SAFE:
            self._refuse_other_sites(request.headers, session)
        return session

    async def admitted(self, request: Request, door: Door) -> tuple[Session | None, Caller | None]:
        """Who is asking by cookie: anybody, somebody, or somebody in an organization. Unauthenticated, CrossSite, NotFound."""
        session = await self.session_of(request)
        if door is Door.EVERYBODY:
            return session, None
        if session is None:
            raise Unauthenticated("Sign in, or send an API key as a bearer token.")
        if door is Door.USER:
            return session, None
        return session, caller_of(session, _chosen(session, request.headers.getlist("usageflow-organization")))

    def set_cookie(self, response: Response, signed_in: SignedIn) -> None:
        """The browser keeps it for as long as a session may last."""
        response.set_cookie(
            self.cookie_name,
            signed_in.token,
            max_age=int(LIFETIME.total_seconds()),
            path="/",
            secure=self._secure,
            httponly=True,
            samesite="lax",
        )

    def delete_cookie(self, response: Response) -> None:
        """The browser forgets it."""
        response.delete_cookie(self.cookie_name, path="/", secure=self._secure, httponly=True, samesite="lax")

    @property
    def _secure(self) -> bool:
        return self.dashboard_origin.startswith("https://")

    def _refuse_other_sites(self, headers: Headers, session: Session | None) -> None:
        origins = headers.getlist("origin")
        if session is None:
            if origins and origins != [self.dashboard_origin]:
                raise CrossSite("Another origin than the dashboard's.")
            return
        shown = headers.get("x-csrf-token", "")
        right = secrets.compare_digest(shown.encode(), csrf_token(session, self.pepper).encode())
        if origins != [self.dashboard_origin] or not right:
            raise CrossSite("Origin must be the dashboard's, and X-CSRF-Token that of the session.")


def caller_of(session: Session, membership: Membership) -> Caller:
    """A member as services see them."""
    user = session.user
    return Caller(
        org_id=membership.org_id,
        actor=Actor("user", user.user_id, user.name),
        role=membership.role,
        scopes=session_scopes(membership.role),
        issuer=ISSUER,
    )


def person_of(session: Session) -> Caller:
    """Somebody outside of any organization: what they do there is theirs, so they stand in its place."""
    user = session.user
    actor = Actor("user", user.user_id, user.name)
    return Caller(org_id=user.user_id, actor=actor, role=None, scopes=frozenset(), issuer=ISSUER)


def _chosen(session: Session, named: Sequence[str]) -> Membership:
    if len(named) > 1:
        raise MalformedRequest("One UsageFlow-Organization at most.")
    if not named:
        if len(session.memberships) != 1:
            raise MalformedRequest(
                "You belong to several organizations: name one in UsageFlow-Organization."
                if session.memberships
                else "You belong to no organization.",
                code="organization_required",
            )
        return session.memberships[0]
    wanted = parse_public_id(Prefix.ORGANIZATION, named[0])
    for membership in session.memberships:
        if membership.org_id == wanted:
            return membership
    raise NotFound("There is no such organization.")
