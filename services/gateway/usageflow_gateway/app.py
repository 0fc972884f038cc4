"""The composition root of the gateway's HTTP process."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from typing import Any, Final

from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncEngine
from starlette.types import ASGIApp, Receive, Scope, Send

from usageflow_common.clock import Clock
from usageflow_common.database import create_engine
from usageflow_common.http import create_app
from usageflow_common.http.openapi import KEY_RULES, Described
from usageflow_common.runtime import supervise
from usageflow_common.tokens import TokenSigner
from usageflow_common.wire import Cursors
from usageflow_gateway import client as service_client
from usageflow_gateway.access import CONNECTIONS, Access
from usageflow_gateway.backfills import OpenBackfills
from usageflow_gateway.client import ServiceClient
from usageflow_gateway.dispatch import Clients, Dispatcher, Limits
from usageflow_gateway.domain.route_table import key_rules, route_table
from usageflow_gateway.domain.routing import Service
from usageflow_gateway.key_feed import KeyFeed
from usageflow_gateway.key_uses import follow_uses
from usageflow_gateway.lanes import EventLanes
from usageflow_gateway.people_door import ISSUER, PeopleDoor
from usageflow_gateway.questions import Questions
from usageflow_gateway.rate_limits import RateGate, Rates
from usageflow_gateway.refusals import Refusals
from usageflow_gateway.replicas import Replicas
from usageflow_gateway.routes import ROUTERS
from usageflow_gateway.routes.reference import REFERENCE_ROUTES
from usageflow_gateway.service.api_keys import KeyMaker
from usageflow_gateway.service.passwords import Passwords
from usageflow_gateway.service.sessions import People
from usageflow_gateway.settings import GatewaySettings
from usageflow_gateway.tracking import EventPost

_OPEN: Final = frozenset({"/health", "/ready", "/metrics", "/api/openapi.json", "/api/docs"})
_PAGES: Final = "/api/docs/"
_SHARE: Final = 4


def build_app(settings: GatewaySettings) -> FastAPI:
    """The application: everything passes the dispatcher; own routes stand behind it."""
    url = settings.database_url.get_secret_value()
    engine = create_engine(url, application_name="gateway api", pool_size=settings.pool_size)
    # The door has connections of its own: a slow question about the audit log must not make the keys old.
    door = create_engine(url, application_name="gateway keys", pool_size=CONNECTIONS)
    feed, clock = KeyFeed(door), Clock()
    people = _people_door(settings, engine, clock)
    access = _access(settings, feed, door, people)
    replicas, refusals = Replicas(engine), Refusals(engine, clock)
    signer = TokenSigner(settings.token_private_key, settings.token_key_id, ISSUER)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[Mapping[str, Any]]:
        connect = _connector(settings)
        async with connect() as control, connect() as streams, connect() as single_events:
            post = EventPost(single_events, signer, timeout_seconds=settings.forward_seconds)
            lanes = EventLanes(post, lanes=settings.event_lanes)
            questions = Questions(control, signer, timeout_seconds=settings.forward_seconds)
            dispatcher = Dispatcher(
                access,
                Clients(control, streams),
                signer,
                lanes,
                OpenBackfills(questions),
                limits=_limits(settings),
                gate=_gate(settings, replicas),
                refusals=refusals,
            )
            supervise(app, "key_feed", feed.run)
            supervise(app, "event_lanes", lanes.run)
            supervise(app, "replicas", replicas.run)
            supervise(app, "refusals", refusals.run)
            supervise(app, "key_uses", partial(follow_uses, access, engine))
            try:
                yield {
                    "engine": engine,
                    "cursors": Cursors(settings.cursor_secret),
                    "dispatcher": dispatcher,
                    "people": people,
                    "keys": KeyMaker(engine, clock, settings.key_pepper),
                    "clock": clock,
                    "questions": questions,
                }
            finally:
                await engine.dispose()
                await door.dispose()

    app = create_app(
        title="UsageFlow gateway",
        checks={"keys": access.keys_are_known},
        lifespan=lifespan,
        front=_Front,
        names_checks=False,
        described=Described(extensions={KEY_RULES: key_rules()}),
    )
    for router in ROUTERS:
        app.include_router(router)
    app.router.routes.extend(REFERENCE_ROUTES)
    return app


def _access(settings: GatewaySettings, feed: KeyFeed, door: AsyncEngine, people: PeopleDoor) -> Access:
    table, proxies = route_table(), settings.trusted_proxies
    return Access(feed, door, settings.peppers, people.people.clock, people=people, table=table, proxies=proxies)


def _people_door(settings: GatewaySettings, engine: AsyncEngine, clock: Clock) -> PeopleDoor:
    people = People(
        engine,
        Passwords(),
        clock,
        sign_up_open=settings.sign_up == "open",
        attempts_per_minute=settings.auth_attempts_per_minute,
    )
    return PeopleDoor(people, settings.dashboard_origin, settings.key_pepper)


def _connector(settings: GatewaySettings) -> Callable[[], AbstractAsyncContextManager[ServiceClient]]:
    most = settings.connections_per_service
    return partial(service_client.connect, _addresses(settings), connections_per_service=most)


def _gate(settings: GatewaySettings, replicas: Replicas) -> RateGate:
    return RateGate(Rates(settings.rate_api, settings.rate_track), time.monotonic, lambda: replicas.count)


def _limits(settings: GatewaySettings) -> Limits:
    return Limits(
        settings.forward_seconds,
        settings.stream_idle_seconds,
        requests_per_organization=max(1, settings.connections_per_service // _SHARE),
    )


class _Front:
    """Between the edge and the framework: proxied requests, events above all, never pay for its routing."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] in _OPEN or scope["path"].startswith(_PAGES):
            await self._app(scope, receive, send)
        else:
            dispatcher: Dispatcher = scope["state"]["dispatcher"]
            await dispatcher(scope, receive, send, own=self._app)


def _addresses(settings: GatewaySettings) -> Mapping[Service, str]:
    return {
        Service.INGEST: settings.ingest_url,
        Service.AGGREGATOR: settings.aggregator_url,
        Service.INVOICER: settings.invoicer_url,
        Service.WEBHOOKS: settings.webhooks_url,
    }
