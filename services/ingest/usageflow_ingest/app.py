"""The API's composition root."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

from fastapi import FastAPI

from usageflow_common.clock import Clock
from usageflow_common.database import create_engine
from usageflow_common.http import create_app
from usageflow_common.kafka import Bus, Funnel, Producer
from usageflow_common.runtime import supervise
from usageflow_common.tokens import TokenVerifier
from usageflow_common.topics import EVENTS_RAW
from usageflow_common.wire import Cursors
from usageflow_ingest.catalogs import Catalogs
from usageflow_ingest.openapi import TRACKING
from usageflow_ingest.routes import TRACKING_ROUTES, analytics_router, metrics_router, rejected_events_router
from usageflow_ingest.service.metrics import Metrics
from usageflow_ingest.service.refusals import Refusals
from usageflow_ingest.service.rejected_events import RejectedEvents
from usageflow_ingest.service.tracking import Tracking
from usageflow_ingest.settings import IngestSettings


def build_app(settings: IngestSettings) -> FastAPI:
    """The API. PostgreSQL away stops the metrics' routes alone: it is no condition of readiness."""
    bus = Bus(settings, "ingest")
    catalogs = Catalogs(bus)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[Mapping[str, Any]]:
        async with AsyncExitStack() as stack:
            engine = create_engine(
                settings.database_url.get_secret_value(), application_name="ingest-api", pool_size=settings.pool_size
            )
            stack.push_async_callback(engine.dispose)
            refusals = Producer(bus, timeout_seconds=Refusals.SEND_SECONDS_MAX)
            await refusals.start()
            stack.push_async_callback(refusals.stop)
            funnel = Funnel(bus, EVENTS_RAW)
            clock = Clock(catalogs.offset_of)
            supervise(app, "funnel", funnel.run)
            supervise(app, "metrics_catalog", catalogs.metrics.run)
            supervise(app, "organizations_catalog", catalogs.organizations.run)
            supervise(app, "clocks_catalog", catalogs.clocks.run)
            yield {
                "tracking": Tracking(catalogs=catalogs, funnel=funnel, refusals=Refusals(refusals), clock=clock),
                "metrics": Metrics(engine, clock),
                "rejected_events": RejectedEvents(engine),
                "cursors": Cursors(settings.cursor_secret),
                "clock": clock,
            }

    app = create_app(
        title="UsageFlow ingest",
        checks={"catalogs": catalogs.ready},
        lifespan=lifespan,
        verifier=TokenVerifier(settings.token_public_keys, "ingest"),
        described=TRACKING,
    )
    app.include_router(metrics_router)
    app.include_router(rejected_events_router)
    app.include_router(analytics_router)
    app.router.routes.extend(TRACKING_ROUTES)
    return app
