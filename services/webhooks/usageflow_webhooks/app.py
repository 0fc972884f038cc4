"""The HTTP process: routes over the database. It sends nothing to receivers; the worker does."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI

from usageflow_common.clock import Clock
from usageflow_common.http import create_app
from usageflow_common.tokens import TokenVerifier
from usageflow_common.wire import Cursors
from usageflow_webhooks.routes import router
from usageflow_webhooks.service.context import Webhooks
from usageflow_webhooks.settings import WebhooksSettings
from usageflow_webhooks.wiring import database_check, make_engine, make_resolver, make_vault


def build_app(settings: WebhooksSettings) -> FastAPI:
    """The application; nothing is connected before its lifespan starts."""
    engine = make_engine(settings, "api")
    resolver = make_resolver(settings)
    parts = Webhooks(engine, Clock(), make_vault(settings), resolver, Cursors(settings.cursor_secret))

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[Mapping[str, Any]]:
        yield {"webhooks": parts}
        resolver.close()
        await engine.dispose()

    app = create_app(
        title="UsageFlow webhooks",
        checks={"postgres": database_check(engine)},
        lifespan=lifespan,
        verifier=TokenVerifier(settings.token_public_keys, "webhooks"),
    )
    app.include_router(router())
    return app
