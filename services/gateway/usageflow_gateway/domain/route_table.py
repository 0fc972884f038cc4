"""Every route behind the gateway, in the order of the API's description. What does not stand here does not exist outside.

A POST is a command with a required Idempotency-Key unless it is listed under `_question`; `/internal/*` never stands here.
"""

from __future__ import annotations

from typing import Final

from usageflow_gateway.domain.routing import Door, KeyRule, Plane, Route, RouteTable, Service

_GATEWAY, _INGEST, _AGGREGATOR = Service.GATEWAY, Service.INGEST, Service.AGGREGATOR
_INVOICER, _WEBHOOKS = Service.INVOICER, Service.WEBHOOKS


def _read(service: Service, scope: str, *patterns: str) -> tuple[Route, ...]:
    """GET: nothing changes."""
    return tuple(Route("GET", pattern, service, tuple(scope.split())) for pattern in patterns)


def _command(service: Service, scope: str, *patterns: str) -> tuple[Route, ...]:
    """POST that changes something: an Idempotency-Key is required."""
    return tuple(Route("POST", pattern, service, tuple(scope.split()), KeyRule.REQUIRED) for pattern in patterns)


def _change(service: Service, scope: str, *methods_and_patterns: str) -> tuple[Route, ...]:
    """PATCH, PUT or DELETE: an Idempotency-Key is honoured."""
    return tuple(
        Route(method, pattern, service, tuple(scope.split()), KeyRule.HONOURED)
        for method, pattern in (line.split() for line in methods_and_patterns)
    )


def _question(service: Service, scope: str, *patterns: str) -> tuple[Route, ...]:
    """POST that only asks; its input is too large for a query."""
    return tuple(Route("POST", pattern, service, tuple(scope.split())) for pattern in patterns)


def _people(door: Door, *methods_and_patterns: str) -> tuple[Route, ...]:
    """Who has no organization (yet): an Idempotency-Key means nothing here."""
    return tuple(
        Route(method, pattern, _GATEWAY, (), door=door)
        for method, pattern in (line.split() for line in methods_and_patterns)
    )


_AUTH = (
    *_people(Door.EVERYBODY, "POST /api/auth/sign-up", "POST /api/auth/sign-in", "POST /api/auth/sign-out"),
    *_people(Door.EVERYBODY, "POST /api/auth/invitations/lookup", "POST /api/auth/invitations/accept"),
    *_people(Door.USER, "GET /api/auth/session", "POST /api/auth/password", "GET /api/auth/sessions"),
    *_people(Door.USER, "DELETE /api/auth/sessions/{sessionId}", "GET /api/organizations"),
    Route("POST", "/api/organizations", _GATEWAY, (), KeyRule.REQUIRED, door=Door.USER),
)
_OWN = (
    *_read(_GATEWAY, "organization:read", "/api/organization"),
    *_change(_GATEWAY, "organization:write", "PATCH /api/organization"),
    Route("POST", "/api/organization/transfer", _GATEWAY, ("owner",), KeyRule.REQUIRED, gives_up_scope=True),
    *_command(_GATEWAY, "owner", "/api/organization/delete"),
    *_read(_GATEWAY, "members:read", "/api/members", "/api/invitations"),
    *_change(_GATEWAY, "members:write", "PATCH /api/members/{userId}", "DELETE /api/members/{userId}"),
    *_command(_GATEWAY, "members:write", "/api/invitations"),
    *_change(_GATEWAY, "members:write", "DELETE /api/invitations/{invitationId}"),
    *_read(_GATEWAY, "keys:read", "/api/api-keys", "/api/api-keys/{keyId}"),
    *_command(_GATEWAY, "keys:write", "/api/api-keys", "/api/api-keys/{keyId}/reroll"),
    *_change(_GATEWAY, "keys:write", "PATCH /api/api-keys/{keyId}", "DELETE /api/api-keys/{keyId}"),
    *_read(_GATEWAY, "audit:read", "/api/audit-logs", "/api/audit-logs/export", "/api/audit-logs/{entryId}"),
    *_question(_GATEWAY, "audit:read", "/api/audit-logs/verify"),
    *_read(_GATEWAY, "usage:read", "/api/analytics/summary"),
)
_EVENTS = (
    Route("POST", "/api/track", _INGEST, ("track:write",), KeyRule.NAMES_EVENTS, Plane.EVENT),
    Route("POST", "/api/track/batch", _INGEST, ("track:write",), KeyRule.NAMES_EVENTS, Plane.EVENTS),
    Route(
        "POST",
        "/api/backfills/{backfillId}/events",
        _INGEST,
        ("events:write",),
        KeyRule.NAMES_EVENTS,
        Plane.BACKFILL,
    ),
    *_read(_INGEST, "metrics:read", "/api/metrics", "/api/metrics/{metricId}"),
    *_command(_INGEST, "metrics:write", "/api/metrics", "/api/metrics/{metricId}/archive"),
    *_command(_INGEST, "metrics:write", "/api/metrics/{metricId}/unarchive"),
    *_change(_INGEST, "metrics:write", "PATCH /api/metrics/{metricId}"),
    *_read(_INGEST, "events:read", "/api/rejected-events", "/api/rejected-events/{rejectedEventId}"),
    *_read(_INGEST, "events:read", "/api/analytics/rejections"),
)
_USAGE = (
    *_read(_AGGREGATOR, "events:read", "/api/events", "/api/events/{eventId}"),
    *_command(_AGGREGATOR, "events:write", "/api/events/{eventId}/void", "/api/events/{eventId}/amend"),
    *_read(_AGGREGATOR, "events:read", "/api/backfills", "/api/backfills/{backfillId}"),
    *_command(_AGGREGATOR, "events:write", "/api/backfills"),
    *_command(_AGGREGATOR, "events:write", "/api/backfills/{backfillId}/close", "/api/backfills/{backfillId}/revert"),
    *_read(_AGGREGATOR, "events:read", "/api/conflicts", "/api/conflicts/{conflictId}"),
    *_read(_AGGREGATOR, "usage:read", "/api/usage", "/api/analytics/events"),
    *_read(_INVOICER, "usage:read invoices:read", "/api/usage/unbilled"),
)
_PRICES = (
    *_read(_INVOICER, "invoices:read", "/api/test-clock"),
    *_command(_INVOICER, "invoices:write", "/api/test-clock/advance"),
    *_read(_INVOICER, "customers:read", "/api/customers", "/api/customers/{customerId}"),
    *_command(_INVOICER, "customers:write", "/api/customers"),
    *_change(_INVOICER, "customers:write", "PUT /api/customers/{customerId}", "PATCH /api/customers/{customerId}"),
    *_change(_INVOICER, "customers:write", "DELETE /api/customers/{customerId}"),
    *_read(_INVOICER, "customers:read usage:read", "/api/customers/{customerId}/usage"),
    *_read(_INVOICER, "customers:read invoices:read", "/api/customers/{customerId}/upcoming"),
    *_read(_INVOICER, "plans:read", "/api/plans", "/api/plans/{planId}", "/api/plans/{planId}/versions"),
    *_read(_INVOICER, "plans:read", "/api/plans/{planId}/versions/{number}"),
    *_command(_INVOICER, "plans:write", "/api/plans", "/api/plans/{planId}/publish"),
    *_command(_INVOICER, "plans:write", "/api/plans/{planId}/archive", "/api/plans/{planId}/unarchive"),
    *_change(_INVOICER, "plans:write", "PATCH /api/plans/{planId}", "PUT /api/plans/{planId}/draft"),
    *_change(_INVOICER, "plans:write", "DELETE /api/plans/{planId}/draft"),
    *_question(_INVOICER, "plans:read", "/api/plans/simulate"),
    *_question(_INVOICER, "plans:read usage:read", "/api/plans/backtest"),
)
_SUBSCRIPTION = "/api/subscriptions/{subscriptionId}"
_SUBSCRIPTIONS = (
    *_read(_INVOICER, "subscriptions:read", "/api/subscriptions", _SUBSCRIPTION, f"{_SUBSCRIPTION}/changes"),
    *_command(_INVOICER, "subscriptions:write", "/api/subscriptions", f"{_SUBSCRIPTION}/change"),
    *_command(_INVOICER, "subscriptions:write", f"{_SUBSCRIPTION}/pause", f"{_SUBSCRIPTION}/resume"),
    *_command(_INVOICER, "subscriptions:write", f"{_SUBSCRIPTION}/cancel"),
    *_change(
        _INVOICER, "subscriptions:write", f"PATCH {_SUBSCRIPTION}", f"DELETE {_SUBSCRIPTION}/changes/{{changeId}}"
    ),
    *_question(_INVOICER, "subscriptions:read", f"{_SUBSCRIPTION}/change/preview"),
    *_read(_INVOICER, "invoices:read", f"{_SUBSCRIPTION}/upcoming"),
    *_read(_INVOICER, "subscriptions:read", f"{_SUBSCRIPTION}/thresholds"),
    *_command(_INVOICER, "subscriptions:write", f"{_SUBSCRIPTION}/thresholds"),
    *_change(_INVOICER, "subscriptions:write", f"DELETE {_SUBSCRIPTION}/thresholds/{{thresholdId}}"),
)
_INVOICE = "/api/invoices/{invoiceId}"
_INVOICES = (
    *_read(_INVOICER, "invoices:read", "/api/billing-runs", "/api/billing-runs/{runId}"),
    *_command(_INVOICER, "invoices:write", "/api/billing-runs"),
    *_read(_INVOICER, "invoices:read", "/api/invoices", "/api/invoices/export", _INVOICE, f"{_INVOICE}/lines"),
    *_read(_INVOICER, "invoices:read", f"{_INVOICE}/lines/{{lineId}}/explain", f"{_INVOICE}/pdf"),
    *_read(_INVOICER, "invoices:read events:read", f"{_INVOICE}/lines/{{lineId}}/events"),
    *_command(_INVOICER, "invoices:read", f"{_INVOICE}/verify"),
    *_read(_INVOICER, "invoices:read", f"{_INVOICE}/verifications/{{verificationId}}"),
    *_command(
        _INVOICER, "invoices:write", f"{_INVOICE}/finalize", f"{_INVOICE}/void", f"{_INVOICE}/mark-uncollectible"
    ),
    *_command(_INVOICER, "invoices:write", f"{_INVOICE}/collect", f"{_INVOICE}/payments", f"{_INVOICE}/credit-notes"),
    *_read(_INVOICER, "invoices:read", f"{_INVOICE}/collection", "/api/payments", "/api/payments/{paymentId}"),
    *_read(_INVOICER, "invoices:read", "/api/credit-notes", "/api/credit-notes/{creditNoteId}"),
    *_read(_INVOICER, "invoices:read", "/api/credit-notes/{creditNoteId}/pdf"),
    *_read(_INVOICER, "invoices:read", "/api/analytics/revenue", "/api/analytics/mrr"),
    *_read(_INVOICER, "invoices:read usage:read", "/api/analytics/top-customers"),
)
_ENDPOINT = "/api/webhooks/endpoints/{endpointId}"
_DELIVERY = (
    *_read(_WEBHOOKS, "webhooks:read", "/api/webhooks/event-types", "/api/webhooks/endpoints", _ENDPOINT),
    *_command(_WEBHOOKS, "webhooks:write", "/api/webhooks/endpoints", f"{_ENDPOINT}/enable", f"{_ENDPOINT}/disable"),
    *_command(_WEBHOOKS, "webhooks:write", f"{_ENDPOINT}/ping", f"{_ENDPOINT}/rotate-secret", f"{_ENDPOINT}/replay"),
    *_change(_WEBHOOKS, "webhooks:write", f"PATCH {_ENDPOINT}", f"DELETE {_ENDPOINT}"),
    *_read(_WEBHOOKS, "webhooks:write", f"{_ENDPOINT}/secret"),
    *_read(_WEBHOOKS, "webhooks:read", "/api/webhooks/events", "/api/webhooks/events/{eventId}"),
    *_read(_WEBHOOKS, "webhooks:read", "/api/webhooks/dispatches", "/api/webhooks/dispatches/{dispatchId}"),
    *_command(_WEBHOOKS, "webhooks:write", "/api/webhooks/dispatches/{dispatchId}/replay"),
    *_read(_WEBHOOKS, "webhooks:read", "/api/webhooks/deliveries", "/api/webhooks/deliveries/{deliveryId}"),
    *_read(_WEBHOOKS, "webhooks:read", "/api/analytics/deliveries"),
)

ROUTES: Final[tuple[Route, ...]] = (*_AUTH, *_OWN, *_EVENTS, *_USAGE, *_PRICES, *_SUBSCRIPTIONS, *_INVOICES, *_DELIVERY)


def route_table() -> RouteTable:
    """The table of this installation."""
    return RouteTable(ROUTES)


def key_rules() -> dict[str, str]:
    """`METHOD pattern` → "required" or "honoured", for the API's description; ingest itself tells of keys that name events."""
    told = {KeyRule.REQUIRED, KeyRule.HONOURED}
    return {f"{route.method} {route.pattern}": route.key_rule.value for route in ROUTES if route.key_rule in told}
