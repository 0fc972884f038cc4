"""The table of routes: complete, unambiguous, and nothing beyond it."""

import pytest

from usageflow_gateway.domain.route_table import ROUTES, route_table
from usageflow_gateway.domain.routing import Door, KeyRule, Plane, Route, RouteTable, Service, WrongMethod
from usageflow_gateway.domain.scopes import KEY_SCOPES, Role, session_scopes

TABLE = route_table()


def find(method, path):
    return TABLE.find(method, tuple(path.removeprefix("/").split("/")))


@pytest.mark.parametrize(
    ("method", "path", "service", "scopes", "key_rule"),
    [
        ("POST", "/api/track", Service.INGEST, ("track:write",), KeyRule.NAMES_EVENTS),
        ("POST", "/api/track/batch", Service.INGEST, ("track:write",), KeyRule.NAMES_EVENTS),
        ("POST", "/api/metrics", Service.INGEST, ("metrics:write",), KeyRule.REQUIRED),
        ("GET", "/api/usage", Service.AGGREGATOR, ("usage:read",), KeyRule.IGNORED),
        ("GET", "/api/usage/unbilled", Service.INVOICER, ("usage:read", "invoices:read"), KeyRule.IGNORED),
        ("PUT", "/api/customers/user_123", Service.INVOICER, ("customers:write",), KeyRule.HONOURED),
        ("POST", "/api/plans/simulate", Service.INVOICER, ("plans:read",), KeyRule.IGNORED),
        ("POST", "/api/plans/pln_1/publish", Service.INVOICER, ("plans:write",), KeyRule.REQUIRED),
        ("POST", "/api/billing-runs", Service.INVOICER, ("invoices:write",), KeyRule.REQUIRED),
        ("POST", "/api/invoices/inv_1/verify", Service.INVOICER, ("invoices:read",), KeyRule.REQUIRED),
        ("GET", "/api/invoices/inv_1/lines/lin_1/explain", Service.INVOICER, ("invoices:read",), KeyRule.IGNORED),
        ("POST", "/api/webhooks/endpoints", Service.WEBHOOKS, ("webhooks:write",), KeyRule.REQUIRED),
        ("GET", "/api/audit-logs", Service.GATEWAY, ("audit:read",), KeyRule.IGNORED),
    ],
)
def test_a_route_names_its_service_its_scopes_and_what_a_key_means(method, path, service, scopes, key_rule):
    route = find(method, path)
    assert (route.service, route.scopes, route.key_rule) == (service, scopes, key_rule)


def test_a_literal_segment_wins_over_a_placeholder():
    assert find("GET", "/api/invoices/export").pattern == "/api/invoices/export"
    assert find("GET", "/api/invoices/inv_1").pattern == "/api/invoices/{invoiceId}"


@pytest.mark.parametrize(
    "path", ["/internal/track", "/internal/recompute", "/api/internal/track", "/metrics", "/api", "/api/unknown", "/x"]
)
def test_what_does_not_stand_in_the_table_is_not_there(path):
    assert find("POST", path) is None


def test_another_method_is_told_which_ones_there_are():
    assert find("DELETE", "/api/metrics") == WrongMethod(("GET", "POST"))


def test_two_routes_cannot_claim_the_same_requests():
    route = Route("GET", "/api/{a}", Service.INGEST, ())
    with pytest.raises(ValueError, match="twice"):
        RouteTable([route, Route("GET", "/api/{b}", Service.INVOICER, ())])


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.method} {route.pattern}")
def test_every_route_needs_a_scope_that_somebody_can_hold(route):
    """A key, or a member who has signed in; what needs no organization needs no scope."""
    held = KEY_SCOPES | {f"{scope.partition(':')[0]}:read" for scope in KEY_SCOPES} | session_scopes(Role.OWNER)
    assert bool(route.scopes) == (route.door is Door.ORGANIZATION)
    assert set(route.scopes) <= held
    if route.door is not Door.ORGANIZATION:
        return
    assert route.pattern.startswith("/api/")
    assert (route.method == "GET") <= (route.key_rule is KeyRule.IGNORED)
    assert route.takes_events == (route.plane is not Plane.CONTROL)
