"""The aggregator's HTTP edge: decode, call, encode."""

from __future__ import annotations

from fastapi import APIRouter

from usageflow_aggregator.routes import analytics, backfills, conflicts, corrections, events, internal, usage

ROUTERS: tuple[APIRouter, ...] = (
    usage.router,
    analytics.router,
    events.router,
    corrections.router,
    backfills.router,
    conflicts.router,
    internal.router,
)
