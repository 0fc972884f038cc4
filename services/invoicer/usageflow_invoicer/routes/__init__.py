"""The invoicer's HTTP edge, one file per resource: decode, call, encode."""

from fastapi import APIRouter

from usageflow_invoicer.routes import (
    analytics,
    clock,
    customers,
    documents,
    invoices,
    notifications,
    payments,
    plans,
    proofs,
    runs,
    subscriptions,
    summary,
    thresholds,
    unbilled,
)

ROUTERS: tuple[APIRouter, ...] = (
    customers.router,
    plans.router,
    subscriptions.router,
    runs.router,
    invoices.router,
    proofs.router,
    payments.router,
    notifications.router,
    documents.router,
    clock.router,
    thresholds.router,
    unbilled.router,
    analytics.router,
    summary.router,
)
