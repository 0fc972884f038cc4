"""The API's composition root."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI

from usageflow_aggregator.metric_book import MetricBook
from usageflow_aggregator.routes import ROUTERS
from usageflow_aggregator.routes.callers import Aggregator
from usageflow_aggregator.service.backfills import Backfills
from usageflow_aggregator.service.corrections import Corrections
from usageflow_aggregator.service.liveness import answers
from usageflow_aggregator.settings import AggregatorSettings
from usageflow_aggregator.tenants import Tenants
from usageflow_common.catalog import Catalog
from usageflow_common.database import create_engine
from usageflow_common.http import create_app
from usageflow_common.kafka import Bus
from usageflow_common.records import ClockRecord, MetricRecord, OrganizationRecord
from usageflow_common.runtime import supervise
from usageflow_common.tokens import TokenVerifier
from usageflow_common.topics import CLOCKS_CHANGED, EVENTS_RAW, METRICS_CHANGED, ORGANIZATIONS_CHANGED
from usageflow_common.wire import Cursors


def build_app(settings: AggregatorSettings) -> FastAPI:
    """Usage, events and their corrections, backfills, and the invoicer's proofs."""
    engine = create_engine(
        settings.database_url.get_secret_value(), application_name="aggregator-api", pool_size=settings.pool_size
    )
    bus = Bus(settings, "aggregator")
    book = MetricBook()
    metrics = Catalog(bus, METRICS_CHANGED, MetricRecord, on_change=book.take)
    organizations = Catalog(bus, ORGANIZATIONS_CHANGED, OrganizationRecord)
    clocks = Catalog(bus, CLOCKS_CHANGED, ClockRecord)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[Mapping[str, Any]]:
        supervise(app, "metrics", metrics.run)
        supervise(app, "organizations", organizations.run)
        supervise(app, "clocks", clocks.run)
        tenants = Tenants(organizations, metrics, book, clocks)
        yield {
            "aggregator": Aggregator(engine, tenants, Cursors(settings.cursor_secret), settings.digest_key),
            "corrections": Corrections(engine, tenants, bus),
            "backfills": Backfills(engine, tenants, partitions=bus.partitions(EVENTS_RAW)),
        }
        await engine.dispose()

    async def postgres() -> bool:
        return await answers(engine)

    async def kafka() -> bool:
        return metrics.ready and organizations.ready and clocks.ready

    app = create_app(
        title="UsageFlow aggregator",
        checks={"postgres": postgres, "kafka": kafka},
        lifespan=lifespan,
        verifier=TokenVerifier(settings.token_public_keys, "aggregator"),
    )
    for router in ROUTERS:
        app.include_router(router)
    return app
