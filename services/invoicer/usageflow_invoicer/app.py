"""The composition root of the invoicer's HTTP process."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final

from fastapi import FastAPI

from usageflow_common.clock import Clock
from usageflow_common.database import create_engine
from usageflow_common.http import create_app
from usageflow_common.kafka import Bus
from usageflow_common.runtime import supervise
from usageflow_common.tokens import TokenVerifier
from usageflow_common.wire import Cursors
from usageflow_invoicer.card_processor import NOTIFICATIONS_PATH, CardProcessor
from usageflow_invoicer.catalogs import Clocks, Metrics, Organizations
from usageflow_invoicer.client import connect
from usageflow_invoicer.payment_providers import card_processor_secret, connect_providers
from usageflow_invoicer.routes import ROUTERS
from usageflow_invoicer.routes.parts import Invoicer
from usageflow_invoicer.service.collecting import Collector
from usageflow_invoicer.service.upkeep import is_reachable
from usageflow_invoicer.settings import InvoicerSettings

GATEWAY: Final = "usageflow-gateway"
AUDIENCE: Final = "invoicer"


def build_app(settings: InvoicerSettings) -> FastAPI:
    """The application."""
    engine = create_engine(
        settings.database_url.get_secret_value(), application_name="invoicer api", pool_size=settings.pool_size
    )
    bus = Bus(settings, "invoicer")
    organizations, metrics, clocks = Organizations(bus), Metrics(bus), Clocks(bus)
    clock = Clock(clocks.offset_of, clocks.furthest_ahead)

    async def postgres() -> bool:
        return await is_reachable(engine)

    async def catalogs() -> bool:
        return organizations.catalog.ready and metrics.catalog.ready and clocks.catalog.ready

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[Mapping[str, Any]]:
        supervise(app, "organizations", organizations.catalog.run)
        supervise(app, "metrics", metrics.catalog.run)
        supervise(app, "clocks", clocks.catalog.run)
        async with (
            connect(settings.aggregator_url, settings.token_private_key, settings.token_key_id) as raw_events,
            connect_providers(settings) as providers,
        ):
            parts = Invoicer(
                engine,
                organizations,
                metrics,
                Cursors(settings.cursor_secret),
                clock,
                raw_events,
                settings.event_partitions,
                providers,
                Collector(engine, organizations.find, providers.find, clock),
            )
            try:
                yield {"invoicer": parts}
            finally:
                await engine.dispose()

    # Only the gateway speaks for callers: our own key signs for the aggregator, and opens nothing here.
    keys = {issuer: found for issuer, found in settings.token_public_keys.items() if issuer == GATEWAY}
    app = create_app(
        title="UsageFlow invoicer",
        checks={"postgres": postgres, "catalogs": catalogs},
        lifespan=lifespan,
        verifier=TokenVerifier(keys, AUDIENCE),
    )
    for router in ROUTERS:
        app.include_router(router)
    if settings.invoicer_url is not None:
        notify_url = settings.invoicer_url + NOTIFICATIONS_PATH
        app.include_router(CardProcessor(card_processor_secret(settings.cursor_secret), notify_url, clock).router())
    return app
