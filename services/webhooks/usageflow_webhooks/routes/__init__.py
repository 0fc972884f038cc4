"""The HTTP edge: decode, call a use case, encode."""

from __future__ import annotations

from fastapi import APIRouter

from usageflow_common.http import ExactRoute
from usageflow_webhooks.routes import analytics, endpoints, log


def router() -> APIRouter:
    """Everything under /api/webhooks, and what is counted."""
    whole = APIRouter(route_class=ExactRoute)
    whole.include_router(endpoints.router, prefix="/api/webhooks")
    whole.include_router(log.router, prefix="/api/webhooks")
    whole.include_router(analytics.router)
    return whole
