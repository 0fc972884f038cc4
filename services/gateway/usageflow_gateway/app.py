"""The composition root of the gateway's HTTP process."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

from fastapi import FastAPI
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from usageflow_common.clock import Clock
from usageflow_common.database import create_engine
from usageflow_common.http import create_app
from usageflow_common.runtime import supervise
from usageflow_common.tokens import TokenSigner
from usageflow_common.wire import Cursors
from usageflow_gateway import client as service_client
from usageflow_gateway.access import INGEST_GRACE_SECONDS, ISSUER, Access
from usageflow_gateway.dispatch import Clients, Dispatcher, Limits
from usageflow_gateway.domain.route_table import route_table
from usageflow_gateway.domain.routing import Service
from usageflow_gateway.key_feed import KeyFeed
from usageflow_gateway.lanes import EventLanes
from usageflow_gateway.routes import router, show_openapi
from usageflow_gateway.settings import GatewaySettings
from usageflow_gateway.tracking import EventPost


def build_app(settings: GatewaySettings) -> FastAPI:
    """The application: own routes first, everything else to the dispatcher."""
    engine = create_engine(
        settings.database_url.get_secret_value(), application_name="gateway api", pool_size=settings.pool_size
    )
    feed = KeyFeed(engine)
    clock = Clock()
    access = Access(route_table(), feed, engine, settings.peppers, clock)
    signer = TokenSigner(settings.token_private_key, settings.token_key_id, ISSUER)

    async def keys_are_known() -> bool:
        """PostgreSQL may be away for as long as events can still be taken."""
        return feed.age_seconds < INGEST_GRACE_SECONDS

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[Mapping[str, Any]]:
        limits = Limits(settings.forward_seconds, settings.stream_idle_seconds)
        connect = partial(
            service_client.connect, _addresses(settings), connections_per_service=settings.connections_per_service
        )
        async with connect() as control, connect() as streams, connect() as single_events:
            post = EventPost(single_events, signer, timeout_seconds=settings.forward_seconds)
            lanes = EventLanes(post, lanes=settings.event_lanes)
            dispatcher = Dispatcher(
                access,
                Clients(control, streams),
                signer,
                lanes,
                limits=limits,
                trusted_proxies=settings.trusted_proxies,
            )
            supervise(app, "key_feed", feed.run)
            supervise(app, "event_lanes", lanes.run)
            cursors = Cursors(settings.cursor_secret)
            try:
                yield {"engine": engine, "access": access, "cursors": cursors, "dispatcher": dispatcher}
            finally:
                await engine.dispose()

    app = create_app(title="UsageFlow gateway", checks={"keys": keys_are_known}, lifespan=lifespan)
    app.include_router(router)
    app.router.routes.append(Route("/api/openapi.json", show_openapi, methods=["GET"]))
    app.router.routes.append(Route("/{path:path}", _Everything()))
    return app


class _Everything:
    """The catch-all: an ASGI application, since responses stream and every method comes here."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        dispatcher: Dispatcher = scope["state"]["dispatcher"]
        await dispatcher(scope, receive, send)


def _addresses(settings: GatewaySettings) -> Mapping[Service, str]:
    return {
        Service.INGEST: settings.ingest_url,
        Service.AGGREGATOR: settings.aggregator_url,
        Service.INVOICER: settings.invoicer_url,
        Service.WEBHOOKS: settings.webhooks_url,
    }
