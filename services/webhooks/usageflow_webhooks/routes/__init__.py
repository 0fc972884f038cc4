"""The HTTP edge: decode, call a use case, encode."""

from __future__ import annotations

from fastapi import APIRouter

from usageflow_common.http import ExactRoute
from usageflow_webhooks.routes import endpoints, log


def router() -> APIRouter:
    """Everything under /api/webhooks."""
    whole = APIRouter(prefix="/api/webhooks", route_class=ExactRoute)
    whole.include_router(endpoints.router)
    whole.include_router(log.router)
    return whole
