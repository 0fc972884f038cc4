"""The HTTP edge of ingest."""

from usageflow_ingest.routes.analytics import router as analytics_router
from usageflow_ingest.routes.metrics import router as metrics_router
from usageflow_ingest.routes.rejected_events import router as rejected_events_router
from usageflow_ingest.routes.tracking import TRACKING_ROUTES

__all__ = ["TRACKING_ROUTES", "analytics_router", "metrics_router", "rejected_events_router"]
