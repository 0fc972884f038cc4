"""Who is asking, and may they: a request's route, the key that opens it, and its scopes, in this order."""

from __future__ import annotations

import asyncio
import hashlib
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine
from starlette.requests import Request

from usageflow_common.clock import Clock
from usageflow_common.database import is_unavailable
from usageflow_common.errors import (
    InsufficientScope,
    MalformedRequest,
    MethodNotAllowed,
    NotFound,
    Unauthenticated,
    Unavailable,
)
from usageflow_common.ids import Prefix, public_id
from usageflow_common.tokens import Actor, Caller
from usageflow_gateway.domain.addresses import Network, client_address
from usageflow_gateway.domain.api_keys import ApiKey, is_well_formed, secret_hashes
from usageflow_gateway.domain.paths import split_path
from usageflow_gateway.domain.routing import Door, Route, RouteTable, WrongMethod
from usageflow_gateway.domain.sessions import Session
from usageflow_gateway.key_feed import KeyFeed
from usageflow_gateway.people_door import ISSUER, PeopleDoor
from usageflow_gateway.service import keys as service

FRESH_SECONDS: Final = 1.0
"""Older than this, the feed may miss a revocation: the control plane stops, and nobody is called unknown."""

INGEST_GRACE_SECONDS: Final = 900.0
"""So long events of known keys are still taken: losing usage is worse than taking some from a key that was just revoked."""

CONNECTIONS: Final = 5
"""What the door needs of PostgreSQL: one for the feed, the others for keys that it does not hold."""

_PATIENCE_SECONDS: Final = 1.0
_LOOK_UP_SECONDS: Final = 5.0
_PRESENTED_MAX: Final = 4_096


@dataclass(frozen=True, slots=True)
class Admitted:
    """A request that may go on. `caller` names the key alone; what belongs to one operation is added for its own token."""

    route: Route
    segments: tuple[str, ...]
    caller: Caller
    session: Session | None = None
    lacks: str | None = None
    """The scope without which only a repetition is answered (`Route.gives_up_scope`)."""


@dataclass(frozen=True, slots=True)
class Entered:
    """A request of somebody without an organization: nobody known, or a person."""

    route: Route
    segments: tuple[str, ...]
    session: Session | None


@dataclass(frozen=True, slots=True)
class _Presented:
    """What a secret that was presented hashes to, the key that it was, and whom that stands for."""

    hashes: Sequence[bytes]
    key: ApiKey
    caller: Caller


class Refused(Exception):
    """Somebody who is known may not do this; `problem` is the answer."""

    def __init__(self, route: Route, caller: Caller, problem: InsufficientScope) -> None:
        super().__init__(problem.code)
        self.route = route
        self.caller = caller
        self.problem = problem


class Access:
    """The door: one for proxied and own routes."""

    def __init__(
        self,
        feed: KeyFeed,
        engine: AsyncEngine,
        peppers: Sequence[bytes],
        clock: Clock,
        *,
        people: PeopleDoor,
        table: RouteTable,
        proxies: Sequence[Network] = (),
    ) -> None:
        self._table = table
        self._feed = feed
        self._engine = engine
        self._peppers = tuple(peppers)
        self._clock = clock
        self._people = people
        self._trusted_proxies = tuple(proxies)
        self._uses: dict[tuple[UUID, UUID], datetime] = {}
        self._look_ups = asyncio.Semaphore(CONNECTIONS - 1)
        self._presented: OrderedDict[bytes, _Presented] = OrderedDict()
        self._plain_routes = {
            (route.method, route.pattern.encode("ascii")): (route, tuple(route.pattern[1:].split("/")))
            for route in table.routes
            if "{" not in route.pattern
        }

    async def admit(self, request: Request) -> Admitted | Entered:
        """NotFound or MethodNotAllowed by the table; Unauthenticated or Unavailable by the credentials; Refused by the scopes.

        A key goes before a cookie, which is not looked at then.
        """
        route, segments = self._find_route(request)
        session = None
        if route.door is not Door.ORGANIZATION:
            session, _ = await self._people.admitted(request, route.door)
            return Entered(route, segments, session)
        if "authorization" in request.headers or self._people.token_of(request.headers) is None:
            caller = await self._find_caller(request, route)
        else:
            session, member = await self._people.admitted(request, route.door)
            if member is None:
                raise Unauthenticated
            caller = member
        lacks = next((scope for scope in route.scopes if not caller.may(scope)), None)
        if lacks is not None and not (route.gives_up_scope and session is not None):
            raise Refused(route, caller, InsufficientScope(lacks))
        return Admitted(route, segments, caller, session, lacks)

    async def keys_are_known(self) -> bool:
        """PostgreSQL may be away for as long as events can still be taken."""
        return self._feed.age_seconds < INGEST_GRACE_SECONDS

    def address_of(self, request: Request) -> str | None:
        """Where a request comes from, as far as proxies that are trusted tell."""
        peer = request.client.host if request.client is not None else None
        return client_address(peer, request.headers.getlist("x-forwarded-for"), self._trusted_proxies)

    def take_uses(self) -> dict[tuple[UUID, UUID], datetime]:
        """(Organization, key) → when it was used last, since this was asked last."""
        uses, self._uses = self._uses, {}
        return uses

    def _find_route(self, request: Request) -> tuple[Route, tuple[str, ...]]:
        raw_path: bytes = request.scope.get("raw_path") or request.scope["path"].encode("latin-1", "replace")
        plain = self._plain_routes.get((request.method, raw_path))
        if plain is not None:
            return plain
        segments = split_path(raw_path)
        match None if segments is None else self._table.find(request.method, segments):
            case Route() as route if segments is not None:
                return route, segments
            case WrongMethod(allowed):
                raise MethodNotAllowed("Not with this method.", headers={"Allow": ", ".join(allowed)})
            case _:
                raise NotFound("There is no such route.")

    async def _find_caller(self, request: Request, route: Route) -> Caller:
        """A secret that opened something is known by its digest: its form and its hashes need not be worked out again.

        Whether its key still opens anything is asked of the feed every time.
        """
        headers = request.headers
        secret = _bearer(headers.getlist("authorization"))
        if secret is None:
            raise Unauthenticated
        digest = hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()
        presented = self._presented.get(digest)
        key = await self._find_key(secret, presented, route)
        _refuse_other_organization(headers.getlist("usageflow-organization"), key)
        if presented is None or presented.key is not key:
            presented = _Presented(secret_hashes(secret, self._peppers), key, caller_of(key))
            self._presented[digest] = presented
            if len(self._presented) > _PRESENTED_MAX:
                self._presented.popitem(last=False)
        if key.allowed_addresses is not None and not key.opens_from(self.address_of(request)):
            raise Unauthenticated
        self._uses[key.org_id, key.key_id] = self._clock.wall()
        return presented.caller

    async def _find_key(self, secret: str, presented: _Presented | None, route: Route) -> ApiKey:
        # 1. The form, checksum included: what cannot be a key costs nothing.
        if presented is None and not is_well_formed(secret):
            raise Unauthenticated
        # 2. Whether the feed can be trusted on this route.
        await self._expect_feed(INGEST_GRACE_SECONDS if route.takes_events else FRESH_SECONDS)
        # 3. Known keys from memory; others by one read, unless the feed is too old to call anybody unknown.
        hashes = secret_hashes(secret, self._peppers) if presented is None else presented.hashes
        key = self._feed.find(hashes)
        if key is None or not key.opens_at(self._clock.wall()):
            await self._expect_feed(FRESH_SECONDS)
            key = await self._look_up(hashes)
        if key is None or not key.opens_at(self._clock.wall()):
            raise Unauthenticated
        return key

    async def _expect_feed(self, age_seconds: float) -> None:
        if not await self._feed.fresh_within(age_seconds, patience_seconds=_PATIENCE_SECONDS):
            raise Unavailable("Keys cannot be checked right now.")

    async def _look_up(self, hashes: Sequence[bytes]) -> ApiKey | None:
        """Unknown, expired and revoked keys all take this way: one read, one answer."""
        try:
            async with asyncio.timeout(_LOOK_UP_SECONDS), self._look_ups:
                return await service.find_key(self._engine, hashes)
        except Exception as error:
            if is_unavailable(error):
                raise Unavailable("Keys cannot be checked right now.") from error
            raise


def caller_of(key: ApiKey) -> Caller:
    """The caller that a key stands for."""
    return Caller(
        org_id=key.org_id,
        actor=Actor("api_key", key.key_id, key.name),
        role=key.role,
        scopes=key.scopes,
        issuer=ISSUER,
    )


def _bearer(values: Sequence[str]) -> str | None:
    """The credentials of exactly one Authorization header of the scheme Bearer."""
    if len(values) != 1:
        return None
    scheme, _, credentials = values[0].partition(" ")
    return credentials.strip() if scheme.lower() == "bearer" else None


def _refuse_other_organization(named: Sequence[str], key: ApiKey) -> None:
    """A key names its organization; a header that names another is a mistake that must not pass in silence."""
    if any(name != public_id(Prefix.ORGANIZATION, key.org_id) for name in named):
        raise MalformedRequest("The key belongs to another organization than UsageFlow-Organization names.")
