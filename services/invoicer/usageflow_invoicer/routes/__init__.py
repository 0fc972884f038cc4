"""The invoicer's HTTP edge, one file per resource: decode, call, encode."""

from fastapi import APIRouter

from usageflow_invoicer.routes import (
    customers,
    documents,
    invoices,
    payments,
    plans,
    proofs,
    runs,
    subscriptions,
    test_clock,
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
    documents.router,
    test_clock.router,
    thresholds.router,
    unbilled.router,
)
